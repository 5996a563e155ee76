package quire.hub;

import java.time.Instant;

/**
 * A model that a cache has.
 *
 * @param name by which it is served; with a tag where its repository has GGUF files
 * @param bytes of its files, or of what has come of them
 * @param changed when a file of it came last
 * @param whole whether it can be served; else a pull goes on with it
 */
public record CachedModel(ModelName name, long bytes, Instant changed, boolean whole) {}
