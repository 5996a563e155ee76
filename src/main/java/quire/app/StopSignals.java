package quire.app;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * What SIGTERM, SIGINT and SIGHUP mean: the first lets the server end in good order, while it still
 * answers; a second one ends the process at once. The framework would close HTTP first. What {@code
 * nohup} has the process ignore stays ignored.
 */
final class StopSignals {

    private static final Logger LOG = Logger.getLogger("quire");
    private static final List<String> SIGNALS = List.of("TERM", "INT", "HUP");

    /** What shells say of a process that a signal ended: this and the signal's number. */
    private static final int ENDED_BY_SIGNAL = 128;

    private final BooleanSupplier stop;
    private final AtomicBoolean heard = new AtomicBoolean();

    private StopSignals(BooleanSupplier stop) {
        this.stop = stop;
    }

    /**
     * Listens from now on.
     *
     * @param stop run once, on a thread of its own, before the JVM begins to shut down; false where
     *     something hangs that it would wait for
     */
    static void listen(BooleanSupplier stop) {
        StopSignals here = new StopSignals(stop);
        try {
            // By name: the compiler warns of these classes, every JDK has them.
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object listener =
                    Proxy.newProxyInstance(
                            handler.getClassLoader(),
                            new Class<?>[] {handler},
                            (proxy, method, arguments) -> here.hear(arguments[0]));
            for (String name : SIGNALS) {
                signal.getMethod("handle", signal, handler)
                        .invoke(
                                null,
                                signal.getConstructor(String.class).newInstance(name),
                                listener);
            }
        } catch (InvocationTargetException e) {
            LOG.debug("a JVM with -Xrs leaves signals alone", e);
        } catch (ReflectiveOperationException e) {
            LOG.debug("this JVM has no signals", e);
        }
    }

    private Object hear(Object signal) throws ReflectiveOperationException {
        int number = (int) signal.getClass().getMethod("getNumber").invoke(signal);
        if (heard.getAndSet(true)) {
            Runtime.getRuntime().halt(ENDED_BY_SIGNAL + number);
        }
        boolean ended = true;
        try {
            ended = stop.getAsBoolean();
        } catch (RuntimeException e) {
            LOG.error("the server did not end in good order", e);
        }
        if (!ended) {
            Runtime.getRuntime().halt(ENDED_BY_SIGNAL + number);
        }
        Runtime.getRuntime().exit(ENDED_BY_SIGNAL + number);
        return null;
    }
}
