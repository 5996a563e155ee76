package quire.ops.cuda.driver;

import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuInit;

import java.io.IOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jcuda.JCudaVersion;
import jcuda.LibUtils;
import quire.natives.Jar;
import quire.natives.NativeFile;
import quire.natives.Neighbour;

/** Loads {@code libcuda} and JCuda's native library over it. What came of it is kept for ever. */
final class DriverLibrary {
    private static final int OLDEST_VERSION = 12_000;
    private static final Capability OLDEST_CAPABILITY = new Capability(8, 0);
    private static final int NO_DEVICE = 100;

    private static final MethodTypeDesc TAKES_NAMES =
            MethodType.methodType(void.class, String.class, String[].class)
                    .describeConstable()
                    .orElseThrow();

    /** As the system's loader finds it. */
    static final String OF_THIS_MACHINE = "libcuda.so.1";

    /** A function that the emulated driver has, and no other. */
    private static final String OF_EMULATOR = "quireEmulatorSet";

    /** Where a driver that runs in the kernel says what it is. */
    private static final Path KERNEL_MODULE = Path.of("/proc/driver/nvidia/version");

    private static final Pattern RELEASE = Pattern.compile("Module.*?\\s(\\d{3}(\\.\\d+)+)\\s");

    private static String from;
    private static CudaDriver driver;

    private DriverLibrary() {}

    /** One that is not here is no driver of this process, which may load another. */
    @SuppressWarnings("restricted")
    static synchronized CudaDriver load(String library) {
        if (driver != null) {
            return from.equals(library)
                    ? driver
                    : new CudaDriver.Refused(
                            library
                                    + " cannot be loaded beside "
                                    + from
                                    + ", which this process has");
        }
        SymbolLookup symbols;
        try {
            symbols = SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalArgumentException e) {
            return new CudaDriver.Refused(
                    "no NVIDIA driver: " + library + " is not here or cannot be loaded");
        }
        from = library;
        driver = open(symbols, library);
        return driver;
    }

    private static CudaDriver open(SymbolLookup symbols, String library) {
        if (KernelFiles.ofThisProgram().read(KernelFiles.MANIFEST).isEmpty()) {
            return new CudaDriver.Refused(
                    "the kernels for NVIDIA cards are not on the class path; the artifact quire-cuda"
                            + " brings them");
        }
        try {
            int version = LateCalls.version(symbols);
            if (version < OLDEST_VERSION) {
                return new CudaDriver.Refused(
                        "the NVIDIA driver knows "
                                + versionName(version)
                                + "; needed is CUDA 12.0, which drivers from 525 on have");
            }
            bind();
            return usable(symbols, version, library);
        } catch (NoSuchElementException e) {
            return new CudaDriver.Refused(library + " is no whole driver: " + e.getMessage());
        } catch (LinkageError | IOException e) {
            return new CudaDriver.Refused(
                    "JCuda's native library cannot be loaded over " + library + ": " + e);
        } catch (CudaException e) {
            return new CudaDriver.Refused("the NVIDIA driver refuses: " + e.getMessage());
        }
    }

    /**
     * Loads JCuda's native library, which takes {@code libcuda} as it is loaded already. Left to
     * itself JCuda would unpack to, and trust, a file in a folder that others can write to; so the
     * class that would is never loaded, and one that does nothing stands in its place.
     */
    private static void bind() throws IOException {
        Neighbour jcuda = Neighbour.of(LibUtils.class);
        jcuda.define("LibUtilsCuda", DriverLibrary::loadNothing);
        String name =
                LibUtils.createLibraryFileName(
                        LibUtils.createPlatformLibraryName("JCudaDriver-" + JCudaVersion.get()));
        new NativeFile("native/" + name, Jar.of(DriverLibrary.class))
                .load(
                        file -> {
                            jcuda.load(file);
                            return cuDriverGetVersion(new int[1]);
                        });
    }

    private static void loadNothing(ClassBuilder type) {
        type.withMethodBody(
                "loadLibrary",
                TAKES_NAMES,
                ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                CodeBuilder::return_);
    }

    private static CudaDriver usable(SymbolLookup symbols, int version, String library) {
        int code = cuInit(0);
        if (code == NO_DEVICE) {
            return new CudaDriver.Refused("no CUDA device: the NVIDIA driver sees no card");
        }
        if (code != 0) {
            return new CudaDriver.Refused(
                    "the NVIDIA driver does not start: " + CudaException.describe(code, "cuInit"));
        }
        int[] number = new int[1];
        CudaException.check(cuDeviceGetCount(number), "cuDeviceGetCount");
        LateCalls calls = LateCalls.bind(symbols);
        boolean emulated = symbols.find(OF_EMULATOR).isPresent();
        List<Device> all =
                IntStream.range(0, number[0])
                        .mapToObj(i -> new Device(i, calls, emulated))
                        .toList();
        List<Device> able =
                all.stream()
                        .filter(device -> device.capability().isAtLeast(OLDEST_CAPABILITY))
                        .toList();
        return able.isEmpty()
                ? new CudaDriver.Refused(tooOld(all))
                : new CudaDriver.Loaded(name(version, library), able);
    }

    private static String tooOld(List<Device> devices) {
        if (devices.isEmpty()) {
            return "no CUDA device: the NVIDIA driver sees no card";
        }
        return devices.stream()
                .map(device -> device.name() + " has compute capability " + device.capability())
                .collect(
                        Collectors.joining(
                                ", ", "", "; needed is " + OLDEST_CAPABILITY + " or newer"));
    }

    private static String name(int version, String library) {
        String words = "";
        if (library.equals(OF_THIS_MACHINE) && Files.isReadable(KERNEL_MODULE)) {
            try {
                words = Files.readString(KERNEL_MODULE);
            } catch (IOException e) {
                // What is only told is not worth a refusal.
                words = "";
            }
        }
        return "driver " + release(words) + "(" + versionName(version) + ")";
    }

    /** The release with a space behind it, or nothing, from what the kernel module says. */
    static String release(String words) {
        Matcher found = RELEASE.matcher(words);
        return found.find() ? found.group(1) + " " : "";
    }

    private static String versionName(int version) {
        return "CUDA " + version / 1000 + "." + version % 1000 / 10;
    }
}
