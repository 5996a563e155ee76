package quire.ops.cuda.driver;

import static jcuda.driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;

import jcuda.driver.CUfunction;

/** A function of a module that the card runs, made by {@link KernelModule#kernel}. */
public final class Kernel {
    /** So much dynamic shared memory a kernel has without asking. */
    private static final int FREE_SHARED_BYTES = 48 << 10;

    private final KernelModule module;
    private final String name;
    private final Function function;
    private final int sharedBytes;

    Kernel(KernelModule module, String name, Function function, int sharedBytes) {
        this.module = module;
        this.name = name;
        this.function = function;
        this.sharedBytes = sharedBytes;
        if (sharedBytes > FREE_SHARED_BYTES) {
            CudaException.check(
                    cuFuncSetAttribute(
                            function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, sharedBytes),
                    "cuFuncSetAttribute of " + name + " to " + sharedBytes + " shared bytes");
        }
    }

    public String name() {
        return name;
    }

    /** Dynamic shared memory of each block of its launches. */
    public int sharedBytes() {
        return sharedBytes;
    }

    long handle() {
        module.enter();
        return function.value();
    }

    Context context() {
        return module.context();
    }

    static final class Function extends CUfunction {
        long value() {
            return getNativePointer();
        }
    }
}
