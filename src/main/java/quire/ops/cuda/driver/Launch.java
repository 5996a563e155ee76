package quire.ops.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A launch of a kernel, laid out once outside the heap, that is run many times without garbage; its
 * arguments and its grid can be changed in between. What a run was given is copied by the driver.
 */
public final class Launch implements Runnable {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    // struct CUlaunchConfig: three and three sizes, shared bytes, stream, attributes, their number.
    private static final long SHARED_AT = 24;
    private static final long STREAM_AT = 32;
    private static final long ATTRIBUTES_AT = 40;
    private static final long NUM_ATTRIBUTES_AT = 48;
    private static final int CONFIGURATION_BYTES = 56;
    // struct CUlaunchAttribute: its number, padding, 64 bytes of value.
    private static final int VALUE_AT = 8;
    private static final int ATTRIBUTE_BYTES = 72;
    private static final int PROGRAMMATIC_STREAM_SERIALIZATION = 6;

    private final Stream stream;
    private final Kernel kernel;
    private final MemorySegment configuration;
    private final MemorySegment pointers;
    private final MemorySegment[] values;
    private final String call;

    /**
     * Lays the launch out.
     *
     * @param arguments one for each of the kernel's parameters: {@link DeviceBuffer}s and {@link
     *     Long}s for addresses and other 64 bits, {@link Integer}s, {@link Float}s, and {@link
     *     MemorySegment}s for structures that are passed by value
     * @throws IllegalArgumentException if the kernel takes others, as far as the driver can tell
     */
    public Launch(Stream stream, Kernel kernel, Grid grid, Object... arguments) {
        this.stream = stream;
        this.kernel = kernel;
        call = "cuLaunchKernelEx of " + kernel.name();
        Arena arena = Arena.ofAuto();
        configuration = arena.allocate(CONFIGURATION_BYTES + ATTRIBUTE_BYTES, 8);
        configuration.set(INT, SHARED_AT, kernel.sharedBytes());
        configuration.set(LONG, STREAM_AT, stream.handle());
        configuration.set(LONG, ATTRIBUTES_AT, configuration.address() + CONFIGURATION_BYTES);
        grid(grid);
        values = new MemorySegment[arguments.length];
        pointers = arena.allocate(8L * Math.max(1, arguments.length), 8);
        for (int i = 0; i < arguments.length; i++) {
            values[i] = place(arena, arguments[i]);
            pointers.setAtIndex(LONG, i, values[i].address());
        }
        checkParameters();
    }

    private static MemorySegment place(Arena arena, Object argument) {
        return switch (argument) {
            case DeviceBuffer buffer -> arena.allocateFrom(LONG, buffer.address());
            case Long number -> arena.allocateFrom(LONG, number);
            case Integer number -> arena.allocateFrom(INT, number);
            case Float number -> arena.allocateFrom(FLOAT, number);
            case MemorySegment value -> arena.allocate(value.byteSize(), 64).copyFrom(value);
            default -> throw new IllegalArgumentException("no argument of a kernel: " + argument);
        };
    }

    /** The driver would read one argument too many, or four bytes behind an int, in silence. */
    private void checkParameters() {
        LateCalls calls = kernel.context().calls();
        if (calls.parameterInfo().isEmpty()) {
            return;
        }
        long[] given = Arrays.stream(values).mapToLong(MemorySegment::byteSize).toArray();
        long[] taken = calls.parameterBytes(kernel.handle(), given.length + 1);
        if (!Arrays.equals(given, taken)) {
            throw new IllegalArgumentException(
                    kernel.name()
                            + " is given arguments of "
                            + Arrays.toString(given)
                            + " bytes and takes "
                            + Arrays.toString(taken));
        }
    }

    /** Changes the blocks of the runs to come. */
    public Launch grid(Grid grid) {
        return grid(grid.x(), grid.y(), grid.z(), grid.threads());
    }

    /** The same without an object. */
    public Launch grid(int x, int y, int z, int threads) {
        configuration.setAtIndex(INT, 0, x);
        configuration.setAtIndex(INT, 1, y);
        configuration.setAtIndex(INT, 2, z);
        configuration.setAtIndex(INT, 3, threads);
        configuration.setAtIndex(INT, 4, 1);
        configuration.setAtIndex(INT, 5, 1);
        return this;
    }

    /**
     * Changes an argument of the runs to come.
     *
     * @throws IndexOutOfBoundsException if it has not so many bytes
     */
    public Launch set(int argument, long value) {
        values[argument].set(LONG, 0, value);
        return this;
    }

    /** See {@link #set(int, long)}. */
    public Launch set(int argument, int value) {
        values[argument].set(INT, 0, value);
        return this;
    }

    /** See {@link #set(int, long)}. */
    public Launch set(int argument, float value) {
        values[argument].set(FLOAT, 0, value);
        return this;
    }

    /**
     * Lets this kernel begin while the one before it on the stream is still at work; it must wait
     * for it itself.
     */
    public Launch overlapping() {
        configuration.set(INT, CONFIGURATION_BYTES, PROGRAMMATIC_STREAM_SERIALIZATION);
        configuration.set(INT, CONFIGURATION_BYTES + VALUE_AT, 1);
        configuration.set(INT, NUM_ATTRIBUTES_AT, 1);
        return this;
    }

    /**
     * Puts it on the stream.
     *
     * @throws CudaException if the driver refuses it; what the kernel does is heard of later
     */
    @Override
    public void run() {
        stream.enter();
        CudaException.check(
                kernel.context()
                        .calls()
                        .launch(configuration.address(), kernel.handle(), pointers.address()),
                call);
    }
}
