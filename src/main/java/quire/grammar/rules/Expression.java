package quire.grammar.rules;

import java.util.List;
import quire.grammar.Grammar;
import quire.grammar.Regex;

/** The right side of a rule. */
public sealed interface Expression {

    /** A text of a regular language. */
    record Terminal(Regex regex) implements Expression {}

    /**
     * What another rule says.
     *
     * @param at where it is named, as an offset into the source
     */
    record Reference(String name, int at) implements Expression {}

    /** One token of the model, whatever its text. */
    record Token(int id) implements Expression {}

    /** A text of a whole grammar. */
    record Embedded(Grammar grammar) implements Expression {}

    /** One after another. */
    record Sequence(List<Expression> parts) implements Expression {

        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** One of several. */
    record Choice(List<Expression> branches) implements Expression {

        public Choice {
            branches = List.copyOf(branches);
        }
    }

    /**
     * One several times.
     *
     * @param max -1 without an end
     */
    record Repeat(Expression body, int min, int max) implements Expression {}

    /** The empty text. */
    Expression EMPTY = new Sequence(List.of());
}
