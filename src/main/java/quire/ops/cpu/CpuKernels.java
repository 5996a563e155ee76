package quire.ops.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/**
 * The symbols of {@code kernels-cpu/quire_cpu.h}, which describes each. Addresses travel as longs,
 * so that a call makes no object; nothing is checked here.
 */
record CpuKernels(
        MethodHandle featuresHandle,
        MethodHandle physicalCoresHandle,
        MethodHandle createHandle,
        MethodHandle destroyHandle,
        MethodHandle allocateHandle,
        MethodHandle freeHandle,
        MethodHandle embedHandle,
        MethodHandle rmsNormHandle,
        MethodHandle addRmsNormHandle,
        MethodHandle linearHandle,
        MethodHandle ropeAndStoreHandle,
        MethodHandle attentionHandle,
        MethodHandle siluAndMulHandle,
        MethodHandle gatherHandle,
        MethodHandle argmaxHandle) {

    /** Interface version, {@code QUIRE_ABI} of the header. */
    static final int ABI = 5;

    /** Answers of the functions that give one. */
    static final int OK = 0;

    static final int NO_MEMORY = 1;
    static final int STOPPED = 2;
    static final int NO_KERNEL = 3;

    /** The layout of a matrix that lies row after row. */
    static final int LAYOUT_ROWS = 0;

    /** Binds every symbol; empty if one is missing or the version is another. */
    static Optional<CpuKernels> bind(SymbolLookup symbols) {
        Optional<MemorySegment> version = symbols.find("quire_abi");
        if (version.isEmpty() || abi(version.get()) != ABI) {
            return Optional.empty();
        }
        try {
            return Optional.of(bindAll(symbols));
        } catch (NoSuchElementException e) {
            return Optional.empty();
        }
    }

    private static CpuKernels bindAll(SymbolLookup symbols) {
        return new CpuKernels(
                function(symbols, "quire_features", JAVA_INT),
                function(symbols, "quire_physical_cores", JAVA_INT),
                function(symbols, "quire_create", JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG),
                procedure(symbols, "quire_destroy", JAVA_LONG),
                function(symbols, "quire_allocate", JAVA_LONG, JAVA_LONG),
                procedure(symbols, "quire_free", JAVA_LONG, JAVA_LONG),
                function(
                        symbols,
                        "quire_embed",
                        JAVA_INT,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT),
                function(
                        symbols,
                        "quire_rms_norm",
                        JAVA_INT,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_FLOAT,
                        JAVA_INT,
                        JAVA_INT),
                function(
                        symbols,
                        "quire_add_rms_norm",
                        JAVA_INT,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_FLOAT,
                        JAVA_INT,
                        JAVA_INT),
                function(
                        symbols,
                        "quire_linear",
                        JAVA_INT,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT),
                function(symbols, "quire_rope_and_store", JAVA_INT, JAVA_LONG, JAVA_LONG),
                function(symbols, "quire_attention", JAVA_INT, JAVA_LONG, JAVA_LONG),
                function(
                        symbols,
                        "quire_silu_and_mul",
                        JAVA_INT,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT),
                function(
                        symbols,
                        "quire_gather",
                        JAVA_INT,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT),
                function(
                        symbols,
                        "quire_argmax",
                        JAVA_INT,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT));
    }

    private static MethodHandle function(
            SymbolLookup symbols, String name, MemoryLayout result, MemoryLayout... arguments) {
        return handle(symbols.findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }

    private static MethodHandle procedure(
            SymbolLookup symbols, String name, MemoryLayout... arguments) {
        return handle(symbols.findOrThrow(name), FunctionDescriptor.ofVoid(arguments));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(MemorySegment symbol, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(symbol, descriptor);
    }

    private static int abi(MemorySegment symbol) {
        try {
            return (int) handle(symbol, FunctionDescriptor.of(JAVA_INT)).invokeExact();
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /**
     * Handles of C functions throw nothing themselves; what arrives here is an Error or a defect.
     */
    private static IllegalStateException failed(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return new IllegalStateException("a call into libquire_cpu.so failed", cause);
    }

    Set<CpuFeature> features() {
        try {
            return CpuFeature.of((int) featuresHandle.invokeExact());
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int physicalCores() {
        try {
            return (int) physicalCoresHandle.invokeExact();
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    long create(int threads, Set<CpuFeature> features, long stop) {
        try {
            return (long) createHandle.invokeExact(threads, CpuFeature.bits(features), stop);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void destroy(long cpu) {
        try {
            destroyHandle.invokeExact(cpu);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    long allocate(long bytes) {
        try {
            return (long) allocateHandle.invokeExact(bytes);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void free(long memory, long bytes) {
        try {
            freeHandle.invokeExact(memory, bytes);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int embed(
            long cpu,
            long out,
            long table,
            long ids,
            int dtype,
            long rowBytes,
            int width,
            int rows) {
        try {
            return (int)
                    embedHandle.invokeExact(cpu, out, table, ids, dtype, rowBytes, width, rows);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int rmsNorm(long cpu, long out, long x, long weight, float eps, int width, int rows) {
        try {
            return (int) rmsNormHandle.invokeExact(cpu, out, x, weight, eps, width, rows);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int addRmsNorm(
            long cpu,
            long out,
            long residual,
            long x,
            long weight,
            float eps,
            int width,
            int rows) {
        try {
            return (int)
                    addRmsNormHandle.invokeExact(cpu, out, residual, x, weight, eps, width, rows);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int linear(
            long cpu,
            long out,
            long x,
            long parts,
            int numParts,
            int inputs,
            int outputs,
            int rows) {
        try {
            return (int)
                    linearHandle.invokeExact(cpu, out, x, parts, numParts, inputs, outputs, rows);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int ropeAndStore(long cpu, long heads) {
        try {
            return (int) ropeAndStoreHandle.invokeExact(cpu, heads);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int attention(long cpu, long heads) {
        try {
            return (int) attentionHandle.invokeExact(cpu, heads);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int siluAndMul(long cpu, long out, long gateUp, int width, int rows) {
        try {
            return (int) siluAndMulHandle.invokeExact(cpu, out, gateUp, width, rows);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int gather(long cpu, long out, long x, long indices, int width, int rows) {
        try {
            return (int) gatherHandle.invokeExact(cpu, out, x, indices, width, rows);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int argmax(long cpu, long out, long x, int width, int rows) {
        try {
            return (int) argmaxHandle.invokeExact(cpu, out, x, width, rows);
        } catch (Throwable e) {
            throw failed(e);
        }
    }
}
