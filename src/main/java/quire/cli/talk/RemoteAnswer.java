package quire.cli.talk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** An answer that a server streams as events, each a line {@code data: JSON}. */
final class RemoteAnswer implements Asked {

    /** Of an event, and of whatever else a server says at once. */
    static final int MAX_LINE_BYTES = 1 << 22;

    private static final String DATA = "data:";
    private static final String END = "[DONE]";

    private final URI base;
    private final CompletableFuture<HttpResponse<InputStream>> response;
    private volatile boolean stopped;
    private volatile InputStream body = InputStream.nullInputStream();

    private int numPieces;
    private int numTokens;
    private String finishReason = "";

    RemoteAnswer(URI base, CompletableFuture<HttpResponse<InputStream>> response) {
        this.base = base;
        this.response = response;
    }

    @Override
    public Answer await(AnswerListener listener) {
        try {
            HttpResponse<InputStream> answer = response.get();
            try (InputStream in = new BufferedInputStream(answer.body())) {
                body = answer.body();
                if (answer.statusCode() != 200) {
                    throw Refusal.of(base, answer, in);
                }
                String type = answer.headers().firstValue("Content-Type").orElse("no type");
                if (type.startsWith("application/json")) {
                    take(whole(in, type), listener);
                } else if (!stopped) {
                    read(in, type, listener);
                }
            }
        } catch (CancellationException e) {
            // Only stop() cancels.
        } catch (ExecutionException e) {
            if (!stopped) {
                throw Refusal.unreachable(base, e.getCause());
            }
        } catch (IOException e) {
            if (!stopped) {
                throw brokenOff(e);
            }
        } catch (InterruptedException e) {
            stop();
            Thread.currentThread().interrupt();
        }
        return new Answer(
                numTokens == 0 ? numPieces : numTokens, stopped, finishReason.equals("length"));
    }

    private PartnerException brokenOff(Exception cause) {
        return new PartnerException(base + " broke off in the middle of its answer", cause);
    }

    /** An answer that a server gives at once, whatever it was asked. */
    private JsonNode whole(InputStream in, String type) throws IOException {
        try {
            JsonNode said = RemotePartner.JSON.readTree(in.readNBytes(MAX_LINE_BYTES));
            if (said.hasNonNull("error") || said.path("choices").path(0).isObject()) {
                return said;
            }
        } catch (JsonProcessingException e) {
            // Nor is anything else of that type an answer.
        }
        throw Refusal.noEvents(base, type);
    }

    private void read(InputStream in, String type, AnswerListener listener) throws IOException {
        boolean isStream = false;
        Optional<String> line;
        while ((line = line(in)).isPresent()) {
            if (line.get().startsWith(DATA)) {
                isStream = true;
                String data = line.get().substring(DATA.length()).strip();
                if (data.equals(END)) {
                    return;
                }
                take(event(data), listener);
            }
        }
        if (!isStream && !stopped && !type.startsWith("text/event-stream")) {
            throw Refusal.noEvents(base, type);
        }
        if (finishReason.isEmpty() && !stopped) {
            throw brokenOff(null);
        }
    }

    /** The next line without its end, or empty at the end of the stream. */
    private Optional<String> line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        int b;
        while ((b = in.read()) >= 0 && b != '\n') {
            line.write(b);
            if (line.size() > MAX_LINE_BYTES) {
                throw new PartnerException(
                        base + " sends an event of more than " + MAX_LINE_BYTES + " bytes");
            }
        }
        return b < 0 && line.size() == 0
                ? Optional.empty()
                : Optional.of(line.toString(StandardCharsets.UTF_8));
    }

    private JsonNode event(String data) {
        try {
            return RemotePartner.JSON.readTree(data);
        } catch (JsonProcessingException e) {
            throw new PartnerException(base + " sends an event that is no JSON", e);
        }
    }

    private void take(JsonNode event, AnswerListener listener) {
        if (event.hasNonNull("error")) {
            throw new PartnerException(
                    base + " says: " + Refusal.message(event).orElse("an error"));
        }
        numTokens = event.at("/usage/completion_tokens").asInt(numTokens);
        JsonNode choice = event.at("/choices/0");
        JsonNode delta = choice.path(choice.has("delta") ? "delta" : "message");
        tell(text(delta, "reasoning").or(() -> text(delta, "reasoning_content")), listener, true);
        tell(text(delta, "content").or(() -> text(choice, "text")), listener, false);
        finishReason = choice.path("finish_reason").asText(finishReason);
        if (finishReason.equals("null")) {
            finishReason = "";
        }
    }

    /** A text of an object, unless it is empty. */
    static Optional<String> text(JsonNode object, String field) {
        return Optional.ofNullable(object.path(field).textValue()).filter(text -> !text.isEmpty());
    }

    private void tell(Optional<String> piece, AnswerListener listener, boolean thought) {
        if (piece.isEmpty() || stopped) {
            return;
        }
        numPieces++;
        if (thought) {
            listener.thought(piece.get());
        } else {
            listener.text(piece.get());
        }
    }

    @Override
    public void stop() {
        stopped = true;
        response.cancel(true);
        try {
            body.close();
        } catch (IOException e) {
            // It is over either way.
        }
    }
}
