package quire.ops.cuda.driver;

import static jcuda.driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;
import static jcuda.driver.JCudaDriver.cuStreamQuery;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import jcuda.driver.CUgraph;
import jcuda.driver.CUstream;

/**
 * Work for the card that is done in order. The host waits for an {@link Event} in it, or for all of
 * it by {@link #synchronize}.
 */
public final class Stream extends Resource {
    private static final int NON_BLOCKING = 1;

    private final Handle stream = new Handle();
    private final long handle;

    public Stream(Context context) {
        super(context);
        CudaException.check(cuStreamCreate(stream, NON_BLOCKING), "cuStreamCreate");
        handle = stream.value();
        register();
    }

    /** Waits until all is done, however long it takes; an {@link Event} waits with a limit. */
    public void synchronize() {
        enter();
        CudaException.check(cuStreamSynchronize(stream), "cuStreamSynchronize");
    }

    /** Whether all that was put on it is done. */
    boolean isDone() {
        enter();
        int code = cuStreamQuery(stream);
        if (code == Event.NOT_READY) {
            return false;
        }
        CudaException.check(code, "cuStreamQuery");
        return true;
    }

    /**
     * Copies the first bytes of the one to the start of the other when their turn comes; the host's
     * must stay as they are until then.
     */
    public void upload(PinnedBuffer from, DeviceBuffer to, long bytes) {
        upload(from, 0, to, bytes);
    }

    /** The same from a place within the host's memory. */
    public void upload(PinnedBuffer from, long offset, DeviceBuffer to, long bytes) {
        enter();
        Objects.checkFromIndexSize(0, bytes, to.bytes());
        Objects.checkFromIndexSize(offset, bytes, from.bytes());
        CudaException.check(
                context()
                        .calls()
                        .copyToDevice(to.address(), from.address() + offset, bytes, handle),
                "cuMemcpyHtoDAsync");
    }

    /**
     * Copies the first bytes of the one to the start of the other when their turn comes; the host
     * may read them once an event behind is done.
     */
    public void download(DeviceBuffer from, PinnedBuffer to, long bytes) {
        download(from, to, 0, bytes);
    }

    /** The same to a place within the host's memory. */
    public void download(DeviceBuffer from, PinnedBuffer to, long offset, long bytes) {
        enter();
        Objects.checkFromIndexSize(0, bytes, from.bytes());
        Objects.checkFromIndexSize(offset, bytes, to.bytes());
        CudaException.check(
                context().calls().copyToHost(to.address() + offset, from.address(), bytes, handle),
                "cuMemcpyDtoHAsync");
    }

    /** Copies the first bytes of the one to the start of the other when their turn comes. */
    public void copy(DeviceBuffer from, DeviceBuffer to, long bytes) {
        enter();
        Objects.checkFromIndexSize(0, bytes, from.bytes());
        Objects.checkFromIndexSize(0, bytes, to.bytes());
        CudaException.check(
                context().calls().copyOnDevice(to.address(), from.address(), bytes, handle),
                "cuMemcpyDtoDAsync");
    }

    /** Sets every byte when its turn comes. */
    public void fill(DeviceBuffer buffer, byte value) {
        enter();
        CudaException.check(
                context().calls().fill(buffer.address(), value, buffer.bytes(), handle),
                "cuMemsetD8Async");
    }

    /**
     * Copies any memory of the host to the start of the buffer, and waits for it and all before it:
     * for what happens seldom.
     */
    public void write(MemorySegment from, DeviceBuffer to) {
        enter();
        Objects.checkFromIndexSize(0, from.byteSize(), to.bytes());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source =
                    from.isNative() ? from : arena.allocate(from.byteSize(), 8).copyFrom(from);
            CudaException.check(
                    context()
                            .calls()
                            .copyToDevice(to.address(), source.address(), from.byteSize(), handle),
                    "cuMemcpyHtoDAsync");
            synchronize();
        }
    }

    /** Fills any memory of the host from the start of the buffer, after all before it. */
    public void read(DeviceBuffer from, MemorySegment to) {
        enter();
        Objects.checkFromIndexSize(0, to.byteSize(), from.bytes());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = to.isNative() ? to : arena.allocate(to.byteSize(), 8);
            CudaException.check(
                    context()
                            .calls()
                            .copyToHost(target.address(), from.address(), to.byteSize(), handle),
                    "cuMemcpyDtoHAsync");
            synchronize();
            if (target != to) {
                to.copyFrom(target);
            }
        }
    }

    /**
     * Records what the work puts on this stream, which is not done. The work must not allocate,
     * load modules or wait, and every kernel must have its shared memory before.
     *
     * @throws CudaException if something that it did cannot be recorded
     */
    public Graph capture(Runnable work) {
        enter();
        CudaException.check(
                cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
                "cuStreamBeginCapture");
        CUgraph graph = new CUgraph();
        boolean recorded = false;
        int code;
        try {
            work.run();
            recorded = true;
        } finally {
            code = cuStreamEndCapture(stream, graph);
            if (!recorded && code == 0) {
                cuGraphDestroy(graph);
            }
            if (code != 0) {
                leaveCapture();
            }
        }
        CudaException.check(code, "cuStreamEndCapture");
        return new Graph(context(), graph);
    }

    /** Whoever refused to end it may have left it on, and would record all that comes. */
    private void leaveCapture() {
        CUgraph rest = new CUgraph();
        if (cuStreamEndCapture(stream, rest) == 0) {
            cuGraphDestroy(rest);
        }
    }

    long handle() {
        enter();
        return handle;
    }

    CUstream stream() {
        enter();
        return stream;
    }

    @Override
    void release() {
        CudaException.check(cuStreamDestroy(stream), "cuStreamDestroy");
    }

    private static final class Handle extends CUstream {
        long value() {
            return getNativePointer();
        }
    }
}
