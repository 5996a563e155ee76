package quire.gpu;

import static jcuda.driver.JCudaDriver.*;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import jcuda.CudaException;
import jcuda.driver.CUcontext;
import jcuda.driver.CUctx_flags;
import jcuda.driver.CUdevice;
import jcuda.driver.CUevent;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;

/**
 * The first card of this machine, with a context and one stream. Used by one thread; closing it
 * frees what it made.
 */
final class Gpu implements AutoCloseable {
    private static final int STATISTICAL_RUNS = 5;

    private final CUdevice device = new CUdevice();
    private final CUcontext context = new CUcontext();
    private final Stream stream = new Stream();
    private final CUevent before = new CUevent();
    private final CUevent after = new CUevent();
    private final Deque<Resource> owned = new ArrayDeque<>();
    private final LateCalls calls;
    private final int[] version = new int[1];
    private final boolean primary;
    private boolean abandoned;

    Gpu() {
        this(false);
    }

    /**
     * A card in a context of its own or, if {@code primary}, in the one that all of a process
     * share.
     */
    Gpu(boolean primary) {
        this.primary = primary;
        setExceptionsEnabled(true);
        cuInit(0);
        cuDriverGetVersion(version);
        cuDeviceGet(device, 0);
        if (primary) {
            cuDevicePrimaryCtxRetain(context, device);
            cuCtxSetCurrent(context);
        } else {
            cuCtxCreate(context, CUctx_flags.CU_CTX_SCHED_BLOCKING_SYNC, device);
        }
        cuStreamCreate(stream, 0);
        cuEventCreate(before, 0);
        cuEventCreate(after, 0);
        calls = new LateCalls();
    }

    String name() {
        byte[] name = new byte[96];
        cuDeviceGetName(name, name.length, device);
        int end = 0;
        while (name[end] != 0) {
            end++;
        }
        return new String(name, 0, end, StandardCharsets.UTF_8);
    }

    /** The newest CUDA that the driver knows, as 1000 x major + 10 x minor. */
    int driverVersion() {
        return version[0];
    }

    /** A {@code CUdevice_attribute}. */
    int attribute(int attribute) {
        int[] value = new int[1];
        cuDeviceGetAttribute(value, attribute, device);
        return value[0];
    }

    int multiprocessors() {
        return attribute(16);
    }

    boolean isHopper() {
        return attribute(75) == 9;
    }

    /** Free and total bytes of the card. */
    long[] memory() {
        long[] free = new long[1];
        long[] total = new long[1];
        cuMemGetInfo(free, total);
        return new long[] {free[0], total[0]};
    }

    Stream stream() {
        return stream;
    }

    LateCalls calls() {
        return calls;
    }

    Buffer allocate(long bytes) {
        Buffer buffer = new Buffer(bytes);
        owned.push(buffer);
        return buffer;
    }

    /**
     * Loads {@code name} from the folder of kernels: machine code of this card where there is some
     * that it takes, else PTX, which the driver compiles.
     */
    Module load(Path kernels, String name) throws IOException {
        String target = isHopper() ? "90a" : "80";
        Path cubin = kernels.resolve("sm_" + target).resolve(name + ".cubin");
        if (Files.exists(cubin)) {
            try {
                return new Module(Files.readAllBytes(cubin), "cubin");
            } catch (CudaException unusable) {
                // The emulated driver, and cards of another kind, take PTX alone.
            }
        }
        return new Module(ptx(kernels, target, name), "PTX");
    }

    /** The text of a module, ending with the zero that the driver wants. */
    static byte[] ptx(Path kernels, String target, String name) throws IOException {
        byte[] text =
                Files.readAllBytes(kernels.resolve("compute_" + target).resolve(name + ".ptx"));
        return Arrays.copyOf(text, text.length + 1);
    }

    void synchronize() {
        cuStreamSynchronize(stream);
    }

    /**
     * Milliseconds on the card between the first and the last thing that {@code work} puts on the
     * stream.
     */
    double millis(Runnable work) {
        cuEventRecord(before, stream);
        work.run();
        cuEventRecord(after, stream);
        cuStreamSynchronize(stream);
        float[] millis = new float[1];
        cuEventElapsedTime(millis, before, after);
        return millis[0];
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

    /** Records what {@code work} puts on the stream. */
    Graph capture(Runnable work) {
        Graph graph = new Graph();
        cuStreamBeginCapture(stream, 0);
        work.run();
        cuStreamEndCapture(stream, graph.graph);
        cuGraphInstantiate(graph.executable, graph.graph, 0L);
        owned.push(graph);
        return graph;
    }

    @Override
    public void close() {
        if (abandoned) {
            return;
        }
        for (Resource resource : owned) {
            resource.close();
        }
        cuCtxDestroy(context);
    }

    /**
     * Destroys the context with all that is in it; nothing of it can be used after, and closing
     * does nothing more.
     */
    void abandon() {
        abandoned = true;
        if (primary) {
            cuDevicePrimaryCtxReset(device);
        } else {
            cuCtxDestroy(context);
        }
    }

    /** A stream whose handle can be given to the calls that JCuda does not have. */
    static final class Stream extends CUstream {
        long handle() {
            return getNativePointer();
        }
    }

    /** A recorded sequence of launches. */
    final class Graph implements Resource {
        private final CUgraph graph = new CUgraph();
        private final CUgraphExec executable = new CUgraphExec();

        void launch() {
            cuGraphLaunch(executable, stream);
        }

        @Override
        public void close() {
            cuGraphExecDestroy(executable);
            cuGraphDestroy(graph);
        }
    }

    /**
     * A launch that can be repeated without garbage. Arguments are {@link Buffer}s, {@link Long}
     * addresses, {@link Integer}s, {@link Float}s, and {@link MemorySegment}s that are passed by
     * value.
     */
    Launch launch(Kernel kernel, Grid grid, Object... arguments) {
        return new Launch(calls, stream, kernel, grid, arguments);
    }

    /** Something of the card that is given back when the card is closed. */
    interface Resource {
        void close();
    }
}
