package quire.thread;

/**
 * The one thread that may use something: the first that does. What belongs to a thread asks at its
 * doors, for a second thread that gets in is a defect that shows late and somewhere else. Any
 * thread may be refused.
 */
public final class Owner {

    private final String what;

    // Read without a lock: its owner always sees itself, and everybody else asks again under one.
    private Thread thread;

    /**
     * @param what is owned, as an error names it
     */
    public Owner(String what) {
        this.what = what;
    }

    /**
     * Lets the owner pass.
     *
     * @throws IllegalStateException for every other thread
     */
    public void check() {
        if (thread != Thread.currentThread()) {
            takeOrRefuse();
        }
    }

    private synchronized void takeOrRefuse() {
        Thread here = Thread.currentThread();
        if (thread == null) {
            thread = here;
        } else {
            throw new IllegalStateException(
                    what + " belongs to thread " + thread.getName() + ", not " + here.getName());
        }
    }
}
