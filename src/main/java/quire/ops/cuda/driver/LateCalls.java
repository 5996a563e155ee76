package quire.ops.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * The driver's functions that JCuda does not have or that cost garbage there, on the same handles:
 * a handle and an address are 64 bits, and what a function returns is a {@code CUresult}.
 *
 * @param parameterInfo of drivers from CUDA 12.4 on
 */
record LateCalls(
        MethodHandle launchKernelEx,
        MethodHandle copyToDevice,
        MethodHandle copyToHost,
        MethodHandle copyOnDevice,
        MethodHandle memset,
        MethodHandle encodeTiled,
        Optional<MethodHandle> parameterInfo) {
    /** {@code CUDA_ERROR_INVALID_VALUE}, where a function has fewer parameters. */
    private static final int NO_SUCH_PARAMETER = 1;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    /** The arguments of {@code cuTensorMapEncodeTiled} that say how a tensor lies. */
    record TiledMap(
            int type,
            int rank,
            MemorySegment sizes,
            MemorySegment strides,
            MemorySegment box,
            MemorySegment steps,
            int swizzle,
            int promotion) {}

    /**
     * @throws java.util.NoSuchElementException if the driver lacks one of them
     */
    static LateCalls bind(SymbolLookup driver) {
        FunctionDescriptor copy = FunctionDescriptor.of(INT, LONG, LONG, LONG, LONG);
        return new LateCalls(
                find(driver, "cuLaunchKernelEx", copy),
                find(driver, "cuMemcpyHtoDAsync_v2", copy),
                find(driver, "cuMemcpyDtoHAsync_v2", copy),
                find(driver, "cuMemcpyDtoDAsync_v2", copy),
                find(
                        driver,
                        "cuMemsetD8Async",
                        FunctionDescriptor.of(INT, LONG, ValueLayout.JAVA_BYTE, LONG, LONG)),
                find(
                        driver,
                        "cuTensorMapEncodeTiled",
                        FunctionDescriptor.of(
                                INT, LONG, INT, INT, LONG, LONG, LONG, LONG, LONG, INT, INT, INT,
                                INT)),
                driver.find("cuFuncGetParamInfo").map(address -> downcall(address, copy)));
    }

    /**
     * {@code cuDriverGetVersion}, before anything else is looked for: 12040 is CUDA 12.4.
     *
     * @throws NoSuchElementException if the library has no such function, or it fails
     */
    static int version(SymbolLookup driver) {
        MethodHandle function =
                find(driver, "cuDriverGetVersion", FunctionDescriptor.of(INT, LONG));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment version = arena.allocate(INT);
            int code = (int) function.invokeExact(version.address());
            if (code != 0) {
                // What the code means would be asked of JCuda, which is not bound yet.
                throw new NoSuchElementException("cuDriverGetVersion returned " + code);
            }
            return version.get(INT, 0);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle find(
            SymbolLookup driver, String name, FunctionDescriptor descriptor) {
        return downcall(driver.findOrThrow(name), descriptor);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle downcall(MemorySegment address, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(address, descriptor);
    }

    /** {@code cuLaunchKernelEx}: a configuration, and an array of the addresses of arguments. */
    int launch(long configuration, long function, long arguments) {
        return call(launchKernelEx, configuration, function, arguments, 0);
    }

    int copyToDevice(long to, long from, long bytes, long stream) {
        return call(copyToDevice, to, from, bytes, stream);
    }

    int copyToHost(long to, long from, long bytes, long stream) {
        return call(copyToHost, to, from, bytes, stream);
    }

    int copyOnDevice(long to, long from, long bytes, long stream) {
        return call(copyOnDevice, to, from, bytes, stream);
    }

    int fill(long address, byte value, long bytes, long stream) {
        try {
            return (int) memset.invokeExact(address, value, bytes, stream);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** {@code cuTensorMapEncodeTiled} into the map. */
    int encode(MemorySegment map, long address, TiledMap tiled) {
        try {
            return (int)
                    encodeTiled.invokeExact(
                            map.address(),
                            tiled.type(),
                            tiled.rank(),
                            address,
                            tiled.sizes().address(),
                            tiled.strides().address(),
                            tiled.box().address(),
                            tiled.steps().address(),
                            0,
                            tiled.swizzle(),
                            tiled.promotion(),
                            0);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /**
     * The sizes of the first so many parameters of a function, fewer if it has fewer.
     *
     * @throws java.util.NoSuchElementException without {@link #parameterInfo}
     */
    long[] parameterBytes(long function, int most) {
        long[] sizes = new long[most];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment offset = arena.allocate(LONG);
            MemorySegment size = arena.allocate(LONG);
            for (int i = 0; i < sizes.length; i++) {
                int code =
                        call(
                                parameterInfo.orElseThrow(),
                                function,
                                i,
                                offset.address(),
                                size.address());
                if (code == NO_SUCH_PARAMETER) {
                    return Arrays.copyOf(sizes, i);
                }
                CudaException.check(code, "cuFuncGetParamInfo");
                sizes[i] = size.get(LONG, 0);
            }
        }
        return sizes;
    }

    private static int call(MethodHandle function, long a, long b, long c, long d) {
        try {
            return (int) function.invokeExact(a, b, c, d);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }
}
