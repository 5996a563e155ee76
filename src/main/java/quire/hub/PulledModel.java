package quire.hub;

import java.nio.file.Path;

/**
 * A model that lies in the cache.
 *
 * @param path a folder with {@code config.json}, or the GGUF file
 * @param commit of the repository
 * @param numFiles that it consists of
 * @param bytes of these
 * @param fetchedBytes of these that this pull brought
 */
public record PulledModel(Path path, String commit, int numFiles, long bytes, long fetchedBytes) {}
