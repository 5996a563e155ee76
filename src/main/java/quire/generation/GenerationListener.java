package quire.generation;

import quire.error.QuireException;

/**
 * Receives what a generation produces. All calls come from the engine's serial executor (the
 * serving's event loop), in order; implementations return at once and never block.
 */
public interface GenerationListener {

    /**
     * A choice went on by one step, or ended.
     *
     * <p>For each choice exactly one output, its last, has a finish reason; none follows after
     * {@link Generation#cancel} was called on the executor.
     */
    void onOutput(GenerationOutput output);

    /** The generation is lost; no output follows. Called at most once. */
    void onError(QuireException error);
}
