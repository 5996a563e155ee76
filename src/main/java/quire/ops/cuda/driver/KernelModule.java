package quire.ops.cuda.driver;

import static jcuda.driver.CUjit_option.CU_JIT_ERROR_LOG_BUFFER;
import static jcuda.driver.CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadDataEx;
import static jcuda.driver.JCudaDriver.cuModuleUnload;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jcuda.Pointer;
import jcuda.driver.CUmodule;

/** Loaded kernels: machine code where there is some for the card, else PTX. */
public final class KernelModule extends Resource {
    private static final int LOG_BYTES = 16 << 10;

    /**
     * What the driver says of code that is not for it: not an image (200), nothing for this card
     * (209), PTX that it cannot read (218) or that is newer than it (222).
     */
    private static final Set<Integer> NOT_FOR_IT = Set.of(200, 209, 218, 222);

    private final CUmodule module;
    private final String target;

    private KernelModule(Context context, CUmodule module, String target) {
        super(context);
        this.module = module;
        this.target = target;
        register();
    }

    /**
     * Loads what there is for the context's card: machine code of its own kind, then of an earlier
     * one of its generation, then PTX of its kind, then of any.
     *
     * @param name of the source, without a folder or an ending
     * @throws CudaException if the driver takes none; the message has the compiler's words
     * @throws IllegalStateException if there is none
     */
    public static KernelModule load(Context context, KernelFiles files, String name) {
        context.enter();
        CudaException refusal = null;
        List<String> candidates = candidates(context.device().capability(), name);
        for (String candidate : candidates) {
            Optional<byte[]> image = files.read(candidate);
            if (image.isEmpty()) {
                continue;
            }
            try {
                CUmodule module = load(image.get(), candidate);
                return new KernelModule(
                        context, module, candidate.substring(0, candidate.indexOf('/')));
            } catch (CudaException e) {
                if (!NOT_FOR_IT.contains(e.code())) {
                    throw e;
                }
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
        throw new IllegalStateException(
                "no kernels for " + context.device() + ": none of " + candidates + " is there");
    }

    private static List<String> candidates(Capability card, String name) {
        List<String> all = new ArrayList<>();
        String kind = "" + card.major() + card.minor();
        all.add("sm_" + kind + "a/" + name + ".cubin");
        for (int minor = card.minor(); minor >= 0; minor--) {
            all.add("sm_" + card.major() + minor + "/" + name + ".cubin");
        }
        all.add("compute_" + kind + "a/" + name + ".ptx");
        all.add("compute_80/" + name + ".ptx");
        return all;
    }

    private static CUmodule load(byte[] image, String origin) {
        // PTX ends with a zero; machine code does not mind one.
        byte[] ended = Arrays.copyOf(image, image.length + 1);
        CUmodule module = new CUmodule();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment log = arena.allocate(LOG_BYTES);
            MemorySegment values =
                    arena.allocateFrom(ValueLayout.JAVA_LONG, log.address(), LOG_BYTES);
            int[] options = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
            int code =
                    cuModuleLoadDataEx(
                            module,
                            Pointer.to(ended),
                            options.length,
                            options,
                            Pointer.to(values.asByteBuffer()));
            if (code != 0) {
                log.set(ValueLayout.JAVA_BYTE, LOG_BYTES - 1, (byte) 0);
                String words = log.getString(0).strip();
                throw CudaException.of(
                        code,
                        "cuModuleLoadDataEx of " + origin,
                        words.isEmpty() ? "" : ": " + words);
            }
        }
        return module;
    }

    /** What was loaded: {@code sm_90a} is machine code, {@code compute_80} PTX. */
    public String target() {
        return target;
    }

    /**
     * The kernel of that name, for launches with so many bytes of shared memory beyond what it
     * declares itself.
     *
     * @throws CudaException if there is none, or the card has not so much shared memory
     */
    public Kernel kernel(String name, int sharedBytes) {
        enter();
        Kernel.Function function = new Kernel.Function();
        CudaException.check(
                cuModuleGetFunction(function, module, name), "cuModuleGetFunction of " + name);
        return new Kernel(this, name, function, sharedBytes);
    }

    @Override
    void release() {
        CudaException.check(cuModuleUnload(module), "cuModuleUnload");
    }
}
