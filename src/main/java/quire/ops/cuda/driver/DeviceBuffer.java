package quire.ops.cuda.driver;

import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;

import java.util.Objects;
import jcuda.driver.CUdeviceptr;

/**
 * Memory of the card. An engine allocates one for each class of memory and hands out {@link #slice
 * slices}, so that nothing is ever fragmented. What it holds at first is not defined.
 */
public final class DeviceBuffer extends Resource {

    /** Where the driver's allocations begin, and a good place for slices too. */
    public static final int ALIGNMENT_BYTES = 256;

    private final Pointer pointer;
    private final DeviceBuffer whole;
    private final long address;
    private final long bytes;

    /**
     * Allocates.
     *
     * @throws CudaException with {@link CudaException#OUT_OF_MEMORY} if the card has not so much
     */
    public DeviceBuffer(Context context, long bytes) {
        super(context);
        if (bytes <= 0) {
            throw new IllegalArgumentException("a buffer of " + bytes + " bytes");
        }
        pointer = new Pointer();
        CudaException.check(cuMemAlloc(pointer, bytes), "cuMemAlloc of " + bytes + " bytes");
        whole = this;
        address = pointer.address();
        this.bytes = bytes;
        register();
    }

    private DeviceBuffer(DeviceBuffer whole, long address, long bytes) {
        super(whole.context());
        pointer = whole.pointer;
        this.whole = whole;
        this.address = address;
        this.bytes = bytes;
    }

    /**
     * A part of it, which ends with the whole; closing a slice frees nothing.
     *
     * @throws IndexOutOfBoundsException if it is not inside
     */
    public DeviceBuffer slice(long offset, long bytes) {
        Objects.checkFromIndexSize(offset, bytes, this.bytes);
        return new DeviceBuffer(whole, address + offset, bytes);
    }

    /** As kernels see it. */
    public long address() {
        if (isEnded() || whole.isEnded()) {
            throw new IllegalStateException("this DeviceBuffer is closed");
        }
        return address;
    }

    public long bytes() {
        return bytes;
    }

    @Override
    void release() {
        if (whole == this) {
            CudaException.check(cuMemFree(pointer), "cuMemFree");
        }
    }

    private static final class Pointer extends CUdeviceptr {
        long address() {
            return getNativePointer();
        }
    }
}
