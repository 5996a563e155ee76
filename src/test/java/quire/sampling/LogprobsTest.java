package quire.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogprobsTest {

    /** What the sum is off by, and a rounding to float. */
    private static double close(double expected) {
        return Double.isInfinite(expected) ? 0 : 1e-6 + Math.abs(expected) * 1e-7;
    }

    private static TokenLogprobs of(float[] logits, int tokenId, int numTop) {
        return new Logprobs(logits.length)
                .of(MemorySegment.ofArray(logits), 0, tokenId, numTop, TokenMask.ANY);
    }

    private static double cleaned(float logit) {
        // Adding zero makes one of both zeros.
        return Float.isNaN(logit)
                ? Double.NEGATIVE_INFINITY
                : Math.min(logit, Float.MAX_VALUE) + 0.0;
    }

    private static double logSum(float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, cleaned(logit));
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(cleaned(logit) - max);
        }
        return max + Math.log(sum);
    }

    private static List<Integer> sorted(float[] logits) {
        return IntStream.range(0, logits.length)
                .boxed()
                .sorted(
                        Comparator.<Integer>comparingDouble(id -> -cleaned(logits[id]))
                                .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    private static float[] row(Random random, int size) {
        float[] logits = new float[size];
        double spread = new double[] {0, 0.3, 2, 6, 20}[random.nextInt(5)];
        boolean coarse = random.nextBoolean();
        for (int i = 0; i < size; i++) {
            double value = random.nextGaussian() * spread;
            logits[i] = (float) (coarse ? Math.round(value) : value);
        }
        if (random.nextInt(4) == 0) {
            logits[random.nextInt(size)] = Float.NaN;
            logits[random.nextInt(size)] = Float.NEGATIVE_INFINITY;
        }
        return logits;
    }

    /** Both sides of a chunk, of the terms that are added at a time, and a whole vocabulary. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 127, 128, 129, 511, 512, 513, 2048, 2049, 50_000})
    void valuesOrderAndRankAreThoseOfASortedVocabulary(int size) {
        Random random = new Random(size);
        for (int round = 0; round < 20; round++) {
            float[] logits = row(random, size);
            int token = random.nextInt(size);
            int wanted = random.nextInt(3) == 0 ? 0 : random.nextInt(60);
            TokenLogprobs found = of(logits, token, wanted);
            double logSum = logSum(logits);
            List<Integer> sorted = sorted(logits);
            if (cleaned(logits[sorted.getFirst()]) == Double.NEGATIVE_INFINITY) {
                continue;
            }
            double own = cleaned(logits[token]) - logSum;
            assertEquals(own, found.logprob(), close(own));
            assertTrue(found.logprob() <= 0);
            assertEquals(sorted.indexOf(token) + 1, found.rank());
            List<Integer> top = sorted.subList(0, Math.min(wanted, size));
            assertArrayEquals(top.stream().mapToInt(id -> id).toArray(), found.topIds());
            for (int i = 0; i < top.size(); i++) {
                double expected = cleaned(logits[top.get(i)]) - logSum;
                assertEquals(expected, found.topLogprobs()[i], close(expected));
            }
        }
    }

    @Test
    void oneTokenThatIsFarAheadIsCertain() {
        float[] logits = new float[700];
        logits[699] = 1000;
        TokenLogprobs found = of(logits, 699, 1);
        assertEquals(0, found.logprob());
        assertEquals(1, found.rank());
        assertEquals(-1000, of(logits, 3, 0).logprob());
        assertEquals(5, of(logits, 3, 0).rank());
    }

    @Test
    void rowsWithoutAnyPossibleTokenAndInfiniteOnesGiveNoNaN() {
        float[] none = {Float.NaN, Float.NEGATIVE_INFINITY};
        assertEquals(Float.NEGATIVE_INFINITY, of(none, 0, 2).logprob());
        float[] endless = {Float.POSITIVE_INFINITY, 0};
        assertEquals(0, of(endless, 0, 2).logprob());
        assertFalse(Float.isNaN(of(endless, 1, 2).logprob()));
    }

    @Test
    void firstTokenOfAPromptHasNone() {
        assertFalse(TokenLogprobs.first(7).isKnown());
        assertFalse(TokenLogprobs.NONE.isKnown());
        assertTrue(of(new float[] {1, 2}, 0, 0).isKnown());
    }
}
