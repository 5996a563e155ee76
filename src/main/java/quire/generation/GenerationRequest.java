package quire.generation;

import java.util.Optional;
import quire.sampling.SamplingParams;

/**
 * What a caller wants generated: one prompt, {@code params.n()} choices.
 *
 * @param id names the request in logs
 * @param promptTokenIds the whole prompt, special tokens included; not modified, must not be
 *     changed by the caller afterwards
 * @param priority who has a lower one goes first
 * @param cacheSalt shares cached prefixes only with requests of the same salt
 * @param display how tokens are told
 */
public record GenerationRequest(
        String id,
        int[] promptTokenIds,
        SamplingParams params,
        long priority,
        Optional<String> cacheSalt,
        Display display) {

    /**
     * How the tokens of an answer are told.
     *
     * @param shownTokenIds special tokens that are text of the answer even where it leaves special
     *     tokens out; not modified
     * @param joinsSpecialTokens whether a special token behind another is spelled as it stands in
     *     the vocabulary, without the space that some tokenizers put between tokens
     * @param tellsTokenIds whether outputs have the ids of their tokens
     */
    public record Display(int[] shownTokenIds, boolean joinsSpecialTokens, boolean tellsTokenIds) {

        /** As text alone. */
        public static final Display TEXT = new Display(new int[0], false, false);
    }

    /** A request of the usual priority, without salt. */
    public GenerationRequest(String id, int[] promptTokenIds, SamplingParams params) {
        this(id, promptTokenIds, params, 0, Optional.empty(), Display.TEXT);
    }
}
