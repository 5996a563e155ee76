package quire.generation;

import java.util.Arrays;
import java.util.concurrent.CompletionException;
import quire.error.EngineException;
import quire.error.InvalidRequestException;
import quire.error.QuireException;
import quire.error.RequestField;
import quire.grammar.GrammarException;
import quire.grammar.Matcher;

/**
 * How far one sequence is in a compiled grammar: takes its tokens and those that are forced behind
 * them, and works out what the next one may be. One thread at a time.
 */
final class GrammarState {

    private static final int[] NONE = {};

    private final Rules rules;
    private final ForcedTokens forcing;
    private final long[] mask;
    private final Matcher before;
    private Matcher matcher;
    private boolean onlyKnown;

    /**
     * What holds besides the grammar.
     *
     * @param param the request field that asks for the grammar
     * @param numTokens ids that a mask has bits for
     * @param ends ids that end a text
     * @param ignoresEnds whether they are never sampled
     * @param forces whether tokens that must come are taken at once, and not each sampled
     */
    record Rules(String param, int numTokens, int[] ends, boolean ignoresEnds, boolean forces) {

        /** One that says what the user of the grammar can do about it. */
        InvalidRequestException refusal(String message) {
            return new InvalidRequestException(
                    param, "'" + RequestField.named(param) + "' cannot be kept: " + message);
        }

        /**
         * What the user of a grammar is told; one that is too hard or wrong is the user's affair.
         */
        QuireException described(Throwable e) {
            return switch (e) {
                case CompletionException wrapped when wrapped.getCause() != null ->
                        described(wrapped.getCause());
                case QuireException known -> known;
                case GrammarException grammar -> refusal(grammar.getMessage());
                case StackOverflowError _ ->
                        refusal("The grammar that the answer is to follow is nested too deeply.");
                default -> new EngineException("a grammar failed: " + e, e);
            };
        }
    }

    GrammarState(Rules rules, Compiled compiled) {
        this.rules = rules;
        this.matcher = compiled.grammar().newMatcher();
        this.before = matcher.copy();
        this.forcing = compiled.forcing();
        this.mask = new long[Math.ceilDiv(rules.numTokens(), Long.SIZE)];
    }

    /**
     * From here on nothing takes longer than a moment, and throws a {@link
     * quire.grammar.NotKnownException} instead, until {@link #endLookingUp}.
     */
    void lookUpOnly() {
        before.goTo(matcher);
        onlyKnown = true;
        matcher.lookUpOnly(true);
    }

    /**
     * @param goBack whether what was done meanwhile is not to count
     */
    void endLookingUp(boolean goBack) {
        if (goBack) {
            matcher.goTo(before);
        }
        onlyKnown = false;
        matcher.lookUpOnly(false);
    }

    /** Takes a token of the sequence, which the mask allowed. */
    void accept(int token) {
        // One that ends the text ends the sequence with it.
        if (!isEnd(token) && !matcher.accept(token)) {
            throw new IllegalStateException("a token that the mask allowed does not fit");
        }
    }

    private boolean isEnd(int token) {
        for (int end : rules.ends()) {
            if (end == token) {
                return true;
            }
        }
        return false;
    }

    /** Takes the tokens, and returns them, that must follow. */
    int[] force() {
        if (!rules.forces() || matcher.mustEnd()) {
            return NONE;
        }
        ForcedTokens.Taken taken = forcing.take(matcher, onlyKnown);
        matcher = taken.matcher();
        return taken.tokenIds();
    }

    /** Whether nothing can follow. */
    boolean isComplete() {
        return matcher.mustEnd();
    }

    /**
     * Works out the mask of the next token.
     *
     * @return false where no token but an end can follow
     * @throws InvalidRequestException if there is no such token either
     */
    boolean fillMask() {
        Arrays.fill(mask, 0);
        matcher.fillMask(mask);
        boolean mayEnd = matcher.mayEnd();
        setEnds(false);
        boolean goesOn = false;
        for (long word : mask) {
            goesOn |= word != 0;
        }
        if (!goesOn && !mayEnd) {
            throw rules.refusal(
                    "No token of the model goes on where the answer's grammar has come to: it asks"
                            + " for text that the model cannot write.");
        }
        setEnds(mayEnd && !rules.ignoresEnds());
        return goesOn;
    }

    private void setEnds(boolean allowed) {
        for (int end : rules.ends()) {
            if (end < rules.numTokens()) {
                long bit = 1L << end;
                int word = end / Long.SIZE;
                mask[word] = allowed ? mask[word] | bit : mask[word] & ~bit;
            }
        }
    }

    /** What {@link #fillMask} worked out: as long as nothing else is called, a bit for each id. */
    long[] mask() {
        return mask;
    }
}
