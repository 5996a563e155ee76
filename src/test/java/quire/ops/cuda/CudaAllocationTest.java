package quire.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.RopeTable;
import quire.ops.SampleRows;
import quire.ops.StepWork;
import quire.ops.Table;
import quire.ops.TokenSampler;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.emulator.Emulator;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** A step over a card allocates nothing on the heap once its code is compiled. */
class CudaAllocationTest {

    private static final DType TYPE = DType.BF16;
    private static final int HIDDEN = 64;
    private static final int VOCABULARY = 96;
    private static final int STEPS = 500;
    private static final int ROUNDS = 12;

    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void aStepAllocatesNothing() {
        try (CudaOps ops = new CudaOps(EmulatedCuda.device(), KernelFiles.ofThisProgram(), TYPE)) {
            Model model = new Model(ops);
            assertAllocatesNothing(model::step);
        }
    }

    @Test
    void aStepThatIsPlayedBackAllocatesNothing() {
        try (Emulator emulator = new Emulator();
                CudaOps ops =
                        new CudaOps(EmulatedCuda.device(), KernelFiles.ofThisProgram(), TYPE)) {
            Model model = new Model(ops);
            long before = emulator.count("cuGraphLaunch");
            assertAllocatesNothing(model::sampledStep);
            assertTrue(emulator.count("cuGraphLaunch") - before >= STEPS - 1);
        }
    }

    private void assertAllocatesNothing(IntConsumer step) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < STEPS; i++) {
                step.accept(i % 32);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        // Asking for the number may itself take some bytes; an object a step would be 16 each.
        long bytes = least;
        assertTrue(bytes < 8L * STEPS, () -> bytes + " bytes in " + STEPS + " steps");
    }

    /** One layer with everything that a model does, of weights that do not matter. */
    private static final class Model {
        private static final AttentionHeads HEADS =
                new AttentionHeads(2, 1, 32, 0.1f, 0, Optional.empty());

        private final CudaOps ops;
        private final Batch batch;
        private final Table table;
        private final Linear qkv;
        private final Linear square;
        private final Linear gateUp;
        private final Linear head;
        private final Matrix norm;
        private final RopeTable rope;
        private final KvCache cache;
        private final Matrix residual;
        private final Matrix normed;
        private final Matrix heads;
        private final Matrix attended;
        private final Matrix both;
        private final Matrix gathered;
        private final Matrix logits;
        private final Matrix token;
        private final SampleRows rows = new SampleRows(1);
        private final TokenSampler sampler;
        private final StepWork sampled;
        private final int[] blocks = {2, 0, 1};

        Model(CudaOps ops) {
            this.ops = ops;
            batch = ops.allocateBatch(new BatchLimits(1, 1, 3, 16));
            table = ops.placeTable(stored(VOCABULARY));
            qkv = linear(HEADS.qkvWidth());
            square = linear(HIDDEN);
            gateUp = linear(2 * HIDDEN);
            head = linear(VOCABULARY);
            norm = ops.placeVector(stored(1));
            rope = new RopeTable(ops.allocate(DType.F32, 48, 32), 32, RopeTable.Pairing.HALVES);
            cache =
                    ops.allocateKvCache(
                            KvCacheLayout.uniform(1, 3, 16, new KvCacheLayout.Layer(1, 32), TYPE));
            residual = ops.allocate(TYPE, 1, HIDDEN);
            normed = ops.allocate(TYPE, 1, HIDDEN);
            heads = ops.allocate(TYPE, 1, HEADS.qkvWidth());
            attended = ops.allocate(TYPE, 1, HIDDEN);
            both = ops.allocate(TYPE, 1, 2 * HIDDEN);
            gathered = ops.allocate(TYPE, 1, HIDDEN);
            logits = ops.allocate(DType.F32, 1, VOCABULARY);
            token = ops.allocate(DType.I32, 1, 1);
            sampler = ops.allocateSampler(VOCABULARY, 1);
            sampled =
                    ops.repeated(
                            each -> {
                                compute(each);
                                sampler.sample(logits);
                            });
            SamplingParams params = SamplingParams.builder().maxTokens(9).topP(0.9).build();
            SamplingRule rule = new SamplingRule(params, EosTokens.of(), 0, 0);
            rows.add(0, 0, rule, new int[] {1}, 1, 1);
        }

        private static Tensor stored(int rows) {
            float[] values = new float[rows * HIDDEN];
            for (int i = 0; i < values.length; i++) {
                values[i] = (i * 37 % 101 - 50) / 400f;
            }
            return new Tensor(DType.F32, rows, HIDDEN, MemorySegment.ofArray(values));
        }

        private Linear linear(int outputs) {
            return ops.placeLinear(List.of(new LinearPart(stored(outputs), Optional.empty())));
        }

        int step(int position) {
            fill(position);
            compute(batch);
            ops.argmax(token, logits, 1);
            return ops.host(token, 1).data().get(ValueLayout.JAVA_INT, 0);
        }

        int sampledStep(int position) {
            fill(position);
            sampler.begin(rows);
            sampled.run(batch);
            sampler.end();
            return sampler.await()[0];
        }

        private void fill(int position) {
            batch.clear();
            batch.startSequence(position, blocks, blocks.length);
            batch.addToken(position);
            batch.addLogitRow();
            batch.endSequence();
        }

        private void compute(Batch batch) {
            ops.begin(batch);
            ops.embed(residual, table, batch);
            ops.rmsNorm(normed, residual, norm, 1e-6f, 1);
            ops.linearRopeAndStore(heads, normed, qkv, HEADS, rope, cache, 0, batch);
            ops.attention(attended, heads, HEADS, cache, 0, batch);
            ops.linearAddRmsNorm(normed, residual, attended, square, norm, 1e-6f, 1);
            ops.linear(both, normed, gateUp, 1);
            ops.siluAndMul(attended, both, 1);
            ops.addRmsNorm(normed, residual, attended, norm, 1e-6f, 1);
            ops.gatherLogitRows(gathered, normed, batch);
            ops.linear(logits, gathered, head, 1);
        }
    }
}
