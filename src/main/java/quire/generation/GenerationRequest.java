package quire.generation;

import quire.sampling.SamplingParams;

/**
 * What a caller wants generated: one prompt, {@code params.n()} choices.
 *
 * @param id names the request in logs
 * @param promptTokenIds the whole prompt, special tokens included; not modified, must not be
 *     changed by the caller afterwards
 */
public record GenerationRequest(String id, int[] promptTokenIds, SamplingParams params) {}
