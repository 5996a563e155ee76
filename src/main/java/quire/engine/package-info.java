/**
 * Floor 5: from a folder or file to an engine that runs: what is read, which backend computes and
 * how memory is divided. {@link quire.engine.Backends} is the only place that names backends.
 * Loading belongs to the thread that asks for it.
 */
package quire.engine;
