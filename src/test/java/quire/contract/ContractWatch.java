package quire.contract;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.core.http.impl.HttpServerRequestWrapper;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import quire.contract.ApiContract.Head;

/**
 * Stands before all routes of the server under test, and reads what each answers: bodies when they
 * end, streams event by event.
 */
@Singleton
final class ContractWatch {

    /** Pages of the framework, which the specification does not describe. */
    private static final String FOREIGN = "/q/";

    private static final String DATA = "data: ";

    private static final ApiContract CONTRACT = new ApiContract();
    private static final Queue<String> FAULTS = new ConcurrentLinkedQueue<>();
    private static final AtomicLong CHECKED = new AtomicLong();

    /** Sends each request through all routes again, with a response that is read along. */
    void routes(@Observes Router router) {
        router.route()
                .order(Integer.MIN_VALUE)
                .handler(
                        context -> {
                            if (Proxy.isProxyClass(context.response().getClass())
                                    || context.request().path().startsWith(FOREIGN)) {
                                context.next();
                            } else {
                                router.handle(new Watched(context.request()));
                            }
                        });
    }

    /** What was wrong since the last call. */
    static List<String> takeFaults() {
        List<String> faults = new ArrayList<>();
        for (String fault = FAULTS.poll(); fault != null; fault = FAULTS.poll()) {
            faults.add(fault);
        }
        return faults;
    }

    /** Bodies and events that were looked at so far. */
    static long numChecked() {
        return CHECKED.get();
    }

    /** A request whose answer is read along. */
    private static final class Watched extends HttpServerRequestWrapper {

        private final HttpServerResponse response;

        Watched(HttpServerRequest request) {
            super((HttpServerRequestInternal) request);
            response =
                    (HttpServerResponse)
                            Proxy.newProxyInstance(
                                    HttpServerResponse.class.getClassLoader(),
                                    new Class<?>[] {HttpServerResponse.class},
                                    new Reader(request));
        }

        @Override
        public HttpServerResponse response() {
            return response;
        }
    }

    /** Hands everything on to the real response, and reads what is written. */
    private static final class Reader implements InvocationHandler {

        private final HttpServerRequest request;
        private final HttpServerResponse response;
        private final ByteArrayOutputStream unread = new ByteArrayOutputStream();
        private boolean headIsKnown;
        private boolean ended;

        Reader(HttpServerRequest request) {
            this.request = request;
            this.response = request.response();
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            switch (method.getName()) {
                case "write", "end" -> {
                    ended = method.getName().equals("end");
                    take(arguments == null ? null : arguments[0]);
                    if (headIsKnown) {
                        read();
                    }
                }
                case "headersEndHandler" -> arguments[0] = beforeReading(arguments[0]);
                default -> {}
            }
            try {
                Object result = method.invoke(response, arguments);
                return result == response ? proxy : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        /** Status and headers are set in the last moment before the head leaves. */
        @SuppressWarnings("unchecked")
        private Handler<Void> beforeReading(Object handler) {
            return nothing -> {
                ((Handler<Void>) handler).handle(nothing);
                headIsKnown = true;
                read();
            };
        }

        private void take(Object written) {
            switch (written) {
                case Buffer buffer -> unread.writeBytes(buffer.getBytes());
                case String text -> unread.writeBytes(text.getBytes(StandardCharsets.UTF_8));
                case null, default -> {}
            }
        }

        private void read() {
            Head head =
                    new Head(
                            request.method().name(),
                            request.path(),
                            response.getStatusCode(),
                            String.valueOf(response.headers().get("Content-Type")));
            if (head.isStream()) {
                String text = unread.toString(StandardCharsets.UTF_8);
                int end = text.lastIndexOf("\n\n") + 1;
                text.substring(0, end)
                        .lines()
                        .filter(line -> line.startsWith(DATA))
                        .forEach(line -> check(head, line.substring(DATA.length())));
                unread.reset();
                unread.writeBytes(text.substring(end).getBytes(StandardCharsets.UTF_8));
            } else if (ended) {
                check(head, unread.toString(StandardCharsets.UTF_8));
            }
        }

        private static void check(Head head, String body) {
            CHECKED.incrementAndGet();
            CONTRACT.fault(head, body).ifPresent(FAULTS::add);
        }
    }
}
