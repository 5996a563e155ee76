package quire.ops.cuda.driver;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventQuery;
import static jcuda.driver.JCudaDriver.cuEventRecord;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import jcuda.driver.CUevent;

/** A mark in a stream, which is done when everything before it is. */
public final class Event extends Resource {
    private static final int DEFAULT = 0;
    private static final int WITHOUT_TIME = 2;
    static final int NOT_READY = 600;

    /** Polls at full speed before the thread parks between them: about 50 µs. */
    private static final int EAGER_POLLS = 50;

    private static final long PARK_NANOS = 20_000;

    private final CUevent event = new CUevent();

    /** Where the mark could not be put: it is reached when nothing is on that stream any more. */
    private Stream unmarked;

    private Event(Context context, int flags) {
        super(context);
        CudaException.check(cuEventCreate(event, flags), "cuEventCreate");
        register();
    }

    /** One to wait for. */
    public Event(Context context) {
        this(context, WITHOUT_TIME);
    }

    /** One that keeps the time, too, and costs a little more. */
    public static Event withTime(Context context) {
        return new Event(context, DEFAULT);
    }

    /**
     * Puts the mark behind everything that is on the stream, and forgets where it was before, also
     * where that fails: what was put on the stream in front of it may still be under way.
     */
    public void record(Stream stream) {
        enter();
        unmarked = stream;
        CudaException.check(cuEventRecord(event, stream.stream()), "cuEventRecord");
        unmarked = null;
    }

    /**
     * Whether the mark is reached; so is one that was never put.
     *
     * @throws DeviceLost if a kernel before it failed
     */
    public boolean isDone() {
        enter();
        if (unmarked != null) {
            return unmarked.isDone();
        }
        int code = cuEventQuery(event);
        if (code == NOT_READY) {
            return false;
        }
        CudaException.check(code, "cuEventQuery");
        return true;
    }

    /**
     * Waits until the mark is reached. The driver's own waiting cannot be given up; this polls, and
     * lets go of the processor in between unless the thread is interrupted.
     *
     * @throws DeviceLost if a kernel before it failed, or if the limit is over
     */
    public void await(Duration limit) {
        await(limit, false);
    }

    /**
     * As {@link #await}, but ends early where the thread is interrupted.
     *
     * @return whether the mark is reached and the thread not interrupted
     */
    public boolean awaitUnlessInterrupted(Duration limit) {
        return await(limit, true);
    }

    private boolean await(Duration limit, boolean heedsInterrupts) {
        long begun = System.nanoTime();
        for (int polls = 0; !isDone(); polls++) {
            if (heedsInterrupts && Thread.currentThread().isInterrupted()) {
                return false;
            }
            if (System.nanoTime() - begun > limit.toNanos()) {
                context().markOverdue();
                throw DeviceLost.overdue(limit);
            }
            if (polls < EAGER_POLLS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PARK_NANOS);
            }
        }
        return !(heedsInterrupts && Thread.currentThread().isInterrupted());
    }

    /** Milliseconds on the card from the other mark to this one, both done and with time. */
    public double millisSince(Event other) {
        enter();
        float[] millis = new float[1];
        CudaException.check(cuEventElapsedTime(millis, other.event, event), "cuEventElapsedTime");
        return millis[0];
    }

    @Override
    void release() {
        CudaException.check(cuEventDestroy(event), "cuEventDestroy");
    }
}
