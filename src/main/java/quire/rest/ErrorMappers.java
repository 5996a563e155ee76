package quire.rest;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.quarkus.hibernate.validator.runtime.jaxrs.ResteasyReactiveViolationException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import quire.error.EngineException;
import quire.error.QuireException;

/** Gives every failure of a request the shape of OpenAI's errors. */
public final class ErrorMappers {

    private static final Logger LOGGER = System.getLogger(ErrorMappers.class.getName());

    private ErrorMappers() {}

    @ServerExceptionMapper
    static Response onQuire(QuireException error) {
        if (error instanceof EngineException) {
            LOGGER.log(Level.ERROR, "A request was lost", error);
        }
        return ApiProblem.of(error).toResponse();
    }

    @ServerExceptionMapper
    static Response onViolation(ResteasyReactiveViolationException error) {
        return Violations.problem(error.getConstraintViolations()).toResponse();
    }

    @ServerExceptionMapper
    static Response onMismatch(MismatchedInputException error) {
        return onBody(error);
    }

    @ServerExceptionMapper
    static Response onHttp(WebApplicationException error) {
        if (error.getCause() instanceof IOException cause) {
            return onBody(cause);
        }
        int status = error.getResponse().getStatus();
        Response response = HttpProblems.of(status).toResponse();
        Object allow = error.getResponse().getHeaders().getFirst("Allow");
        return allow == null ? response : Response.fromResponse(response).header("Allow", allow).build();
    }

    @ServerExceptionMapper
    static Response onDefect(Throwable error) {
        LOGGER.log(Level.ERROR, "A request failed", error);
        return ApiProblem.internal().toResponse();
    }

    /** A body that could not be read as the JSON it should be. */
    private static Response onBody(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof QuireException quire) {
                return onQuire(quire);
            }
        }
        if (error instanceof JacksonException json) {
            JsonLocation at = json.getLocation();
            String where = at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
            return ApiProblem.ofRequest(400, "The body is not the JSON that is expected here: "
                    + json.getOriginalMessage() + where + ".", "", "").toResponse();
        }
        return ApiProblem.ofRequest(
                400, "The body could not be read: " + error.getMessage() + ".", "", "").toResponse();
    }
}
