package quire;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Ctrl-C, as programs hear it that tests start. */
public final class Interrupts {

    private static final int SIGINT = 2;
    private static final MemorySegment DEFAULT = MemorySegment.NULL;

    private Interrupts() {}

    /**
     * Has the programs that this process starts hear it from now on. They would not where this
     * process was started so that it does not either: by {@code nohup}, or behind a {@code &} of a
     * script.
     */
    @SuppressWarnings("restricted")
    public static void areHeard() {
        Linker linker = Linker.nativeLinker();
        MethodHandle signal =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("signal"),
                        FunctionDescriptor.of(
                                ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
        try {
            MemorySegment before = (MemorySegment) signal.invokeExact(SIGINT, DEFAULT);
            if (before.address() > 1) {
                // It is heard here, by a handler of the JVM, which stays.
                MemorySegment replaced = (MemorySegment) signal.invokeExact(SIGINT, before);
                assert replaced.equals(DEFAULT);
            }
        } catch (Throwable e) {
            throw new AssertionError("signal", e);
        }
    }
}
