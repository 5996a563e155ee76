package quire.ops.cuda.driver;

import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemHostAlloc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jcuda.Pointer;

/**
 * Memory of the host that the card reads and writes while the host goes on. Any thread may use its
 * segment; who uses what when is told by events.
 */
public final class PinnedBuffer extends Resource {
    private final Address address = new Address();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    /**
     * Allocates.
     *
     * @throws CudaException if the host has no more memory that can be pinned
     */
    @SuppressWarnings("restricted")
    public PinnedBuffer(Context context, long bytes) {
        super(context);
        if (bytes <= 0) {
            throw new IllegalArgumentException("a buffer of " + bytes + " bytes");
        }
        CudaException.check(
                cuMemHostAlloc(address, bytes, 0), "cuMemHostAlloc of " + bytes + " bytes");
        segment = MemorySegment.ofAddress(address.value()).reinterpret(bytes, arena, null);
        register();
    }

    /** All of it. Access throws once the buffer has ended. */
    public MemorySegment segment() {
        return segment;
    }

    long address() {
        enter();
        return segment.address();
    }

    public long bytes() {
        return segment.byteSize();
    }

    @Override
    void end() {
        super.end();
        arena.close();
    }

    @Override
    void release() {
        CudaException.check(cuMemFreeHost(address), "cuMemFreeHost");
    }

    private static final class Address extends Pointer {
        long value() {
            return getNativePointer();
        }
    }
}
