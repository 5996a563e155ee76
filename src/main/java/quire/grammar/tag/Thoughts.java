package quire.grammar.tag;

import java.util.List;
import java.util.Map;
import quire.grammar.Constraint;
import quire.grammar.Grammar;
import quire.grammar.Regex;
import quire.grammar.Symbol;

/** Makes a grammar of answers that a thought may stand in front of. */
public final class Thoughts {

    /** Models put line breaks behind a thought, which belong to it. */
    private static final Regex LINE_BREAKS = Regex.repeat(Regex.literal("\n"), 0, 2);

    /**
     * The grammar of the answer alone, or behind a thought of any text.
     *
     * @param specialTokens ids of the model's special tokens by what they are called
     */
    public static Grammar grammar(
            Constraint.BehindThought thought, Map<String, Integer> specialTokens) {
        Pieces pieces = new Pieces(Grammar.builder(), specialTokens);
        Symbol answer = pieces.include(thought.answer().toGrammar(specialTokens));
        Symbol behind =
                pieces.sequence(
                        pieces.exactly(thought.begin()),
                        pieces.terminal(pieces.textWithout(List.of(thought.end()))),
                        pieces.exactly(thought.end()),
                        pieces.terminal(LINE_BREAKS),
                        answer);
        return pieces.grammar(pieces.choice(List.of(answer, behind)));
    }

    private Thoughts() {}
}
