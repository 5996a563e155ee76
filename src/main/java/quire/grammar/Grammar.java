package quire.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * A context-free grammar whose terminals are regular languages. Immutable. Terminals meet without
 * anything between them: where one may end, the next may begin, and one that may go on may do that
 * as well.
 */
public final class Grammar {

    final Symbol start;

    private Grammar(Symbol start) {
        this.start = start;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** The grammar of one terminal. */
    public static Grammar of(Regex regex) {
        Builder builder = builder();
        return builder.build(builder.terminal(regex));
    }

    /** Makes the parts of a grammar. Used by one thread. */
    public static final class Builder {

        private final List<Symbol.Rule> rules = new ArrayList<>();

        private Builder() {}

        /** Any string of the language. */
        public Symbol terminal(Regex regex) {
            return new Symbol.Terminal(regex);
        }

        /** The text itself. */
        public Symbol literal(String text) {
            return terminal(Regex.literal(text));
        }

        /** The token of this id and no other, whatever its text: for special tokens. */
        public Symbol token(int id) {
            return new Symbol.Token(id);
        }

        /** One after the other; of none, the empty string. */
        public Symbol sequence(Symbol... parts) {
            return new Symbol.Sequence(List.of(parts));
        }

        /** One of them; of none, nothing at all. */
        public Symbol choice(Symbol... parts) {
            return new Symbol.Choice(List.of(parts));
        }

        /**
         * Repetition.
         *
         * @param max as many at most, or -1 for no end
         */
        public Symbol repeat(Symbol part, int min, int max) {
            if (min < 0 || max < -1 || max >= 0 && max < min) {
                throw new GrammarException(
                        "a repetition from "
                                + min
                                + " to "
                                + max
                                + " times: the first number is to be 0 or more and not above the"
                                + " second");
            }
            return new Symbol.Repeat(part, min, max);
        }

        /**
         * Parts one after the other, as an automaton has them.
         *
         * @param parts none of which may be empty, or begins with the series itself
         */
        public Symbol series(List<Symbol> parts, Automaton<?> automaton) {
            return new Symbol.Series(List.copyOf(parts), automaton);
        }

        /** A rule that is defined later, and that its own body may have inside. */
        public Symbol rule(String name) {
            Symbol.Rule rule = new Symbol.Rule(name);
            rules.add(rule);
            return rule;
        }

        /**
         * Gives a rule of this builder its body.
         *
         * @throws GrammarException if it has one
         */
        public void define(Symbol rule, Symbol body) {
            if (!(rule instanceof Symbol.Rule declared)) {
                throw new IllegalArgumentException("not a rule: " + rule);
            }
            if (declared.body != null) {
                throw new GrammarException("the rule '" + declared.name + "' is defined twice");
            }
            declared.body = body;
        }

        /** Another grammar as a part of this one. */
        public Symbol include(Grammar grammar) {
            return grammar.start;
        }

        /**
         * The grammar of what {@code start} stands for.
         *
         * @throws GrammarException if a rule was declared and not defined
         */
        public Grammar build(Symbol start) {
            for (Symbol.Rule rule : rules) {
                if (rule.body == null) {
                    throw new GrammarException("the rule '" + rule.name + "' is not defined");
                }
            }
            return new Grammar(start);
        }
    }
}
