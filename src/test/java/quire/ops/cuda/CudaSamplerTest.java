package quire.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.ops.cuda.SamplerBench.MAX_ROWS;
import static quire.ops.cuda.SamplerBench.anyLogits;
import static quire.ops.cuda.SamplerBench.anyMask;
import static quire.ops.cuda.SamplerBench.anyParams;
import static quire.ops.cuda.SamplerBench.params;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.Matrix;
import quire.ops.SampleRows;
import quire.ops.SampledStep;
import quire.ops.TokenSampler;
import quire.ops.cuda.SamplerBench.Text;
import quire.ops.cuda.driver.KernelFiles;
import quire.sampling.BadWords;
import quire.sampling.SamplingParamsBuilder;
import quire.sampling.TokenMask;
import quire.tensor.DType;

/** The card's sampler against the host's, on the emulated driver. */
class CudaSamplerTest {

    private static final int STEPS = 200;

    private CudaOps ops;

    @BeforeEach
    void open() {
        ops = new CudaOps(EmulatedCuda.device(), KernelFiles.ofThisProgram(), DType.BF16);
    }

    @AfterEach
    void close() {
        if (ops != null) {
            ops.close();
        }
    }

    private static float[] filled(int size, float value) {
        float[] logits = new float[size];
        Arrays.fill(logits, value);
        return logits;
    }

    private static List<float[]> edges(int size) {
        List<float[]> all = new ArrayList<>();
        all.add(filled(size, 0));
        all.add(filled(size, -0f));
        all.add(filled(size, 1e30f));
        all.add(filled(size, Float.NaN));
        all.add(filled(size, Float.NEGATIVE_INFINITY));
        all.add(filled(size, Float.POSITIVE_INFINITY));
        float[] lastOnly = filled(size, Float.NaN);
        lastOnly[size - 1] = -4;
        all.add(lastOnly);
        float[] twice = filled(size, Float.NEGATIVE_INFINITY);
        twice[size / 2] = 3;
        twice[size - 1] = 3;
        all.add(twice);
        float[] steps = new float[size];
        for (int i = 0; i < size; i++) {
            // Every logit eight times, so that each cut falls among equals.
            steps[i] = i / 8 % 64;
        }
        all.add(steps);
        return all;
    }

    private static List<SamplingParamsBuilder> edgeParams() {
        return List.of(
                params().temperature(0),
                params(),
                params().temperature(1e-5),
                params().temperature(1e300),
                params().topK(1),
                params().topK(2).temperature(1e300),
                params().topK(13).topP(0.5),
                params().topK(4097),
                params().topP(1e-300),
                params().topP(0.5),
                params().topP(1 - 0x1p-53),
                params().minP(1),
                params().minP(1e-3).topK(5).topP(0.3));
    }

    @Test
    void theEdgesOfVocabulariesLogitsAndParams() {
        for (int size : new int[] {1, 7, 4095, 4096, 4097, 32_000}) {
            SamplerBench bench = new SamplerBench(ops, size);
            for (float[] logits : edges(size)) {
                List<Text> texts = new ArrayList<>();
                for (SamplingParamsBuilder each : edgeParams()) {
                    texts.add(new Text(each, 0));
                }
                for (int from = 0; from < texts.size(); from += MAX_ROWS) {
                    List<Text> some = texts.subList(from, Math.min(from + MAX_ROWS, texts.size()));
                    for (int slot = 0; slot < some.size(); slot++) {
                        bench.add(slot, some.get(slot), logits);
                    }
                    int[] wanted = some.stream().mapToInt(text -> text.choose(logits)).toArray();
                    assertArrayEquals(
                            wanted,
                            bench.sample(),
                            () ->
                                    size
                                            + " logits from "
                                            + logits[0]
                                            + ", "
                                            + some.stream().map(t -> t.params()).toList());
                }
            }
        }
    }

    @Test
    void aLargeVocabularyWithoutAnyDifference() {
        SamplerBench bench = new SamplerBench(ops, 151_936);
        Random random = new Random(3);
        float[] logits = new float[151_936];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian() * 3;
        }
        List<SamplingParamsBuilder> all =
                List.of(
                        params().temperature(0),
                        params().topP(0.95),
                        params().topK(50).temperature(0.7),
                        params().topK(100_000).temperature(100).topP(0.8));
        int[] wanted = new int[all.size()];
        for (int row = 0; row < all.size(); row++) {
            Text text = new Text(all.get(row), 0);
            bench.add(row, text, logits);
            wanted[row] = text.choose(logits);
        }
        assertArrayEquals(wanted, bench.sample());
    }

    @Test
    void theSameSeedGivesTheSameTokenInAnyRowBatchAndSlot() {
        SamplerBench bench = new SamplerBench(ops, 1000);
        Random random = new Random(4);
        float[] logits = anyLogits(new Random(2), 1000);
        SamplingParamsBuilder params = params().temperature(2).topP(0.99).seed(99);
        int wanted = new Text(params, 1).choose(logits);
        for (int row = 0; row < MAX_ROWS; row++) {
            for (int other = 0; other < row; other++) {
                bench.add(other, new Text(anyParams(random), 5), anyLogits(random, 1000));
            }
            bench.add(row % 2 == 0 ? row : MAX_ROWS - 1, new Text(params, 1), logits);
            assertEquals(wanted, bench.sample()[row], "row " + row);
        }
    }

    @Test
    void aLongHistoryCountsWhole() {
        SamplerBench bench = new SamplerBench(ops, 4097);
        Random random = new Random(6);
        int[] prompt = random.ints(150_000, 0, 2000).toArray();
        Text text =
                new Text(
                        params().repetitionPenalty(1.7).frequencyPenalty(0.1).temperature(0.5),
                        prompt);
        for (int i = 0; i < 500; i++) {
            text.append(2000 + random.nextInt(2000));
        }
        float[] logits = anyLogits(new Random(3), 4097);
        int first = text.choose(logits);
        bench.add(2, text, logits);
        assertArrayEquals(new int[] {first}, bench.sample());
        text.append(first);
        // In another slot, and back again, where the card knows fewer tokens than there are.
        for (int slot : new int[] {5, 5, 2, 2}) {
            int next = text.choose(logits);
            bench.add(slot, text, logits);
            assertArrayEquals(new int[] {next}, bench.sample());
            text.append(next);
        }
    }

    /** It is seen wherever the ring of the last tokens begins. */
    @Test
    void aBadWordOfTheMostTokensIsNeverCompleted() {
        SamplerBench bench = new SamplerBench(ops, 3);
        BadWords words = BadWords.of(List.of(new int[BadWords.MAX_TOKENS], new int[] {1, 1}));
        Text text = new Text(params().temperature(0), words, 2);
        float[] logits = {3, 2, 1};
        int numZeros = 0;
        for (int i = 0; i < 3 * BadWords.MAX_TOKENS; i++) {
            // In another slot now and then, where the card is told what it has to know.
            bench.add(i / 50 % 2, text, logits);
            int token = bench.sample()[0];
            assertEquals(text.choose(logits), token, "token " + i);
            numZeros = token == 0 ? numZeros + 1 : 0;
            assertTrue(numZeros < BadWords.MAX_TOKENS);
            text.append(token);
        }
    }

    /** A mask is for one step: what a row had before says nothing of the next. */
    @Test
    void masksAreForTheirStepAndRowAlone() {
        SamplerBench bench = new SamplerBench(ops, 4097);
        float[] logits = anyLogits(new Random(12), 4097);
        Random random = new Random(8);
        Text[] texts = new Text[MAX_ROWS];
        for (int i = 0; i < MAX_ROWS; i++) {
            texts[i] = new Text(params().temperature(i % 2), i);
        }
        for (int step = 0; step < 12; step++) {
            int[] wanted = new int[MAX_ROWS];
            boolean masked = step % 3 > 0;
            for (int i = 0; i < MAX_ROWS; i++) {
                long[] mask = masked ? anyMask(random, 4097) : TokenMask.ANY;
                bench.add(i, texts[i], logits, mask);
                wanted[i] =
                        mask == TokenMask.NOT_READY
                                ? TokenSampler.NOT_READY
                                : texts[i].choose(SamplerBench.masked(logits, mask));
            }
            assertArrayEquals(wanted, bench.sample(), "step " + step);
            for (int i = 0; i < MAX_ROWS; i++) {
                if (wanted[i] >= 0) {
                    texts[i].append(wanted[i]);
                }
            }
        }
    }

    @Test
    void aSequenceThatGotNoTokenGoesOnAsItWas() {
        SamplerBench bench = new SamplerBench(ops, 100);
        Text text = new Text(params().temperature(3).presencePenalty(1), 1);
        bench.add(0, text, filled(100, Float.NaN));
        assertArrayEquals(new int[] {-1}, bench.sample());
        for (int i = 0; i < 5; i++) {
            float[] logits = anyLogits(new Random(2), 100);
            int wanted = text.choose(logits);
            bench.add(0, text, logits);
            assertArrayEquals(new int[] {wanted}, bench.sample());
            text.append(wanted);
        }
    }

    @Test
    void aStepIsSampledBeforeTheTokensOfTheLastAreTaken() {
        SamplerBench bench = new SamplerBench(ops, 1000);
        Text text =
                new Text(
                        params().temperature(1.5).repetitionPenalty(1.3).presencePenalty(0.5),
                        5,
                        9);
        for (int i = 0; i < 5; i++) {
            // The host knows one token less of the second than the card.
            float[] first = anyLogits(new Random(i), 1000);
            float[] second = anyLogits(new Random(i + 20), 1000);
            bench.add(3, text, first);
            bench.begin();
            bench.add(3, text, second);
            bench.begin();
            for (float[] logits : List.of(first, second)) {
                int wanted = text.choose(logits);
                assertArrayEquals(new int[] {wanted}, bench.take(1));
                text.append(wanted);
            }
        }
        bench.add(0, text, new float[1000]);
        bench.begin();
        bench.add(0, text, new float[1000]);
        bench.begin();
        assertThrows(IllegalStateException.class, bench::begin);
    }

    /** It broke off before it sampled, or when the card had counted a token that nobody took. */
    @Test
    void aStepThatIsNotEndedNeverWas() {
        SamplerBench bench = new SamplerBench(ops, 300);
        Text text = new Text(params().temperature(2).frequencyPenalty(1.5), 1, 2);
        Batch batch = ops.allocateBatch(new BatchLimits(1, 1, 1, 16));
        Matrix any = ops.allocate(DType.F32, 1, 300);
        for (int i = 0; i < 12; i++) {
            if (i % 3 > 0) {
                batch.clear();
                batch.startSequence(0, new int[] {0}, 1);
                batch.addToken(0);
                batch.addLogitRow();
                batch.endSequence();
                SampleRows rows = new SampleRows(1);
                text.addTo(rows, 0);
                bench.sampler().begin(rows);
                ops.begin(batch);
                if (i % 3 > 1) {
                    bench.sampler().sample(any);
                }
            }
            float[] logits = anyLogits(new Random(2), 300);
            int wanted = text.choose(logits);
            bench.add(0, text, logits);
            assertArrayEquals(new int[] {wanted}, bench.sample());
            text.append(wanted);
        }
        assertThrows(IllegalStateException.class, () -> bench.sampler().sample(any));
        assertThrows(IllegalStateException.class, bench.sampler()::end);
    }

    @Test
    void aStepAllocatesNothing() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        TokenSampler sampler = ops.allocateSampler(7, 2);
        Matrix logits = ops.allocate(DType.F32, 2, 7);
        SampleRows rows = new SampleRows(2);
        int[] tokenIds = {1};
        rows.add(0, 0, new Text(params(), 1).rule(), tokenIds, 1, 1);
        rows.add(1, 1, new Text(params().topK(3).minTokens(2), 1).rule(), tokenIds, 1, 1);
        long[] mask = {3};
        rows.mask(() -> mask);
        SampledStep sampled = new SampledStep(ops, sampler, 2);
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 12 && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int step = 0; step < STEPS; step++) {
                sampled.run(rows, logits);
                sampler.await();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        // Asking for the number may itself take some bytes; an object a step would be 16 each.
        assertTrue(least < 8L * STEPS, least + " bytes in " + STEPS + " steps");
    }

    @Test
    void aStepWithoutRowsHasNoTokens() {
        SamplerBench bench = new SamplerBench(ops, 7);
        assertArrayEquals(new int[0], bench.sample());
        assertTrue(bench.sampler().isDone());
    }

    @Test
    void aVocabularyBeyondTheKernelsIsRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> ops.allocateSampler((1 << 19) + 1, MAX_ROWS));
    }
}
