package quire.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import quire.JavaProcess;
import quire.Outside;
import quire.ops.Matrix;
import quire.ops.SampleRows;
import quire.ops.SampledStep;
import quire.ops.TokenSampler;
import quire.ops.cuda.driver.DeviceLost;
import quire.ops.cuda.driver.KernelFiles;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.tensor.DType;

/** A step that fails on the card: in a process of its own, which is lost with the card. */
class CudaSamplerFaultTest {

    /** Samples a step and tells what comes of it. */
    static final class Fail {
        public static void main(String[] arguments) {
            CudaOps ops =
                    new CudaOps(
                            EmulatedCuda.device(Path.of(arguments[0])),
                            KernelFiles.ofThisProgram(),
                            DType.BF16);
            TokenSampler sampler = ops.allocateSampler(7, 1);
            SampleRows rows = new SampleRows(1);
            SamplingRule rule = new SamplingRule(SamplingParams.greedy(3), EosTokens.of(), 0, 0);
            rows.add(0, 0, rule, new int[] {1}, 1, 1);
            Matrix logits = ops.allocate(DType.F32, 1, 7);
            new SampledStep(ops, sampler, 1).run(rows, logits);
            System.out.println("done: " + sampler.isDone());
            try {
                sampler.await();
            } catch (DeviceLost lost) {
                System.out.println("lost: " + lost.code());
            }
        }
    }

    @Test
    void aStepThatFailsIsDoneAndAwaitingItTellsWhy() throws Exception {
        // The first look is whether an earlier step's upload is through.
        JavaProcess.Ended ended =
                JavaProcess.of(Fail.class)
                        .environment(Map.of("QUIRE_EMULATOR_FAULTS", "cuEventQuery:2=719"))
                        .run(Outside.CUDA_EMULATOR.path().toString());
        assertEquals(0, ended.exitCode(), ended.output());
        assertTrue(ended.output().contains("done: true\nlost: 719\n"), ended.output());
    }
}
