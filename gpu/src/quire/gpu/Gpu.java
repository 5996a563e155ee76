package quire.gpu;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import quire.ops.cuda.driver.Capability;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.CudaDriver;
import quire.ops.cuda.driver.Device;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.Graph;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.Stream;

/**
 * The first card of this machine, with a context and one stream, on which everything happens in
 * order. Used by one thread; closing it ends what it made.
 */
final class Gpu implements AutoCloseable {
    /** There is nothing here that the kit could ask. */
    static final class NoCard extends RuntimeException {
        NoCard(String reason) {
            super(reason);
        }
    }

    private static final int STATISTICAL_RUNS = 5;
    private static final Capability HOPPER = new Capability(9, 0);

    private final CudaDriver.Loaded driver;
    private final Context context;
    private final Stream stream;
    private final Event before;
    private final Event after;

    Gpu() {
        this(false);
    }

    /**
     * A card in a context of its own or, if {@code primary}, in the one that all of a process
     * share.
     */
    Gpu(boolean primary) {
        driver =
                switch (CudaDriver.load()) {
                    case CudaDriver.Loaded loaded -> loaded;
                    case CudaDriver.Refused no -> throw new NoCard(no.reason());
                };
        Device first = driver.devices().getFirst();
        context = primary ? Context.primary(first) : Context.own(first);
        stream = new Stream(context);
        before = Event.withTime(context);
        after = Event.withTime(context);
    }

    CudaDriver.Loaded driver() {
        return driver;
    }

    Device device() {
        return context.device();
    }

    Context context() {
        return context;
    }

    Stream stream() {
        return stream;
    }

    boolean isHopper() {
        return device().capability().equals(HOPPER);
    }

    DeviceBuffer allocate(long bytes) {
        return new DeviceBuffer(context, bytes);
    }

    void fill(DeviceBuffer buffer, int value) {
        stream.fill(buffer, (byte) value);
    }

    void write(DeviceBuffer buffer, short[] values) {
        stream.write(MemorySegment.ofArray(values), buffer);
    }

    void write(DeviceBuffer buffer, float[] values) {
        stream.write(MemorySegment.ofArray(values), buffer);
    }

    void write(DeviceBuffer buffer, int[] values) {
        stream.write(MemorySegment.ofArray(values), buffer);
    }

    short[] shorts(DeviceBuffer buffer, int count) {
        short[] values = new short[count];
        stream.read(buffer, MemorySegment.ofArray(values));
        return values;
    }

    int[] ints(DeviceBuffer buffer, int count) {
        int[] values = new int[count];
        stream.read(buffer, MemorySegment.ofArray(values));
        return values;
    }

    float[] floats(DeviceBuffer buffer, int count) {
        float[] values = new float[count];
        stream.read(buffer, MemorySegment.ofArray(values));
        return values;
    }

    Launch launch(Kernel kernel, Grid grid, Object... arguments) {
        return new Launch(stream, kernel, grid, arguments);
    }

    void synchronize() {
        stream.synchronize();
    }

    /**
     * Milliseconds on the card between the first and the last thing that {@code work} puts on the
     * stream.
     */
    double millis(Runnable work) {
        before.record(stream);
        work.run();
        after.record(stream);
        synchronize();
        return after.millisSince(before);
    }

    /** The median of some runs after one that does not count. */
    double medianMillis(Runnable work) {
        millis(work);
        double[] runs = new double[STATISTICAL_RUNS];
        for (int i = 0; i < runs.length; i++) {
            runs[i] = millis(work);
        }
        Arrays.sort(runs);
        return runs[runs.length / 2];
    }

    /** Records what {@code work} puts on the stream, as a graph that a run launches. */
    Runnable capture(Runnable work) {
        Graph graph = stream.capture(work);
        return () -> graph.launch(stream);
    }

    /**
     * Ends the context with all that is in it, from whatever thread; closing again does nothing.
     */
    @Override
    public void close() {
        context.close();
    }

    /** Closes it from a thread other than the one that uses it, which must not go on. */
    void closeFromElsewhere() {
        context.adopt();
        context.close();
    }
}
