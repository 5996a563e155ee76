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
     * @param version the newest CUDA that it knows, 1000 x major + 10 x minor
     * @param devices the cards that the kernels run on, never empty, in the driver's order
     */
    record Loaded(int version, List<Device> devices) implements CudaDriver {

        /** Such as {@code CUDA 12.8}. */
        public String versionName() {
            return DriverLibrary.versionName(version);
        }
    }

    /**
     * Not usable here.
     *
     * @param reason a clause without a full stop
     */
    record Refused(String reason) implements CudaDriver {}

    /** The driver of this machine, {@code libcuda.so.1} where the system's loader finds it. */
    static CudaDriver load() {
        return DriverLibrary.load("libcuda.so.1");
    }

    /** The driver in the file, such as an emulated one. */
    static CudaDriver load(Path library) {
        return DriverLibrary.load(library.toAbsolutePath().toString());
    }
}
