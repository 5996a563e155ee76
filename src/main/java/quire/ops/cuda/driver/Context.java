package quire.ops.cuda.driver;

import static jcuda.driver.CUctx_flags.CU_CTX_SCHED_BLOCKING_SYNC;
import static jcuda.driver.JCudaDriver.cuCtxCreate;
import static jcuda.driver.JCudaDriver.cuCtxDestroy;
import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;

import java.util.LinkedHashSet;
import java.util.SequencedSet;
import jcuda.driver.CUcontext;

/**
 * A process's part of a card, with all that is made in it. It belongs to one thread at a time, its
 * owner, at first the one that opened it; calls of others fail.
 */
public final class Context implements AutoCloseable {

    /** Bytes of the card. */
    public record Memory(long freeBytes, long totalBytes) {}

    /**
     * The context of each thread, as the driver has it: what a call makes, it makes in that one,
     * whichever the call may mean.
     */
    private static final ThreadLocal<Context> CURRENT = new ThreadLocal<>();

    private final Device device;
    private final boolean primary;
    private final CUcontext context = new CUcontext();
    private final SequencedSet<Resource> resources = new LinkedHashSet<>();
    private volatile Thread owner;
    private boolean overdue;
    private boolean closed;

    private Context(Device device, boolean primary) {
        this.device = device;
        this.primary = primary;
        if (primary) {
            CudaException.check(
                    cuDevicePrimaryCtxRetain(context, device.device()), "cuDevicePrimaryCtxRetain");
            adoptPrimary();
        } else {
            CudaException.check(
                    cuCtxCreate(context, CU_CTX_SCHED_BLOCKING_SYNC, device.device()),
                    "cuCtxCreate");
            owner = Thread.currentThread();
            CURRENT.set(this);
        }
    }

    private void adoptPrimary() {
        try {
            adopt();
        } catch (CudaException e) {
            cuDevicePrimaryCtxRelease(device.device());
            throw e;
        }
    }

    /** Opens a context that nobody else has. */
    public static Context own(Device device) {
        return new Context(device, false);
    }

    /** Opens the one that all of a process share that do not ask for their own. */
    public static Context primary(Device device) {
        return new Context(device, true);
    }

    /**
     * Makes the calling thread the owner. The one before must be done with the context.
     *
     * @throws DeviceLost if it can only be closed any more, which this thread may do
     */
    public void adopt() {
        owner = Thread.currentThread();
        makeCurrent();
    }

    /** Somebody waited in vain for a kernel to end. */
    void markOverdue() {
        overdue = true;
    }

    private void makeCurrent() {
        if (CURRENT.get() != this) {
            CudaException.check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
            CURRENT.set(this);
        }
    }

    public Device device() {
        return device;
    }

    /** What the card has, for all processes. */
    public Memory memory() {
        enter();
        long[] free = new long[1];
        long[] total = new long[1];
        CudaException.check(cuMemGetInfo(free, total), "cuMemGetInfo");
        return new Memory(free[0], total[0]);
    }

    /**
     * Ends the context and all that was made in it, which can be used no more. Waits for kernels
     * that run, however long they take. A second call does nothing.
     *
     * @throws CudaException if the driver does not end it, which then goes with the process
     */
    @Override
    public void close() {
        if (!closed) {
            enter();
            end();
        }
    }

    private void end() {
        closed = true;
        for (Resource resource : resources.reversed()) {
            resource.end();
            try {
                resource.release();
            } catch (CudaException lost) {
                // The driver gives back with the context what it does not give back now.
            }
        }
        resources.clear();
        CURRENT.remove();
        int code = primary ? cuDevicePrimaryCtxRelease(device.device()) : cuCtxDestroy(context);
        CudaException.check(code, primary ? "cuDevicePrimaryCtxRelease" : "cuCtxDestroy");
    }

    /**
     * Closes it from whatever thread as far as that goes: what the driver does not give back on a
     * lost card, or could only when a kernel ends that was waited for in vain, is free when the
     * process ends; the log says so.
     */
    public void leave() {
        if (closed) {
            return;
        }
        if (overdue) {
            closed = true;
            keep("a kernel does not end");
            return;
        }
        try {
            adopt();
        } catch (CudaException lost) {
            log(System.Logger.Level.DEBUG, "only to be closed: " + lost.getMessage());
        }
        try {
            end();
        } catch (CudaException e) {
            keep(e.getMessage());
        }
    }

    private static void keep(String why) {
        log(
                System.Logger.Level.WARNING,
                "memory of the card is free only when this process ends: " + why);
    }

    private static void log(System.Logger.Level level, String sentence) {
        System.getLogger("quire.ops.cuda").log(level, sentence);
    }

    LateCalls calls() {
        return device.calls();
    }

    /**
     * Opens each call into the driver, which thereby is one of this context, and not of another
     * that the thread owns, too.
     *
     * @throws IllegalStateException if the context is closed or the calling thread not its owner
     */
    void enter() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException(
                    "the context on "
                            + device.name()
                            + " belongs to thread "
                            + owner.getName()
                            + ", and this is "
                            + Thread.currentThread().getName());
        }
        if (closed) {
            throw new IllegalStateException("the context on " + device.name() + " is closed");
        }
        makeCurrent();
    }

    void add(Resource resource) {
        resources.add(resource);
    }

    void remove(Resource resource) {
        resources.remove(resource);
    }
}
