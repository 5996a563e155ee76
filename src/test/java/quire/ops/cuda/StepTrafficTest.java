package quire.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.Matrix;
import quire.ops.SampleRows;
import quire.ops.TokenSampler;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.emulator.Emulator;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.tensor.DType;

/** What goes between host and card in a step, counted by the emulated driver. */
class StepTrafficTest {

    private static final int SEQUENCES = 256;
    private static final int BLOCKS = 64;
    private static final int BLOCK = 16;
    private static final int VOCABULARY = 40;

    @Test
    void aDecodeStepOf256SequencesIsOneCopyUpOfAtMost16KibAndOneDown() {
        try (Emulator emulator = new Emulator();
                CudaOps ops =
                        new CudaOps(
                                EmulatedCuda.device(), KernelFiles.ofThisProgram(), DType.BF16)) {
            Batch batch = ops.allocateBatch(new BatchLimits(SEQUENCES, SEQUENCES, BLOCKS, BLOCK));
            TokenSampler sampler = ops.allocateSampler(VOCABULARY, SEQUENCES);
            Matrix logits = ops.allocate(DType.F32, SEQUENCES, VOCABULARY);
            SampleRows rows = new SampleRows(SEQUENCES);
            SamplingParams params =
                    SamplingParams.builder().maxTokens(99).presencePenalty(1).topP(0.9).build();
            SamplingRule rule = new SamplingRule(params, EosTokens.of(1, 2), 0, 0);
            int[] tokenIds = new int[BLOCKS * BLOCK];
            long told = 0;
            for (int context = 2 * BLOCK - 2; context < 2 * BLOCK + 2; context++) {
                batch.clear();
                rows.clear();
                for (int s = 0; s < SEQUENCES; s++) {
                    int[] blocks = new int[BLOCKS];
                    int first = s * BLOCKS;
                    Arrays.setAll(blocks, i -> first + i);
                    batch.startSequence(context, blocks, BLOCKS);
                    batch.addPendingToken(s);
                    batch.addLogitRow();
                    batch.endSequence();
                    rows.add(s, s, rule, tokenIds, 3, context);
                }
                long bytes = emulator.count("bytesToDevice");
                long up = emulator.count("cuMemcpyHtoDAsync_v2");
                long down = emulator.count("cuMemcpyDtoHAsync_v2");
                sampler.begin(rows);
                ops.begin(batch);
                sampler.sample(logits);
                sampler.end();
                sampler.await();
                told = emulator.count("bytesToDevice") - bytes;
                assertEquals(1, emulator.count("cuMemcpyHtoDAsync_v2") - up);
                assertEquals(1, emulator.count("cuMemcpyDtoHAsync_v2") - down);
                boolean begins = context == 2 * BLOCK - 2;
                boolean newBlocks = context == 2 * BLOCK;
                assertTrue(begins || told <= 16 << 10, told + " bytes at " + context);
                assertEquals(
                        begins ? told : 32L * SEQUENCES + 64 + (newBlocks ? 4 * SEQUENCES : 0),
                        told,
                        16,
                        "at " + context);
            }
        }
    }
}
