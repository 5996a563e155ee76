package quire.cli.talk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/** An OpenAI server of another kind, whose answers a test writes. */
public final class FakeServer implements AutoCloseable {

    /** Answers one request. */
    public interface Answering {
        void to(JsonNode request, Events events) throws IOException;
    }

    /** What an answer is made of. */
    public static final class Events {

        private final HttpExchange exchange;
        private OutputStream out;

        private Events(HttpExchange exchange) {
            this.exchange = exchange;
        }

        /** Writes bytes of a stream as they are. */
        public void raw(String text) throws IOException {
            if (out == null) {
                exchange.getResponseHeaders().putIfAbsent("Content-Type", List.of(EVENTS));
                exchange.sendResponseHeaders(200, 0);
                out = exchange.getResponseBody();
            }
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        /** Writes a text of which each character is a byte. */
        public void bytes(String text) throws IOException {
            raw("");
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        /** A piece of a chat's answer. */
        public void say(String field, String text) throws IOException {
            ObjectNode event = JSON.createObjectNode();
            event.putArray("choices").addObject().putObject("delta").put(field, text);
            raw("data: " + event + "\n\n");
        }

        /** The last events of an answer. */
        public void end(String reason, int tokens) throws IOException {
            raw(
                    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\""
                            + reason
                            + "\"}]}\n\n: a comment\n\ndata: {\"choices\":[],\"usage\":"
                            + "{\"completion_tokens\":"
                            + tokens
                            + "}}\n\ndata: [DONE]\n\n");
        }

        /** An error in the place of an answer. */
        public void status(int status, String body) throws IOException {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }

        /** Sets a header of the answer. */
        public Events header(String name, String value) {
            exchange.getResponseHeaders().set(name, value);
            return this;
        }

        /** Sends the client elsewhere. */
        public void redirect(String address) throws IOException {
            exchange.getResponseHeaders().set("Location", address);
            exchange.sendResponseHeaders(307, -1);
        }
    }

    private static final String EVENTS = "text/event-stream";
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpServer server;

    /** The bodies of all requests, and the authorization of each. */
    public final List<JsonNode> requests = Collections.synchronizedList(new ArrayList<>());

    public final List<String> keys = Collections.synchronizedList(new ArrayList<>());

    /** The id of its one model. */
    public volatile String model = "fake/model";

    public FakeServer(Answering answering) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> answer(exchange, answering));
        server.start();
    }

    private void answer(HttpExchange exchange, Answering answering) {
        try (exchange) {
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            if (exchange.getRequestURI().getPath().equals("/v1/models")) {
                ObjectNode models = JSON.createObjectNode();
                models.putArray("data").addObject().put("id", model);
                new Events(exchange).status(200, models.toString());
                return;
            }
            JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
            ((ObjectNode) request).put("path", exchange.getRequestURI().getPath());
            requests.add(request);
            answering.to(request, new Events(exchange));
        } catch (IOException e) {
            // The client has gone.
        }
    }

    /** The address of its API. */
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    /** Messages of a request as role and content. */
    public static List<Map.Entry<String, String>> messages(JsonNode request) {
        List<Map.Entry<String, String>> messages = new ArrayList<>();
        request.path("messages")
                .forEach(
                        one ->
                                messages.add(
                                        Map.entry(
                                                one.path("role").asText(),
                                                one.path("content").asText())));
        return messages;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
