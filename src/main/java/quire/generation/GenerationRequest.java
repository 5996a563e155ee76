package quire.generation;

import java.util.Optional;
import quire.error.InvalidRequestException;
import quire.error.RequestField;
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
 * @param form what the answers are to be, where that is not any text
 * @param thought how long the thoughts before them may be, where that is limited
 */
public record GenerationRequest(
        String id,
        int[] promptTokenIds,
        SamplingParams params,
        long priority,
        Optional<String> cacheSalt,
        Display display,
        Optional<AnswerForm> form,
        Optional<ThoughtLimit> thought) {

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

    /** Longest salt in UTF-16 units. */
    public static final int MAX_SALT_LENGTH = 1024;

    public GenerationRequest {
        checkSalt(cacheSalt);
    }

    /**
     * @throws InvalidRequestException if a salt is empty, which is no salt, or too long
     */
    public static void checkSalt(Optional<String> cacheSalt) {
        int length = cacheSalt.map(String::length).orElse(1);
        if (length < 1 || length > MAX_SALT_LENGTH) {
            throw new InvalidRequestException(
                    "cache_salt",
                    "'"
                            + RequestField.named("cache_salt")
                            + "' has "
                            + length
                            + " characters; allowed: from 1 to "
                            + MAX_SALT_LENGTH
                            + ".");
        }
    }

    /** A request with thoughts of any length. */
    public GenerationRequest(
            String id,
            int[] promptTokenIds,
            SamplingParams params,
            long priority,
            Optional<String> cacheSalt,
            Display display,
            Optional<AnswerForm> form) {
        this(id, promptTokenIds, params, priority, cacheSalt, display, form, Optional.empty());
    }

    /** A request for any text. */
    public GenerationRequest(
            String id,
            int[] promptTokenIds,
            SamplingParams params,
            long priority,
            Optional<String> cacheSalt,
            Display display) {
        this(id, promptTokenIds, params, priority, cacheSalt, display, Optional.empty());
    }

    /** A request of the usual priority, without salt. */
    public GenerationRequest(String id, int[] promptTokenIds, SamplingParams params) {
        this(id, promptTokenIds, params, 0, Optional.empty(), Display.TEXT);
    }

    /** The same, with a limit to its thoughts. */
    public GenerationRequest within(Optional<ThoughtLimit> limit) {
        return new GenerationRequest(
                id, promptTokenIds, params, priority, cacheSalt, display, form, limit);
    }
}
