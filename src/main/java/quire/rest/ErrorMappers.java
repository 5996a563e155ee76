package quire.rest;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.quarkus.hibernate.validator.runtime.jaxrs.ResteasyReactiveViolationException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.regex.Pattern;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import quire.error.EngineException;
import quire.error.QuireException;

/** Gives every failure of a request the shape of OpenAI's errors. */
public final class ErrorMappers {

    private static final int MAX_SHOWN = 200;

    /** What speaks of the library's settings and our classes. */
    private static final Pattern LIBRARY_DETAILS =
            Pattern.compile(" \\(start marker .*| \\(bound as .*|, from `[^`]*`");

    private static final Logger LOGGER = System.getLogger(ErrorMappers.class.getName());

    @ServerExceptionMapper
    Response onQuire(QuireException error) {
        if (error instanceof EngineException) {
            LOGGER.log(Level.ERROR, "A request was lost", error);
        }
        return ApiProblem.of(error).toResponse();
    }

    @ServerExceptionMapper
    Response onViolation(ResteasyReactiveViolationException error) {
        return Violations.problem(error.getConstraintViolations()).toResponse();
    }

    @ServerExceptionMapper
    Response onMismatch(MismatchedInputException error) {
        return onBody(error);
    }

    @ServerExceptionMapper
    Response onHttp(WebApplicationException error, UriInfo uri) {
        if (error.getCause() instanceof IOException cause) {
            return onBody(cause);
        }
        int status = error.getResponse().getStatus();
        Response response = HttpProblems.of(status).toResponse();
        return status == 405
                ? Response.fromResponse(response)
                        .header("Allow", String.join(", ", KnownRoutes.methods(uri.getPath())))
                        .build()
                : response;
    }

    @ServerExceptionMapper
    Response onConnection(IOException error) {
        LOGGER.log(Level.DEBUG, "A client went away while its request was read", error);
        return HttpProblems.of(400).toResponse();
    }

    @ServerExceptionMapper
    Response onDefect(Throwable error) {
        LOGGER.log(Level.ERROR, "A request failed", error);
        return ApiProblem.internal().toResponse();
    }

    /** A body that could not be read as the JSON it should be. */
    private Response onBody(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof QuireException quire) {
                return onQuire(quire);
            }
            if (cause instanceof WebApplicationException http && http.getCause() == null) {
                return HttpProblems.of(http.getResponse().getStatus()).toResponse();
            }
        }
        if (error instanceof InvalidNullException missing) {
            String field = String.valueOf(missing.getPropertyName());
            return ApiProblem.ofRequest(
                            400, "'" + field + "' has an entry that is null.", field, "")
                    .toResponse();
        }
        if (error instanceof JacksonException json) {
            return ApiProblem.ofRequest(
                            400, "The body is not valid JSON: " + reason(json) + ".", "", "")
                    .toResponse();
        }
        return ApiProblem.ofRequest(
                        400, "The body could not be read: " + error.getMessage() + ".", "", "")
                .toResponse();
    }

    /** What the library says, without the source that it does not show and tokens of any length. */
    private static String reason(JacksonException error) {
        JsonLocation at = error.getLocation();
        String where =
                at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
        String shown = LIBRARY_DETAILS.matcher(error.getOriginalMessage()).replaceAll("");
        return shown.substring(0, Math.min(shown.length(), MAX_SHOWN)) + where;
    }
}
