package quire.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.ops.cuda.SamplerBench.MAX_ROWS;

import java.util.Random;
import org.junit.jupiter.api.Test;
import quire.ops.TokenSampler;
import quire.ops.cuda.SamplerBench.Text;
import quire.ops.cuda.driver.KernelFiles;
import quire.sampling.DrawBoundaries;
import quire.sampling.TokenMask;
import quire.tensor.DType;

/** Many draws over every parameter: the card's tokens are the host's. */
class CudaSamplerDrawsTest {

    private static final int DRAWS = Integer.getInteger("quire.sampling.draws", 2000);
    private static final long SEED = Long.getLong("quire.sampling.seed", 5);

    /** In how many draws one may differ, by the rounding of a sum. */
    private static final int DRAWS_A_DIFFERENCE = 10_000;

    /** Sizes, and the share of the draws in a thousand: large ones take longer. */
    private static final int[][] VOCABULARIES = {
        {1, 5},
        {7, 95},
        {100, 200},
        {1000, 300},
        {4095, 80},
        {4096, 80},
        {4097, 80},
        {8200, 100},
        {32_000, 50},
        {151_936, 10}
    };

    private final Random random = new Random(SEED);
    private int numDraws;
    private int numDifferences;

    @Test
    void theSameTokensAsOnTheHost() {
        try (CudaOps ops =
                new CudaOps(EmulatedCuda.device(), KernelFiles.ofThisProgram(), DType.BF16)) {
            for (int[] vocabulary : VOCABULARIES) {
                SamplerBench bench = new SamplerBench(ops, vocabulary[0]);
                Text[] texts = new Text[MAX_ROWS];
                int end = numDraws + Math.ceilDiv(DRAWS * vocabulary[1], 1000);
                while (numDraws < end) {
                    step(bench, vocabulary[0], texts);
                }
            }
        }
        assertTrue(
                numDifferences <= Math.max(1, numDraws / DRAWS_A_DIFFERENCE),
                "seed " + SEED + ": " + numDifferences + " of " + numDraws + " tokens differ");
    }

    /** Samples some rows of texts, of which each goes on in its slot until another takes it. */
    private void step(SamplerBench bench, int vocabSize, Text[] texts) {
        int numRows = 1 + random.nextInt(MAX_ROWS);
        int shift = random.nextInt(MAX_ROWS);
        float[][] logits = new float[numRows][];
        boolean[] waits = new boolean[numRows];
        for (int row = 0; row < numRows; row++) {
            int slot = slot(row, shift);
            if (texts[slot] == null || random.nextInt(8) == 0) {
                int[] prompt = random.ints(1 + random.nextInt(20), 0, vocabSize).toArray();
                texts[slot] =
                        new Text(
                                SamplerBench.anyParams(random),
                                SamplerBench.anyBadWords(random),
                                prompt);
            }
            float[] any = SamplerBench.anyLogits(random, vocabSize);
            long[] mask =
                    random.nextInt(4) == 0
                            ? SamplerBench.anyMask(random, vocabSize)
                            : TokenMask.ANY;
            bench.add(slot, texts[slot], any, mask);
            waits[row] = mask == TokenMask.NOT_READY;
            logits[row] = SamplerBench.masked(any, mask);
        }
        int[] tokens = bench.sample();
        for (int row = 0; row < numRows; row++) {
            int slot = slot(row, shift);
            assertEquals(waits[row], tokens[row] == TokenSampler.NOT_READY);
            if (!waits[row] && !goesOn(texts[slot], logits[row], tokens[row])) {
                texts[slot] = null;
            }
        }
        numDraws += numRows;
    }

    /** All rows of a step have different ones. */
    private static int slot(int row, int shift) {
        return (row * 3 + shift) % MAX_ROWS;
    }

    private boolean goesOn(Text text, float[] logits, int token) {
        int wanted = text.choose(logits);
        if (token != wanted) {
            numDifferences++;
            assertTrue(
                    DrawBoundaries.mayDraw(logits, text.state(), token),
                    () ->
                            "seed "
                                    + SEED
                                    + ": "
                                    + token
                                    + " and not "
                                    + wanted
                                    + " of "
                                    + logits.length
                                    + " tokens, "
                                    + text.params());
            return false;
        }
        if (token >= 0) {
            text.append(token);
        }
        return token >= 0;
    }
}
