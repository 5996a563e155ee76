package quire.rest;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.OptionalInt;
import quire.error.CheckpointException;
import quire.error.ConfigurationException;
import quire.error.EngineException;
import quire.error.HubException;
import quire.error.InvalidRequestException;
import quire.error.OverloadedException;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.settings.Flags;

/**
 * An error as OpenAI's API words it: {@code {"error": {"message", "type", "param", "code"}}}.
 *
 * @param param the field at fault, or the empty string, which is sent as null
 * @param code what a program may switch on, or the empty string, which is sent as null
 * @param retryAfterSeconds when to try again, if that helps
 */
record ApiProblem(
        int status,
        String type,
        String message,
        String param,
        String code,
        OptionalInt retryAfterSeconds) {

    /** Of {@link #toJson}. */
    static final String MEDIA_TYPE = "application/json;charset=UTF-8";

    static final String MODEL_NOT_FOUND = "model_not_found";
    static final String INVALID_REQUEST = "invalid_request_error";
    static final String SERVER_ERROR = "server_error";

    private static final int FULL_RETRY_SECONDS = 1;
    private static final int LOADING_RETRY_SECONDS = 2;

    /** A request that is at fault. */
    static ApiProblem ofRequest(int status, String message, String param, String code) {
        return new ApiProblem(status, INVALID_REQUEST, message, param, code, OptionalInt.empty());
    }

    /** A defect of ours; what happened is in the log alone. */
    static ApiProblem internal() {
        return new ApiProblem(
                500,
                SERVER_ERROR,
                "The server failed at this request; its log says why.",
                "",
                "",
                OptionalInt.empty());
    }

    static ApiProblem of(QuireException error) {
        String message = sentence(error);
        return switch (error) {
            case InvalidRequestException e ->
                    ofRequest(
                            e.code().equals(MODEL_NOT_FOUND) ? 404 : 400,
                            message,
                            e.param(),
                            e.code());
            case OverloadedException e ->
                    new ApiProblem(
                            429,
                            "rate_limit_error",
                            message,
                            "",
                            "rate_limit_exceeded",
                            OptionalInt.of(FULL_RETRY_SECONDS));
            case UnavailableException e ->
                    new ApiProblem(
                            503,
                            SERVER_ERROR,
                            message,
                            "",
                            "service_unavailable",
                            OptionalInt.of(LOADING_RETRY_SECONDS));
            case EngineException e ->
                    new ApiProblem(500, SERVER_ERROR, message, "", "", OptionalInt.empty());
            case CheckpointException e ->
                    new ApiProblem(500, SERVER_ERROR, message, "", "", OptionalInt.empty());
            case HubException e ->
                    new ApiProblem(500, SERVER_ERROR, message, "", "", OptionalInt.empty());
            case ConfigurationException e ->
                    new ApiProblem(500, SERVER_ERROR, message, "", "", OptionalInt.empty());
        };
    }

    /** The JSON object, without whitespace. */
    byte[] toJson() {
        JsonBuffer json = new JsonBuffer();
        writeTo(json);
        return json.take();
    }

    void writeTo(JsonBuffer json) {
        json.raw("{\"error\":{\"message\":")
                .string(message)
                .raw(",\"type\":")
                .string(type)
                .raw(",\"param\":")
                .stringOrNull(param)
                .raw(",\"code\":")
                .stringOrNull(code)
                .raw("}}");
    }

    Response toResponse() {
        Response.ResponseBuilder response =
                Response.status(status).type(MediaType.APPLICATION_JSON_TYPE).entity(toJson());
        retryAfterSeconds.ifPresent(seconds -> response.header("Retry-After", seconds));
        return response.build();
    }

    private static String sentence(QuireException error) {
        String message = error.message(Flags::spelled);
        if (message.isEmpty()) {
            return message;
        }
        String started = started(message, error);
        return started.endsWith(".") || started.endsWith("!") ? started : started + ".";
    }

    /** A capital, unless the first word is the name of a field: that is spelt as in the body. */
    private static String started(String message, QuireException error) {
        if (error instanceof InvalidRequestException invalid
                && !invalid.param().isEmpty()
                && message.startsWith(invalid.param() + " ")) {
            String param = invalid.param();
            return "'" + param + "'" + message.substring(param.length());
        }
        return Character.toUpperCase(message.charAt(0)) + message.substring(1);
    }
}
