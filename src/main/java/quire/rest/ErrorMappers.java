package quire.rest;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.quarkus.hibernate.validator.runtime.jaxrs.ResteasyReactiveViolationException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.CharConversionException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import quire.error.QuireException;

/** Gives every failure of a request the shape of OpenAI's errors. */
public final class ErrorMappers {

    private static final Logger LOGGER = System.getLogger(ErrorMappers.class.getName());

    /** What failed in the engine is in the log already, once for all whom it struck. */
    @ServerExceptionMapper
    Response onQuire(QuireException error) {
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
        Response response = onStatus(error);
        return response.getStatus() == 405
                ? Response.fromResponse(response)
                        .header("Allow", String.join(", ", KnownRoutes.methods(uri.getPath())))
                        .build()
                : response;
    }

    /** Our own words, if it has some. */
    private static Response onStatus(WebApplicationException error) {
        Response response = error.getResponse();
        return response.getEntity() instanceof byte[]
                ? response
                : HttpProblems.of(response.getStatus()).toResponse();
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
                return onStatus(http);
            }
        }
        if (error instanceof JacksonException json) {
            return BrokenJson.problem(json).toResponse();
        }
        if (error instanceof CharConversionException) {
            return ApiProblem.ofRequest(400, "The body is not text in UTF-8.", "", "").toResponse();
        }
        LOGGER.log(Level.DEBUG, "A body could not be read", error);
        return ApiProblem.ofRequest(400, "The body could not be read to its end.", "", "")
                .toResponse();
    }
}
