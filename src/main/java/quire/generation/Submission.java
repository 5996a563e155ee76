package quire.generation;

/**
 * A request on its way into the engine.
 *
 * @param listener hears what becomes of it, on the engine's executor
 */
public record Submission(GenerationRequest request, GenerationListener listener) {}
