package quire.gpu;

import static jcuda.driver.JCudaDriver.*;

import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;

/** Loaded kernels. */
final class Module {
    private final CUmodule module = new CUmodule();
    private final String loadedFrom;

    Module(byte[] image, String loadedFrom) {
        this.loadedFrom = loadedFrom;
        cuModuleLoadData(module, image);
    }

    String loadedFrom() {
        return loadedFrom;
    }

    /** The kernel, allowed to use so many bytes of shared memory beyond what it declares. */
    Kernel kernel(String name, int sharedBytes) {
        Function function = new Function();
        cuModuleGetFunction(function, module, name);
        if (sharedBytes > 48 * 1024) {
            cuFuncSetAttribute(
                    function,
                    CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                    sharedBytes);
        }
        return new Kernel(name, function.handle(), function, sharedBytes);
    }

    private static final class Function extends CUfunction {
        long handle() {
            return getNativePointer();
        }
    }
}
