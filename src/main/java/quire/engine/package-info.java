/**
 * Floor 4: a model with its scheduler, memory and backend, as one engine. {@link
 * quire.engine.Backends} is the only place that names backends. Scheduling state belongs to the
 * serial executor that drives the engine (an event loop or a thread), forward passes to the {@code
 * quire-engine} thread.
 */
package quire.engine;
