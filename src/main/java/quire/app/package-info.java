/**
 * Floor 8: where Quarkus and the engine meet. Reads the configuration, loads the engine in the
 * background while HTTP already answers health checks, and publishes health and metrics. Produces
 * the beans that {@code rest} injects; nobody imports it.
 */
package quire.app;
