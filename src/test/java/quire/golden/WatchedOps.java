package quire.golden;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import quire.ops.Batch;
import quire.ops.Matrix;
import quire.ops.Ops;

/** Operations of a backend that shows what each of them wrote before the next one begins. */
final class WatchedOps implements InvocationHandler {

    /** Sees each matrix that an operation wrote, and may change it. */
    interface Watcher {

        /**
         * @param operation its name, with the name of what was written where that is more than one
         * @param rows rows that were written
         */
        void wrote(String operation, Matrix matrix, int rows);
    }

    /** Operations that are a default over others here, each of which is looked at by itself. */
    private static final Set<String> COMPOSED = Set.of("linearRopeAndStore");

    private final Ops ops;
    private final Watcher watcher;
    private Batch batch;

    private WatchedOps(Ops ops, Watcher watcher) {
        this.ops = ops;
        this.watcher = watcher;
    }

    static Ops of(Ops ops, Watcher watcher) {
        Class<?>[] types = {Ops.class};
        WatchedOps watched = new WatchedOps(ops, watcher);
        return (Ops) Proxy.newProxyInstance(WatchedOps.class.getClassLoader(), types, watched);
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        String name = method.getName();
        if (COMPOSED.contains(name)) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
        }
        Object result;
        try {
            result = method.invoke(ops, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
        switch (name) {
            case "begin" -> batch = (Batch) arguments[0];
            case "embed", "ropeAndStore", "attention" ->
                    watcher.wrote(name, (Matrix) arguments[0], batch.numTokens());
            case "gatherLogitRows" ->
                    watcher.wrote(name, (Matrix) arguments[0], batch.numLogitRows());
            case "rmsNorm", "linear", "siluAndMul" ->
                    watcher.wrote(name, (Matrix) arguments[0], last(arguments));
            case "addRmsNorm", "linearAddRmsNorm" -> {
                watcher.wrote(name + ", residual", (Matrix) arguments[1], last(arguments));
                watcher.wrote(name + ", norm", (Matrix) arguments[0], last(arguments));
            }
            default -> {}
        }
        return result;
    }

    /** The number of rows. */
    private static int last(Object[] arguments) {
        return (int) arguments[arguments.length - 1];
    }
}
