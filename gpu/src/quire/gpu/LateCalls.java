package quire.gpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The driver's functions that came after JCuda 12.6, or that cost garbage there, on the same
 * handles.
 */
final class LateCalls {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private static final int BFLOAT16 = 9;
    private static final int SWIZZLE_128 = 3;
    private static final int PROMOTE_L2_256 = 3;

    private final MethodHandle launchKernelEx;
    private final MethodHandle tensorMapEncodeTiled;

    LateCalls() {
        SymbolLookup driver = SymbolLookup.libraryLookup("libcuda.so.1", Arena.global());
        launchKernelEx =
                function(
                        driver,
                        "cuLaunchKernelEx",
                        FunctionDescriptor.of(INT, LONG, LONG, LONG, LONG));
        tensorMapEncodeTiled =
                function(
                        driver,
                        "cuTensorMapEncodeTiled",
                        FunctionDescriptor.of(
                                INT, LONG, INT, INT, LONG, LONG, LONG, LONG, LONG, INT, INT, INT,
                                INT));
    }

    private static MethodHandle function(
            SymbolLookup driver, String name, FunctionDescriptor descriptor) {
        return driver.find(name)
                .map(address -> Linker.nativeLinker().downcallHandle(address, descriptor))
                .orElse(null);
    }

    /**
     * {@code cuLaunchKernelEx}: addresses of the configuration and of the array of argument
     * addresses.
     */
    void launch(long configuration, long function, long arguments) {
        int result;
        try {
            result = (int) launchKernelEx.invokeExact(configuration, function, arguments, 0L);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
        if (result != 0) {
            throw new IllegalStateException("cuLaunchKernelEx returned " + result);
        }
    }

    /**
     * A map of a row-major bfloat16 matrix, read in boxes of {@code boxRows} x 64 with the 128-byte
     * swizzle.
     */
    MemorySegment matrix(long address, long rows, long columns, int boxRows) {
        Arena arena = Arena.global();
        MemorySegment map = arena.allocate(128, 64);
        MemorySegment sizes = arena.allocateFrom(LONG, columns, rows);
        MemorySegment strides = arena.allocateFrom(LONG, 2 * columns);
        MemorySegment box = arena.allocateFrom(INT, 64, boxRows);
        MemorySegment steps = arena.allocateFrom(INT, 1, 1);
        int result;
        try {
            result =
                    (int)
                            tensorMapEncodeTiled.invokeExact(
                                    map.address(),
                                    BFLOAT16,
                                    2,
                                    address,
                                    sizes.address(),
                                    strides.address(),
                                    box.address(),
                                    steps.address(),
                                    0,
                                    SWIZZLE_128,
                                    PROMOTE_L2_256,
                                    0);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
        if (result != 0) {
            throw new IllegalStateException("cuTensorMapEncodeTiled returned " + result);
        }
        return map;
    }
}
