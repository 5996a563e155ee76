package quire.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Filters against an oracle that sorts the whole vocabulary and computes in double. */
class CandidatesTest {

    /**
     * Float weights and their sums err by less than this; a cut may fall that much to either side.
     */
    private static final double MASS_TOLERANCE = 2e-5;

    private static final int[] SIZES = {1, 2, 31, 511, 512, 513, 5000, 151_936};

    private static SamplingParams params(double temperature, double topP, int topK, double minP) {
        return SamplingParams.builder()
                .temperature(temperature)
                .topP(topP)
                .topK(topK)
                .minP(minP)
                .build();
    }

    private static int[] kept(float[] logits, SamplingParams params) {
        LogitRow row = new LogitRow(logits.length);
        row.load(MemorySegment.ofArray(logits), 0);
        row.findMaxima();
        Candidates candidates = new Candidates(row);
        candidates.collect(params);
        return IntStream.range(0, candidates.size()).map(candidates::id).toArray();
    }

    /** Tokens by descending logit, ascending id on a tie. */
    private static int[] ordered(float[] logits) {
        Comparator<Integer> byLogit = Comparator.comparingDouble(id -> -(logits[id] + 0f));
        return IntStream.range(0, logits.length)
                .boxed()
                .sorted(byLogit.thenComparing(Comparator.naturalOrder()))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static void check(String what, float[] logits, SamplingParams params) {
        int[] order = ordered(logits);
        int[] kept = kept(logits, params);
        assertTrue(kept.length >= 1, what);
        assertArrayEquals(
                Arrays.stream(order, 0, kept.length).sorted().toArray(),
                kept,
                what + ": a run of the likeliest");
        double max = logits[order[0]];
        int limit = params.topK() > 0 ? Math.min(params.topK(), order.length) : order.length;
        double least =
                params.minP() == 0
                        ? Double.NEGATIVE_INFINITY
                        : max + params.temperature() * Math.log(params.minP());
        int passing = 0;
        double total = 0;
        while (passing < limit
                && logits[order[passing]] >= least
                && logits[order[passing]] > Float.NEGATIVE_INFINITY) {
            total += Math.exp((logits[order[passing++]] - max) / params.temperature());
        }
        if (params.topP() == 1) {
            assertEquals(passing, kept.length, what);
            return;
        }
        double mass = 0;
        for (int i = 0; i < kept.length - 1; i++) {
            mass += Math.exp((logits[order[i]] - max) / params.temperature()) / total;
        }
        double last =
                Math.exp((logits[order[kept.length - 1]] - max) / params.temperature()) / total;
        assertTrue(kept.length <= passing, what);
        assertTrue(
                kept.length == 1 || mass < params.topP() + MASS_TOLERANCE,
                what + " keeps too many");
        assertTrue(mass + last >= params.topP() - MASS_TOLERANCE, what + " keeps too few");
    }

    private static float[] normal(Random random, int size, double spread) {
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            logits[i] = (float) (random.nextGaussian() * spread);
        }
        return logits;
    }

    @Test
    void everyFilterAgreesWithTheOracleOnRandomRows() {
        for (int seed = 1; seed <= 60; seed++) {
            Random random = new Random(seed);
            for (int size : SIZES) {
                if (size > 5000 && seed > 5) {
                    continue;
                }
                float[] logits = normal(random, size, random.nextInt(3) == 0 ? 0.1 : 4);
                double temperature = 0.1 + 1.9 * random.nextDouble();
                double topP = random.nextInt(3) == 0 ? 0.999 : 0.01 + 0.98 * random.nextDouble();
                int topK = 1 + random.nextInt(random.nextBoolean() ? 60 : size);
                double minP = Math.pow(10, -4 * random.nextDouble());
                String what = "seed " + seed + ", size " + size;
                check(what + ", top_p " + topP, logits, params(temperature, topP, 0, 0));
                check(what + ", top_k " + topK, logits, params(temperature, 1, topK, 0));
                check(what + ", min_p " + minP, logits, params(temperature, 1, -1, minP));
                check(what + ", top_k + top_p", logits, params(temperature, topP, topK, 0));
                check(what + ", min_p + top_p", logits, params(temperature, topP, 0, minP));
                check(what + ", min_p + top_k", logits, params(temperature, 1, topK, minP));
                check(what + ", all three", logits, params(temperature, topP, topK, minP));
            }
        }
    }

    @Test
    void filtersAgreeWithTheOracleWhereManyTokensTie() {
        for (int seed = 1; seed <= 40; seed++) {
            Random random = new Random(seed);
            int size = 1 + random.nextInt(3000);
            float[] logits = new float[size];
            for (int i = 0; i < size; i++) {
                logits[i] = random.nextInt(4) * 0.5f - 0.5f;
                logits[i] = logits[i] == 0 && random.nextBoolean() ? -0f : logits[i];
                logits[i] = random.nextInt(5) == 0 ? Float.NEGATIVE_INFINITY : logits[i];
            }
            logits[random.nextInt(size)] = 1;
            String what = "seed " + seed;
            check(what, logits, params(0.7, 1, 1 + random.nextInt(size), 0));
            check(what, logits, params(0.7, 1, 0, 0.3));
            check(what, logits, params(0.7, 0.05 + 0.9 * random.nextDouble(), 0, 0));
            check(what, logits, params(0.7, 0.5, 1 + random.nextInt(size), 0.2));
        }
    }

    @Test
    void filtersAgreeWithTheOracleWhereTheCutFallsIntoOneOfManyBins() {
        for (int seed = 1; seed <= 10; seed++) {
            Random random = new Random(seed);
            float[] logits = normal(random, 20_000, 3);
            for (double temperature : new double[] {1e-3, 0.05, 1, 50, 1e6}) {
                String what = "seed " + seed + ", temperature " + temperature;
                check(what, logits, params(temperature, 1, 1 + random.nextInt(20_000), 0));
                check(what, logits, params(temperature, random.nextDouble(), 0, 0));
            }
        }
    }

    @Test
    void tiesAreKeptFromTheLowestId() {
        float[] flat = new float[2000];
        assertArrayEquals(new int[] {0}, kept(flat, params(1, 1, 1, 0)));
        assertArrayEquals(new int[] {0, 1, 2}, kept(flat, params(1, 1, 3, 0)));
        assertArrayEquals(IntStream.range(0, 1000).toArray(), kept(flat, params(1, 0.49999, 0, 0)));
        assertEquals(2000, kept(flat, params(1, 1, 0, 1)).length);
    }

    @Test
    void minPOfOneKeepsOnlyTheLikeliest() {
        assertArrayEquals(
                new int[] {1, 3}, kept(new float[] {0, 2, 1.999f, 2}, params(1, 1, 0, 1)));
    }

    @Test
    void tinyTopPKeepsOneToken() {
        Random random = new Random(1);
        for (int size : SIZES) {
            float[] logits = normal(random, size, 1);
            int[] likeliest = {ordered(logits)[0]};
            assertArrayEquals(likeliest, kept(logits, params(1, Double.MIN_VALUE, 0, 0)));
        }
    }

    @Test
    void topPJustBelowOneKeepsEveryLikelyToken() {
        float[] logits = normal(new Random(2), 5000, 1);
        int size = kept(logits, params(1, Math.nextDown(1.0), 0, 0)).length;
        assertTrue(size > 4990, "kept " + size);
    }

    @Test
    void absurdTemperaturesAndLogitsStillKeepTheLikeliest() {
        float[] logits = {1, Float.MAX_VALUE, -Float.MAX_VALUE, 3, Float.NEGATIVE_INFINITY};
        for (double temperature : new double[] {1e-5, 1e-3, 1, 1e30, 1e300}) {
            for (double topP : new double[] {0.5, 0.999999}) {
                int[] kept = kept(logits, params(temperature, topP, 0, 0));
                assertTrue(
                        Arrays.stream(kept).anyMatch(id -> id == 1), "temperature " + temperature);
                assertTrue(
                        Arrays.stream(kept).noneMatch(id -> id == 4), "temperature " + temperature);
            }
        }
    }

    @Test
    void weightsAreExponentials() {
        for (float x = 0; x > -20; x -= 0.001f) {
            assertEquals(1, Candidates.weight(x) / Math.exp(x), 2e-5, "at " + x);
        }
        for (float x = -20; x > -50; x -= 0.001f) {
            assertEquals(1, Candidates.weight(x) / Math.exp(x), 1e-2, "at " + x);
        }
        assertEquals(0, Candidates.weight(-80));
        assertEquals(0, Candidates.weight(Float.NEGATIVE_INFINITY));
        assertEquals(1, Candidates.weight(0));
    }
}
