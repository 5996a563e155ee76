package quire.grammar;

import java.util.List;

/**
 * A part of a grammar, made by a {@link Grammar.Builder}: any number of other parts may have it
 * inside, in any grammar.
 */
public abstract sealed class Symbol {

    /** How deep parts may lie in one another; a rule begins anew. */
    static final int MAX_DEPTH = 1000;

    final int depth;

    private Symbol(int depth) {
        this.depth = depth;
        if (depth > MAX_DEPTH) {
            throw new GrammarLimitException(
                    "parts lie more than "
                            + MAX_DEPTH
                            + " deep in one another; make rules of them");
        }
    }

    private static int depth(List<Symbol> parts) {
        return 1 + parts.stream().mapToInt(part -> part.depth).max().orElse(0);
    }

    static final class Terminal extends Symbol {
        final Regex regex;

        Terminal(Regex regex) {
            super(1);
            this.regex = regex;
        }
    }

    static final class Token extends Symbol {
        final int id;

        Token(int id) {
            super(1);
            this.id = id;
        }
    }

    static final class Sequence extends Symbol {
        final List<Symbol> parts;

        Sequence(List<Symbol> parts) {
            super(Symbol.depth(parts));
            this.parts = parts;
        }
    }

    static final class Choice extends Symbol {
        final List<Symbol> parts;

        Choice(List<Symbol> parts) {
            super(Symbol.depth(parts));
            this.parts = parts;
        }
    }

    static final class Repeat extends Symbol {
        final Symbol part;
        final int min;

        /** -1 for no end. */
        final int max;

        Repeat(Symbol part, int min, int max) {
            super(part.depth + 1);
            this.part = part;
            this.min = min;
            this.max = max;
        }
    }

    static final class Series extends Symbol {
        final List<Symbol> parts;
        final Automaton<?> automaton;

        Series(List<Symbol> parts, Automaton<?> automaton) {
            super(Symbol.depth(parts));
            this.parts = parts;
            this.automaton = automaton;
        }
    }

    static final class Rule extends Symbol {
        final String name;
        Symbol body;

        Rule(String name) {
            super(1);
            this.name = name;
        }
    }
}
