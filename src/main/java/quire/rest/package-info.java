/**
 * Floor 8: the HTTP API. The interfaces and messages in {@code quire.rest.api} are generated from
 * {@code src/main/openapi/openapi.yaml}; the resources here implement them.
 *
 * <p>Nobody imports this package. Bodies are read, checked, rendered through chat templates and
 * tokenized on virtual threads; a generation's outputs arrive on the server's event loop and leave
 * from there or from the connection's event loop, where nothing waits. {@link quire.rest.HttpGate}
 * and its companions see {@code io.vertx}: the API key guards routes that no resource knows. {@code
 * OwedAnswers}, {@code LastWords} and {@code EarlyErrors} see netty: only a connection knows that
 * it is idle, what it has not sent yet, and what came over it that is no request.
 */
package quire.rest;
