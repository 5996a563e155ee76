package quire.ops.cuda.driver;

import static jcuda.driver.JCudaDriver.cuGetErrorName;
import static jcuda.driver.JCudaDriver.cuGetErrorString;

import quire.error.Fault;

/**
 * A call of the driver that failed. What it was asked to do did not happen; the context goes on,
 * unless it is a {@link DeviceLost}.
 */
public sealed class CudaException extends RuntimeException implements Fault permits DeviceLost {

    /** {@code CUDA_ERROR_OUT_OF_MEMORY}. */
    public static final int OUT_OF_MEMORY = 2;

    private final int code;

    CudaException(int code, String message) {
        super(message);
        this.code = code;
    }

    @Override
    public Extent extent() {
        return code == OUT_OF_MEMORY ? Extent.MEMORY : Extent.CALL;
    }

    /** The driver's {@code CUresult}. */
    public int code() {
        return code;
    }

    /**
     * Does nothing if the code is that of success.
     *
     * @param call the function, and of what
     */
    static void check(int code, String call) {
        if (code != 0) {
            throw of(code, call, "");
        }
    }

    /**
     * @param details what else is known, to stand at the message's end, or nothing
     */
    static CudaException of(int code, String call, String details) {
        String message = describe(code, call) + details;
        return DeviceLost.isMeantBy(code)
                ? new DeviceLost(code, message)
                : new CudaException(code, message);
    }

    /** Such as {@code cuMemAlloc of 16 bytes: CUDA_ERROR_OUT_OF_MEMORY (2), out of memory}. */
    static String describe(int code, String call) {
        String[] name = new String[1];
        String[] words = new String[1];
        cuGetErrorName(code, name);
        cuGetErrorString(code, words);
        return call
                + ": "
                + (name[0] == null ? "an unknown error" : name[0])
                + " ("
                + code
                + ")"
                + (words[0] == null ? "" : ", " + words[0]);
    }
}
