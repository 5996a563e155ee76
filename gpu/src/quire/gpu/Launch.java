package quire.gpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A kernel with its grid and arguments, laid out once in native memory. */
final class Launch implements Runnable {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    // struct CUlaunchConfig: three and three sizes, shared bytes, stream, attributes, their number.
    private static final int CONFIGURATION_BYTES = 56;
    // struct CUlaunchAttribute: number, padding, 64 bytes of value.
    private static final int ATTRIBUTE_BYTES = 72;
    private static final int PROGRAMMATIC_STREAM_SERIALIZATION = 6;

    private final LateCalls calls;
    private final MemorySegment configuration;
    private final MemorySegment pointers;
    private final long function;

    Launch(LateCalls calls, Gpu.Stream stream, Kernel kernel, Grid grid, Object[] arguments) {
        this.calls = calls;
        function = kernel.handle();
        Arena arena = Arena.ofAuto();
        configuration = arena.allocate(CONFIGURATION_BYTES + ATTRIBUTE_BYTES, 8);
        int[] sizes = {grid.x(), grid.y(), grid.z(), grid.threads(), 1, 1};
        MemorySegment.copy(sizes, 0, configuration, INT, 0, sizes.length);
        configuration.setAtIndex(INT, 6, kernel.sharedBytes());
        configuration.set(LONG, 32, stream.handle());
        configuration.set(LONG, 40, configuration.address() + CONFIGURATION_BYTES);
        pointers = arena.allocate(8L * Math.max(1, arguments.length), 8);
        for (int i = 0; i < arguments.length; i++) {
            pointers.setAtIndex(LONG, i, place(arena, arguments[i]).address());
        }
    }

    private static MemorySegment place(Arena arena, Object argument) {
        return switch (argument) {
            case Buffer buffer -> arena.allocateFrom(LONG, buffer.address());
            case Long address -> arena.allocateFrom(LONG, address);
            case Integer number -> arena.allocateFrom(INT, number);
            case Float number -> arena.allocateFrom(ValueLayout.JAVA_FLOAT, number);
            case MemorySegment value -> arena.allocate(value.byteSize(), 64).copyFrom(value);
            default -> throw new IllegalArgumentException("no argument of a kernel: " + argument);
        };
    }

    /**
     * Lets this kernel begin while the one before it on the stream is still at work; it must wait
     * for it itself.
     */
    Launch overlapping() {
        configuration.set(INT, CONFIGURATION_BYTES, PROGRAMMATIC_STREAM_SERIALIZATION);
        configuration.set(INT, CONFIGURATION_BYTES + 8, 1);
        configuration.set(INT, 48, 1);
        return this;
    }

    @Override
    public void run() {
        calls.launch(configuration.address(), function, pointers.address());
    }
}
