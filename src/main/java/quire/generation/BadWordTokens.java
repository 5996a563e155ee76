package quire.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import quire.error.InvalidRequestException;
import quire.sampling.BadWords;
import quire.tokenizer.Tokenizer;

/**
 * The tokens of bad words: each word as it stands at the start of a text, and as it stands behind a
 * space, as in vLLM's {@code SamplingParams.update_from_tokenizer}. A word of spaces alone is what
 * it is.
 */
final class BadWordTokens {

    private BadWordTokens() {}

    /**
     * Encodes: not for event loops.
     *
     * @throws InvalidRequestException if the words have too many tokens
     */
    static BadWords of(List<String> words, Tokenizer tokenizer) {
        List<int[]> sequences = new ArrayList<>();
        for (String word : words) {
            String stripped = word.stripLeading();
            if (stripped.isEmpty()) {
                add(sequences, tokenizer.encode(word, false));
            } else {
                add(sequences, tokenizer.encode(stripped, false));
                add(sequences, tokenizer.encode(" " + stripped, false));
            }
        }
        return BadWords.of(sequences);
    }

    private static void add(List<int[]> sequences, int[] tokenIds) {
        boolean known = sequences.stream().anyMatch(each -> Arrays.equals(each, tokenIds));
        if (tokenIds.length > 0 && !known) {
            sequences.add(tokenIds);
        }
    }
}
