package quire.ops.cuda.driver;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDeviceGetUuid;
import static jcuda.driver.JCudaDriver.cuDeviceTotalMem;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import jcuda.driver.CUdevice;
import jcuda.driver.CUuuid;

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

    /** What tells it from every other card: what it is, its memory in bytes, and its UUID. */
    public String identity() {
        long[] bytes = new long[1];
        CudaException.check(cuDeviceTotalMem(bytes, device), "cuDeviceTotalMem");
        CUuuid uuid = new CUuuid();
        CudaException.check(cuDeviceGetUuid(uuid, device), "cuDeviceGetUuid");
        return this + ", " + bytes[0] + " bytes, " + HexFormat.of().formatHex(uuid.bytes);
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
