package quire.grammar.tag;

import java.util.List;
import java.util.Map;
import quire.grammar.Grammar;
import quire.grammar.Regex;
import quire.grammar.Symbol;

/** Makes a grammar of answers behind a thought. */
public final class Thoughts {

    /** Models put line breaks behind a thought, which belong to it. */
    private static final Regex LINE_BREAKS = Regex.repeat(Regex.literal("\n"), 0, 2);

    /** The grammar of the answer behind the end of a thought. */
    public static Grammar behind(Grammar answer) {
        Pieces pieces = new Pieces(Grammar.builder(), Map.of());
        return pieces.grammar(
                pieces.sequence(pieces.terminal(LINE_BREAKS), pieces.include(answer)));
    }

    /**
     * The grammar of the answer alone, or behind a thought of any text.
     *
     * @param begin what opens a thought
     * @param end what ends it
     * @param specialTokens ids of the model's special tokens by what they are called
     */
    public static Grammar grammar(
            String begin, String end, Grammar answer, Map<String, Integer> specialTokens) {
        Pieces pieces = new Pieces(Grammar.builder(), specialTokens);
        Symbol alone = pieces.include(answer);
        Symbol behind =
                pieces.sequence(
                        pieces.exactly(begin),
                        // Read as the end whether it was one token or was spelled.
                        pieces.terminal(Pieces.without(List.of(end))),
                        pieces.exactly(end),
                        pieces.terminal(LINE_BREAKS),
                        alone);
        return pieces.grammar(pieces.choice(List.of(alone, behind)));
    }

    private Thoughts() {}
}
