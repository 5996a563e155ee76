/**
 * Floor 7: continuous batching on a Vert.x event loop, the only package that knows {@code
 * io.vertx}. One context owns all scheduling state; {@code rest} submits from any thread and hears
 * back on it.
 */
package quire.batcher;
