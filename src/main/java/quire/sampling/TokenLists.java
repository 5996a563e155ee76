package quire.sampling;

import static quire.sampling.SamplingParams.check;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import quire.error.InvalidRequestException;
import quire.error.RequestField;

/** The ranges of those {@link SamplingParams} that name tokens, or texts of them. */
final class TokenLists {

    private static final double MAX_BIAS = 100;

    private TokenLists() {}

    static void checkLogitBias(Map<Integer, Double> logitBias) {
        check(
                logitBias.size() <= SamplingParams.MAX_LOGIT_BIAS,
                "logit_bias",
                logitBias.size() + " tokens",
                "at most " + SamplingParams.MAX_LOGIT_BIAS);
        logitBias.forEach(
                (id, bias) -> {
                    check(id >= 0, "logit_bias", "for token " + id, "token ids from 0");
                    check(
                            Math.abs(bias) <= MAX_BIAS,
                            "logit_bias",
                            bias + " for token " + id,
                            "from -100 to 100");
                });
    }

    static void checkAllowed(List<Integer> ids) {
        check(
                !ids.isEmpty(),
                "allowed_token_ids",
                "an empty list",
                "at least one id, or to be left out, which allows all tokens");
        for (int id : ids) {
            check(id >= 0, "allowed_token_ids", id, "token ids from 0");
        }
    }

    static void checkBadWords(List<String> badWords) {
        check(
                badWords.size() <= SamplingParams.MAX_BAD_WORDS,
                "bad_words",
                badWords.size() + " words",
                "at most " + SamplingParams.MAX_BAD_WORDS);
        for (String word : badWords) {
            check(!word.isEmpty(), "bad_words", "an empty word", "at least one character each");
            check(
                    word.length() <= SamplingParams.MAX_BAD_WORD_LENGTH,
                    "bad_words",
                    "a word of " + word.length() + " characters",
                    "at most " + SamplingParams.MAX_BAD_WORD_LENGTH);
        }
    }

    static void checkIds(String param, Collection<Integer> ids, int vocabSize) {
        for (int id : ids) {
            if (id < 0 || id >= vocabSize) {
                throw new InvalidRequestException(
                        param,
                        RequestField.named(param)
                                + " has "
                                + id
                                + ", which is none of the model's "
                                + vocabSize
                                + " tokens; allowed: ids from 0 to "
                                + (vocabSize - 1)
                                + ".");
            }
        }
    }
}
