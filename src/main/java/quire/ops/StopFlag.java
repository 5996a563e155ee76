package quire.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Says that computing is to end early: an int outside the heap, so that kernels can look at it. It
 * lives as long as it is reachable, so raising it is safe whatever has been closed. Any thread.
 */
public final class StopFlag {

    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final int CACHE_LINE_BYTES = 64;

    private final MemorySegment flag = Arena.ofAuto().allocate(CACHE_LINE_BYTES, CACHE_LINE_BYTES);

    /** Raises it. */
    public void raise() {
        INT.setVolatile(flag, 0L, 1);
    }

    /** Takes it down. */
    public void lower() {
        INT.setVolatile(flag, 0L, 0);
    }

    /**
     * @throws StoppedException if it is up
     */
    public void check() {
        if ((int) INT.getVolatile(flag, 0L) != 0) {
            throw new StoppedException();
        }
    }

    /** Where the int is: zero while the flag is down. */
    public long address() {
        return flag.address();
    }
}
