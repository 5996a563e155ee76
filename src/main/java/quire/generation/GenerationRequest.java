package quire.generation;

import quire.sampling.SamplingParams;

/**
 * What a caller wants generated: one prompt, {@code params.n()} choices.
 *
 * @param id names the request in logs
 * @param promptTokenIds the whole prompt, special tokens included; not modified, must not be
 *     changed by the caller afterwards
 * @param shownTokenIds special tokens that are text of the answer even where it leaves special
 *     tokens out; not modified
 */
public record GenerationRequest(
        String id, int[] promptTokenIds, SamplingParams params, int... shownTokenIds) {}
