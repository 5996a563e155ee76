package quire.ops.cuda;

import java.nio.file.Path;
import quire.Outside;
import quire.ops.cuda.driver.CudaDriver;
import quire.ops.cuda.driver.Device;

/**
 * The CUDA driver that interprets kernels on this machine's processor, for tests. A process has one
 * driver, whose faults last as long as the process: a test that provokes one, or that sets what the
 * driver reads from its environment, runs in a {@link quire.JavaProcess}.
 */
public final class EmulatedCuda {

    private EmulatedCuda() {}

    /** The card in this process, or a test that is skipped. */
    public static Device device() {
        return device(Outside.CUDA_EMULATOR.path());
    }

    /** The card that the driver in that file shows. */
    public static Device device(Path library) {
        return switch (CudaDriver.load(library)) {
            case CudaDriver.Loaded loaded -> loaded.devices().getFirst();
            case CudaDriver.Refused no -> throw new AssertionError(no.reason());
        };
    }
}
