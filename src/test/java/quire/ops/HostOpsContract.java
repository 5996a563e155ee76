package quire.ops;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** What backends promise besides that compute in the host's memory, where the host can look on. */
public abstract class HostOpsContract extends OpsContract {

    @Test
    void stoppingEndsAnOperationThatIsUnderWay() throws InterruptedException {
        int rows = 256;
        int outputs = 2048;
        try (Ops one = ops(1)) {
            Linear linear = linear(one, samples.stored(DType.F32, outputs, 1024));
            Matrix x = upload(one, activations(rows * 1024), rows, 1024);
            float[] unwritten = new float[rows * outputs];
            Arrays.fill(unwritten, Float.NaN);
            Matrix out = upload(one, unwritten, rows, outputs);
            Tensor seen = one.host(out, rows);
            boolean cut = false;
            // An operation may be over before the other thread, once awake, has told it to stop.
            for (int attempt = 0; attempt < 200 && !cut; attempt++) {
                Samples.write(seen, unwritten);
                Thread stopper = Thread.ofPlatform().start(() -> stopOnceWritten(one, seen));
                try {
                    one.linear(out, x, linear, rows);
                } catch (StoppedException e) {
                    float[] written = Samples.read(seen);
                    cut = Float.isNaN(written[written.length - 1]);
                }
                stopper.join();
                one.resume();
            }
            assertTrue(cut, "no operation ended before it was through");
        }
    }

    private static void stopOnceWritten(Ops ops, Tensor out) {
        while (Float.isNaN(Samples.read(out.slice(0, 1))[0])) {
            Thread.onSpinWait();
        }
        ops.stop();
    }
}
