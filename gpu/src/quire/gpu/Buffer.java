package quire.gpu;

import static jcuda.driver.JCudaDriver.*;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** Memory of the card. */
final class Buffer implements Gpu.Resource {
    private final DevicePointer pointer = new DevicePointer();
    private final long bytes;
    private boolean closed;

    Buffer(long bytes) {
        this.bytes = bytes;
        cuMemAlloc(pointer, bytes);
    }

    long address() {
        return pointer.address();
    }

    long bytes() {
        return bytes;
    }

    CUdeviceptr at(long offset) {
        return pointer.withByteOffset(offset);
    }

    void fill(int value) {
        cuMemsetD8(pointer, (byte) value, bytes);
    }

    void write(short[] values) {
        cuMemcpyHtoD(pointer, Pointer.to(values), 2L * values.length);
    }

    void write(float[] values) {
        cuMemcpyHtoD(pointer, Pointer.to(values), 4L * values.length);
    }

    void write(int[] values) {
        cuMemcpyHtoD(pointer, Pointer.to(values), 4L * values.length);
    }

    short[] shorts(int count) {
        short[] values = new short[count];
        cuMemcpyDtoH(Pointer.to(values), pointer, 2L * count);
        return values;
    }

    int[] ints(int count) {
        int[] values = new int[count];
        cuMemcpyDtoH(Pointer.to(values), pointer, 4L * count);
        return values;
    }

    float[] floats(int count) {
        float[] values = new float[count];
        cuMemcpyDtoH(Pointer.to(values), pointer, 4L * count);
        return values;
    }

    /** Gives the memory back; a second call does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            cuMemFree(pointer);
        }
    }

    private static final class DevicePointer extends CUdeviceptr {
        long address() {
            return getNativePointer();
        }
    }
}
