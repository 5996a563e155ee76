package quire.cli.talk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import quire.settings.Given;

/** Why a server gives no answer, and what its user may do. */
final class Refusal {

    private static final int MAX_ERROR_BYTES = 1 << 16;

    private Refusal() {}

    /** What a server says in the place of an answer. */
    static PartnerException of(URI base, HttpResponse<?> response, InputStream body)
            throws IOException {
        byte[] said = body.readNBytes(MAX_ERROR_BYTES);
        Optional<String> message = Optional.empty();
        try {
            message = message(RemotePartner.JSON.readTree(said));
        } catch (JsonProcessingException e) {
            // A page for people: the status has to do.
        }
        int status = response.statusCode();
        boolean isNoRoute = status == 404 && message.isEmpty();
        String way =
                isNoRoute
                        ? "; is the address that of an OpenAI server, up to /v1?"
                        : way(response).orElse("");
        return new PartnerException(
                message.map(text -> base + " says: " + (way.isEmpty() ? text : open(text)))
                                .orElse(base + " answers with status " + status)
                        + way);
    }

    private static Optional<String> way(HttpResponse<?> response) {
        return switch (response.statusCode()) {
            case 301, 302, 303, 307, 308 ->
                    header(response, "Location")
                            .map(place -> "; it is at " + place + " now, which --url may name");
            case 401, 403 -> Optional.of("; give its key by --api-key or OPENAI_API_KEY");
            case 429, 503 ->
                    header(response, "Retry-After")
                            .filter(seconds -> seconds.matches("\\d{1,6}"))
                            .map(seconds -> "; ask again in " + seconds + " s");
            default -> Optional.empty();
        };
    }

    private static Optional<String> header(HttpResponse<?> response, String name) {
        return response.headers()
                .firstValue(name)
                .map(text -> Visible.of(new Given(name, List.of(text)).shown()));
    }

    /** A sentence that goes on. */
    private static String open(String sentence) {
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    /** OpenAI's error, or what other servers have in its place. */
    static Optional<String> message(JsonNode said) {
        if (said == null) {
            return Optional.empty();
        }
        return RemoteAnswer.text(said.path("error"), "message")
                .or(() -> RemoteAnswer.text(said, "error"))
                .or(() -> RemoteAnswer.text(said, "message"))
                .or(() -> RemoteAnswer.text(said, "detail"))
                .map(Visible::of);
    }

    /** An answer that is none. */
    static PartnerException noEvents(URI base, String type) {
        return new PartnerException(
                base
                        + " answers with "
                        + Visible.of(new Given("", List.of(type)).shown())
                        + " and not with events; is the address that of an OpenAI server, up to"
                        + " /v1?");
    }

    /** Why nothing was heard at all. */
    static PartnerException unreachable(URI base, Throwable cause) {
        String start = "; is the server there? 'quire serve MODEL' starts one";
        String why =
                switch (cause) {
                    case ConnectException e when isUnknownHost(e) ->
                            "there is no host "
                                    + base.getHost()
                                    + " that this machine knows; check --url";
                    case ConnectException e -> "nothing answers at " + base + start;
                    case HttpTimeoutException e ->
                            base
                                    + " does not answer in time"
                                    + (base.getScheme().equals("https")
                                            ? "; does it speak http?"
                                            : start);
                    case SSLException e ->
                            base
                                    + " cannot be asked by https ("
                                    + reason(e)
                                    + "); does it speak http, or is its certificate unknown to"
                                    + " Java?";
                    case ProtocolException e -> base + " does not speak HTTP; is it https there?";
                    default -> base + " cannot be asked: " + reason(cause) + start;
                };
        return new PartnerException(why, cause);
    }

    private static boolean isUnknownHost(Throwable error) {
        return error instanceof UnresolvedAddressException
                || error.getCause() != null && isUnknownHost(error.getCause());
    }

    /** As Java has it, and as a server may have worded it. */
    private static String reason(Throwable error) {
        String said = error.getMessage();
        return said == null ? "it broke off" : new Given("", List.of(Visible.of(said))).shown();
    }
}
