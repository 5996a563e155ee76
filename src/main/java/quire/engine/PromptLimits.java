package quire.engine;

import java.util.Arrays;
import java.util.OptionalInt;
import quire.error.InvalidRequestException;
import quire.error.RequestField;
import quire.tokenizer.Tokenizer;

/**
 * How long a prompt may be and what is left behind it, for requests over HTTP and those of a Java
 * program. Any thread.
 *
 * @param maxLength longest prompt plus output in tokens
 * @param vocabSize token ids are below this
 */
public record PromptLimits(Tokenizer tokenizer, int maxLength, int vocabSize) {

    /**
     * Characters per token of the model's context above which a text is refused before it is
     * tokenized. Few tokens are so long, and no text is made of those alone.
     */
    public static final int MAX_CHARS_PER_TOKEN = 64;

    private static final int AS_MANY_AS_FIT = -1;

    /**
     * Tokenizes a text that is not so long that it could not fit. Not for event loops.
     *
     * @param field of the request that the text came from
     * @throws InvalidRequestException if it is too long, or no token at all
     */
    public int[] encode(String field, String text, boolean addSpecialTokens) {
        if (text.length() > (long) maxLength * MAX_CHARS_PER_TOKEN) {
            throw tooLong(
                    field,
                    "the text has "
                            + text.length()
                            + " characters, more than "
                            + MAX_CHARS_PER_TOKEN
                            + " for each token");
        }
        return tokens(field, text, addSpecialTokens);
    }

    private int[] tokens(String field, String text, boolean addSpecialTokens) {
        int[] ids = tokenizer.encode(text, addSpecialTokens);
        if (ids.length == 0) {
            throw new InvalidRequestException(field, quoted(field) + " makes no token at all.");
        }
        return ids;
    }

    /**
     * As {@link #encode(String, String, boolean)}, for a text that may be cut.
     *
     * @param kept tokens at its end that are kept; empty for all of them
     * @throws InvalidRequestException if it is too long where it is not cut, or no token at all
     */
    public int[] encode(String field, String text, boolean addSpecialTokens, OptionalInt kept) {
        return kept.isEmpty()
                ? encode(field, text, addSpecialTokens)
                : last(tokens(field, text, addSpecialTokens), kept);
    }

    /** The last tokens of a prompt, or all where nothing is said. */
    public static int[] last(int[] ids, OptionalInt kept) {
        int from = ids.length - Math.min(ids.length, kept.orElse(ids.length));
        return Arrays.copyOfRange(ids, from, ids.length);
    }

    /**
     * How many tokens of a prompt are kept.
     *
     * @param asked that number, or -1 for as many as leave room
     * @param numBehind tokens that are to follow, at least one
     * @throws InvalidRequestException if nothing would be kept, or more than leaves room
     */
    public OptionalInt kept(OptionalInt asked, int numBehind) {
        if (asked.isEmpty()) {
            return asked;
        }
        String field = "truncate_prompt_tokens";
        int most = maxLength - within(maxLength - 1, "max_tokens", numBehind);
        int count = asked.getAsInt() == AS_MANY_AS_FIT ? most : asked.getAsInt();
        if (count < 1 || count > most) {
            throw new InvalidRequestException(
                    field,
                    quoted(field)
                            + " is "
                            + count
                            + "; allowed: from 1 to "
                            + most
                            + ", which leaves room for an answer of "
                            + numBehind
                            + " tokens, or -1 for as many as leave it.");
        }
        return OptionalInt.of(count);
    }

    /**
     * Makes sure that there are such tokens.
     *
     * @param field of the request that the ids came from
     * @throws InvalidRequestException if an id is none of the model's tokens
     */
    public int[] checkIds(String field, int[] ids) {
        for (int id : ids) {
            if (id < 0 || id >= vocabSize) {
                throw new InvalidRequestException(
                        field,
                        quoted(field)
                                + " has token id "
                                + id
                                + ", which is none of the model's "
                                + vocabSize
                                + " tokens.");
            }
        }
        return ids;
    }

    /**
     * Tokens that fit behind a prompt, at least one.
     *
     * @param field of the request that the prompt came from
     * @throws InvalidRequestException if there is no room
     */
    public int room(String field, int numPromptTokens) {
        int room = maxLength - numPromptTokens;
        if (room < 1) {
            throw tooLong(field, "the prompt has " + numPromptTokens);
        }
        return room;
    }

    /**
     * A number of tokens that was asked for.
     *
     * @param field of the request that asked
     * @throws InvalidRequestException if it is more than the room
     */
    public int within(int room, String field, int asked) {
        if (asked > room) {
            throw new InvalidRequestException(
                    field,
                    quoted(field)
                            + " is "
                            + asked
                            + ", but this model's maximum context length is "
                            + maxLength
                            + " tokens and the prompt has "
                            + (maxLength - room)
                            + " of them; ask for at most "
                            + room
                            + ".",
                    "context_length_exceeded");
        }
        return asked;
    }

    private static String quoted(String field) {
        return "'" + RequestField.named(field) + "'";
    }

    private InvalidRequestException tooLong(String field, String what) {
        return new InvalidRequestException(
                field,
                "This model's maximum context length is "
                        + maxLength
                        + " tokens, but "
                        + what
                        + "; shorten it so that there is room for an answer.",
                "context_length_exceeded");
    }
}
