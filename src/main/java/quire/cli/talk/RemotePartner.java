package quire.cli.talk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import quire.Message;
import quire.error.ConfigurationException;

/**
 * A model behind a server that speaks the OpenAI API. The key goes to that server alone: redirects
 * are not followed.
 */
public final class RemotePartner implements Partner {

    static final JsonMapper JSON = new JsonMapper();

    private static final Duration TO_CONNECT = Duration.ofSeconds(10);

    /** To the first byte of an answer, which may wait for a long prompt in a long queue. */
    private static final Duration TO_ANSWER = Duration.ofMinutes(10);

    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(Version.HTTP_1_1)
                    .connectTimeout(TO_CONNECT)
                    .followRedirects(Redirect.NEVER)
                    .build();
    private final URI base;
    private final Optional<String> key;
    private final String model;

    /**
     * Finds the model where none is named.
     *
     * @param url such as {@code http://127.0.0.1:8000/v1}
     * @throws ConfigurationException if address or key can be none
     * @throws PartnerException if the server does not say which models it has
     */
    public RemotePartner(String url, Optional<String> key, Optional<String> model) {
        this.base = base(url);
        this.key = key;
        if (key.isPresent() && !key.get().chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new ConfigurationException(
                    "the API key has characters that no header may have; check --api-key or"
                            + " OPENAI_API_KEY");
        }
        this.model = model.orElseGet(this::firstModel);
    }

    private static URI base(String url) {
        String wrong =
                "--url is '"
                        + Visible.of(url)
                        + "'; it takes the address of an OpenAI server, such as"
                        + " http://127.0.0.1:8000/v1";
        try {
            // A route of the API is as good an address as the API's own.
            URI uri = new URI(url.replaceFirst("(/(chat/)?completions|/models)?/*$", ""));
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            boolean plain = uri.getRawQuery() == null && uri.getRawFragment() == null;
            if (web && uri.getRawUserInfo() != null) {
                throw new ConfigurationException(
                        "--url has a name or a password in it, which would not be sent; leave them"
                                + " out, and give the key by --api-key or OPENAI_API_KEY");
            }
            if (!web || uri.getHost() == null || !plain) {
                throw new ConfigurationException(wrong);
            }
            return uri.getRawPath().isEmpty() ? new URI(uri + "/v1") : uri;
        } catch (URISyntaxException e) {
            throw new ConfigurationException(wrong, e);
        }
    }

    @Override
    public String model() {
        return model;
    }

    /** The server has limits of its own, and says so. */
    @Override
    public void check(Wishes wishes) {}

    @Override
    public Asked ask(Question question, Wishes wishes) {
        ObjectNode body = JSON.createObjectNode().put("model", model).put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        wishes.putInto(body);
        String path =
                switch (question) {
                    case Question.Chat chat -> {
                        ArrayNode messages = body.putArray("messages");
                        for (Message message : chat.conversation()) {
                            messages.addObject()
                                    .put("role", message.role())
                                    .put("content", message.text());
                        }
                        yield "/chat/completions";
                    }
                    case Question.Text text -> {
                        body.put("prompt", text.text());
                        yield "/completions";
                    }
                };
        HttpRequest request =
                request(path)
                        .header("Content-Type", "application/json")
                        .header("Accept", "text/event-stream")
                        .POST(BodyPublishers.ofString(body.toString()))
                        .build();
        return new RemoteAnswer(base, http.sendAsync(request, BodyHandlers.ofInputStream()));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(TO_ANSWER);
        key.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        return request;
    }

    private String firstModel() {
        HttpRequest request = request("/models").timeout(TO_CONNECT).build();
        try {
            HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() != 200) {
                    throw Refusal.of(base, response, body);
                }
                byte[] text = body.readNBytes(RemoteAnswer.MAX_LINE_BYTES);
                JsonNode id = JSON.readTree(text).at("/data/0/id");
                if (id.isTextual()) {
                    return id.textValue();
                }
            }
        } catch (JsonProcessingException e) {
            throw new PartnerException(
                    base + "/models answers with no JSON; is this an OpenAI server?", e);
        } catch (IOException e) {
            throw Refusal.unreachable(base, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PartnerException("interrupted while " + base + " was asked for models", e);
        }
        throw new PartnerException(base + "/models lists no model; name one");
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
