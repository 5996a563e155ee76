package quire.ops.cuda.driver;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;

import java.nio.charset.StandardCharsets;
import jcuda.driver.CUdevice;

/** A card. Any thread may ask what it is. */
public final class Device {
    private static final int NAME_BYTES = 256;

    private final CUdevice device = new CUdevice();
    private final LateCalls calls;
    private final boolean emulated;
    private final String name;
    private final Capability capability;

    /**
     * @param ordinal its place among the cards that the driver shows, from 0
     */
    Device(int ordinal, LateCalls calls, boolean emulated) {
        this.calls = calls;
        this.emulated = emulated;
        CudaException.check(cuDeviceGet(device, ordinal), "cuDeviceGet");
        byte[] bytes = new byte[NAME_BYTES];
        CudaException.check(cuDeviceGetName(bytes, bytes.length - 1, device), "cuDeviceGetName");
        int length = 0;
        while (bytes[length] != 0) {
            length++;
        }
        name = new String(bytes, 0, length, StandardCharsets.UTF_8);
        capability =
                new Capability(
                        attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
                        attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR));
    }

    /** As its maker calls it, such as {@code NVIDIA H200}. */
    public String name() {
        return name;
    }

    /** Whether this machine's processor plays it, in this machine's memory. */
    public boolean isEmulated() {
        return emulated;
    }

    public Capability capability() {
        return capability;
    }

    public int numMultiprocessors() {
        return attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    }

    /** A {@code CUdevice_attribute} by its number. */
    public int attribute(int number) {
        int[] value = new int[1];
        CudaException.check(
                cuDeviceGetAttribute(value, number, device),
                "cuDeviceGetAttribute of number " + number);
        return value[0];
    }

    CUdevice device() {
        return device;
    }

    LateCalls calls() {
        return calls;
    }

    @Override
    public String toString() {
        return name + " (compute capability " + capability + ")";
    }
}
