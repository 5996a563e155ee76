package quire.ops.cuda.driver;

import java.nio.file.Path;
import java.util.List;

/**
 * The machine's NVIDIA driver: loaded, or refused because there is none, or none that this program
 * can use. A process loads one driver, once; may be called by any thread.
 */
public sealed interface CudaDriver {

    /**
     * Loaded, with a card at least.
     *
     * @param name such as {@code driver 570.86.15 (CUDA 12.8)}: its release, where the machine
     *     tells, and the newest CUDA that it knows
     * @param devices the cards that the kernels run on, never empty, in the driver's order
     */
    record Loaded(String name, List<Device> devices) implements CudaDriver {}

    /**
     * Not usable here.
     *
     * @param reason a clause without a full stop
     */
    record Refused(String reason) implements CudaDriver {}

    /** System property that names the driver's file. */
    String PROPERTY = "quire.cuda.library";

    /**
     * The driver of this machine: the file that {@link #PROPERTY} names, else {@code libcuda.so.1}
     * where the system's loader finds it.
     */
    static CudaDriver load() {
        String named = System.getProperty(PROPERTY, "").strip();
        return DriverLibrary.load(named.isEmpty() ? DriverLibrary.OF_THIS_MACHINE : named);
    }

    /** The driver in the file, such as an emulated one. */
    static CudaDriver load(Path library) {
        return DriverLibrary.load(library.toAbsolutePath().toString());
    }

    /**
     * The driver that interprets kernels on this machine's processor: what the build made of {@code
     * kernels-cuda/emulator}.
     */
    static CudaDriver emulated() {
        return EmulatedDriver.file()
                .<CudaDriver>map(CudaDriver::load)
                .orElseGet(() -> new Refused(EmulatedDriver.absence()));
    }
}
