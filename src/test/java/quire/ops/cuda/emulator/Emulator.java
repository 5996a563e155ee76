package quire.ops.cuda.emulator;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import quire.Outside;
import quire.ops.cuda.EmulatedCuda;

/**
 * The emulated driver's own calls, in this process. Closing forgets what was set and what has
 * failed.
 */
public final class Emulator implements AutoCloseable {
    private static final int REPORT_BYTES = 4096;

    private final SymbolLookup symbols;

    /** Loads the driver, or skips the test. */
    @SuppressWarnings("restricted")
    public Emulator() {
        EmulatedCuda.device();
        symbols = SymbolLookup.libraryLookup(Outside.CUDA_EMULATOR.path(), Arena.global());
    }

    /**
     * Sets what the variable {@code QUIRE_EMULATOR_NAME} would.
     *
     * @throws IllegalArgumentException for what is no setting or no value of it
     */
    public Emulator set(String name, String value) {
        try (Arena arena = Arena.ofConfined()) {
            if (call("quireEmulatorSet", arena.allocateFrom(name), arena.allocateFrom(value))
                    != 0) {
                throw new IllegalArgumentException(report());
            }
            return this;
        }
    }

    /** How often a function was called, or another count of that name. */
    public long count(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
            call("quireEmulatorCount", arena.allocateFrom(name), count);
            return count.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /** The last report, in words. */
    public String report() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(REPORT_BYTES);
            call("quireEmulatorReport", text, REPORT_BYTES);
            return text.getString(0);
        }
    }

    /** Forgets settings, faults, and that all has broken down. */
    public void reset() {
        call("quireEmulatorReset");
    }

    /** Whether the driver has a function of that name. */
    boolean has(String name) {
        return symbols.find(name).isPresent();
    }

    /** The result of one of the driver's functions. */
    @SuppressWarnings("restricted")
    int call(String name, Object... arguments) {
        MemoryLayout[] layouts =
                Arrays.stream(arguments)
                        .map(
                                argument ->
                                        switch (argument) {
                                            case Integer _ -> ValueLayout.JAVA_INT;
                                            case Long _ -> ValueLayout.JAVA_LONG;
                                            default -> ValueLayout.ADDRESS;
                                        })
                        .toArray(MemoryLayout[]::new);
        try {
            return (int)
                    Linker.nativeLinker()
                            .downcallHandle(
                                    symbols.findOrThrow(name),
                                    FunctionDescriptor.of(ValueLayout.JAVA_INT, layouts))
                            .invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        reset();
    }
}
