package quire.hub;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * Where a file comes from.
 *
 * @param connections of the whole pull: a request holds one
 * @param facts hears what goes wrong and is tried again
 */
record Source(
        Hub hub,
        ModelName name,
        String commit,
        RepoFile file,
        Semaphore connections,
        Consumer<String> facts) {

    /** The file for errors: {@code model.safetensors of org/repo}. */
    String what() {
        return file.of(name);
    }

    /** Tries of a part of the file. */
    Retries retries() {
        return hub.retries(what());
    }

    /** Asks for bytes of the file, when a connection is free. */
    void fetch(Hub.Span span, Wire.Body body) throws IOException, InterruptedException {
        connections.acquire();
        try {
            hub.fetch(name, commit, file, span, body);
        } finally {
            connections.release();
        }
    }
}
