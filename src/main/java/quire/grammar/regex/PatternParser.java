package quire.grammar.regex;

import java.util.ArrayList;
import java.util.List;
import quire.grammar.GrammarLimitException;

/** Reads the structure of a regular expression: alternatives, groups, quantifiers, assertions. */
final class PatternParser {

    /** Groups in groups; deeper ones are written by nobody, and take stack. */
    private static final int MAX_DEPTH = 200;

    private final PatternScanner in;
    private final Dialect dialect;
    private final ClassParser classes;
    private final Quantifiers quantifiers;
    private PatternFlags flags = PatternFlags.NONE;
    private int depth;

    /** Whether texts are looked for that must not match. */
    private boolean negated;

    PatternParser(PatternScanner in, Dialect dialect) {
        this.in = in;
        this.dialect = dialect;
        this.classes = new ClassParser(in, dialect);
        this.quantifiers = new Quantifiers(in, dialect);
    }

    Node parse() {
        Node whole = alternatives();
        if (!in.atEnd()) {
            throw in.error(in.at(), "')' closes no group");
        }
        return whole;
    }

    private Node alternatives() {
        if (++depth > MAX_DEPTH) {
            throw new GrammarLimitException(
                    "groups in more than " + MAX_DEPTH + " groups", in.place(in.at()));
        }
        List<Node> branches = new ArrayList<>();
        do {
            branches.add(sequence());
        } while (in.take('|'));
        depth--;
        return Node.choice(branches);
    }

    private Node sequence() {
        List<Node> parts = new ArrayList<>();
        skipSpace();
        while (!in.atEnd() && in.peek() != '|' && in.peek() != ')') {
            int at = in.at();
            Node atom = atom();
            if (atom != null) {
                skipSpace();
                parts.add(quantified(atom, at));
            }
            skipSpace();
        }
        return parts.isEmpty() ? Node.EMPTY : Node.sequence(parts);
    }

    /** White space and comments, where a flag says that they mean nothing. */
    private void skipSpace() {
        while (flags.spaced() && !in.atEnd()) {
            if (in.take('#')) {
                while (!in.atEnd() && in.next() != '\n') {
                    // A comment goes on to the end of its line.
                }
            } else if (Character.isWhitespace(in.peek())) {
                in.next();
            } else {
                return;
            }
        }
    }

    /** The next atom; null where what stands there only sets flags or says something. */
    private Node atom() {
        int at = in.at();
        int c = in.next();
        return switch (c) {
            case '(' -> group(at);
            case '[' -> one(classes.bracketed(flags, negated));
            case '.' -> new Node.One(dot());
            case '^' -> new Node.Start(flags.lines());
            case '$' -> new Node.End(flags.lines());
            case '*', '+', '?' ->
                    throw in.error(at, "'" + (char) c + "' has nothing before it to repeat");
            case '{' -> {
                if (quantifiers.counts(at) != null) {
                    throw in.error(at, "a count has nothing before it to repeat");
                }
                yield literal('{');
            }
            case '\\' -> escape(at);
            default -> literal(in.scalar(c, at));
        };
    }

    private CodePointSet dot() {
        if (flags.dotAll()) {
            return CodePointSet.ALL;
        }
        return dialect == Dialect.ECMA
                ? CodePointSet.of('\n', '\n', '\r', '\r', 0x2028, 0x2029).not()
                : CodePointSet.single('\n').not();
    }

    private Node literal(int c) {
        return one(CodePointSet.single(c));
    }

    private Node one(CodePointSet set) {
        return new Node.One(flags.ignoreCase() ? set.ignoringCase() : set);
    }

    private Node escape(int at) {
        if (in.atEnd()) {
            throw in.error(at, "'\\' has nothing behind it");
        }
        int c = in.peek();
        switch (c) {
            case 'b', 'B' -> {
                in.next();
                if (c == 'b' && in.take('{')) {
                    throw in.unsupported(at, "\\b{…}");
                }
                return new Node.WordEdge(c == 'B');
            }
            case 'A', 'z', 'Z' -> {
                if (dialect == Dialect.RUST) {
                    in.next();
                    return c == 'A' ? new Node.Start(false) : new Node.End(false);
                }
            }
            default -> {}
        }
        if (c >= '1' && c <= '9' || c == 'k') {
            throw in.unsupported(at, "a backreference (\\" + (char) c + ")");
        }
        int literal = classes.escape(flags, negated, false, at);
        return literal < 0 ? one(classes.lastSet()) : literal(literal);
    }

    private Node quantified(Node atom, int at) {
        int place = in.at();
        int[] counts = quantifiers.next();
        if (counts == null) {
            return atom;
        }
        if (!isRepeatable(atom)) {
            throw in.error(place, "a quantifier stands behind an assertion");
        }
        if (in.take('+')) {
            throw in.unsupported(place, "a possessive quantifier");
        }
        // A lazy quantifier finds another match, and the same language.
        in.take('?');
        skipSpace();
        int behind = in.at();
        if (quantifiers.next() != null) {
            throw in.error(behind, "a quantifier stands behind another");
        }
        return new Node.Repeat(atom, counts[0], counts[1], at);
    }

    private static boolean isRepeatable(Node atom) {
        return switch (atom) {
            case Node.Start start -> false;
            case Node.End end -> false;
            case Node.WordEdge edge -> false;
            case Node.Ahead ahead -> false;
            case Node.One one -> true;
            case Node.Sequence sequence -> true;
            case Node.Choice choice -> true;
            case Node.Repeat repeat -> true;
        };
    }

    private Node group(int at) {
        if (!in.take('?')) {
            return grouped(at, flags);
        }
        if (in.atEnd()) {
            throw in.error(at, "a group that does not end");
        }
        int c = in.next();
        switch (c) {
            case ':' -> {
                return grouped(at, flags);
            }
            case '=', '!' -> {
                return ahead(at, c == '!');
            }
            case '#' -> {
                while (!in.atEnd()) {
                    if (in.next() == ')') {
                        return null;
                    }
                }
                throw in.error(at, "a comment that does not end");
            }
            case '>' -> throw in.unsupported(at, "an atomic group");
            case '(' -> throw in.unsupported(at, "a conditional group");
            case 'R', '&', '|' -> throw in.unsupported(at, "the group (?" + (char) c);
            case '<' -> {
                if (in.take('=') || in.take('!')) {
                    throw in.unsupported(at, "a lookbehind");
                }
                name(at);
                return grouped(at, flags);
            }
            case 'P' -> {
                if (in.take('=')) {
                    throw in.unsupported(at, "a backreference (?P=…)");
                }
                if (!in.take('<')) {
                    throw in.error(at, "(?P is followed by '<' and the name of a group");
                }
                name(at);
                return grouped(at, flags);
            }
            default -> {
                in.back(in.at() - Character.charCount(c));
                return flagged(at);
            }
        }
    }

    private void name(int at) {
        int start = in.at();
        while (!in.atEnd() && in.peek() != '>') {
            if (!Character.isUnicodeIdentifierPart(in.next())) {
                throw in.error(at, "the name of a group has letters, digits and '_' alone");
            }
        }
        if (in.at() == start || !in.take('>')) {
            throw in.error(at, "the name of a group stands between '<' and '>'");
        }
    }

    private Node flagged(int at) {
        PatternFlags changed = flags.read(in, at);
        if (in.take(')')) {
            // For what is left of the group around it.
            flags = changed;
            return null;
        }
        in.next();
        return grouped(at, changed);
    }

    private Node ahead(int at, boolean mustNot) {
        boolean before = negated;
        negated ^= mustNot;
        Node body = grouped(at, flags);
        negated = before;
        return new Node.Ahead(body, mustNot);
    }

    private Node grouped(int at, PatternFlags inside) {
        PatternFlags before = flags;
        flags = inside;
        Node body = alternatives();
        flags = before;
        if (!in.take(')')) {
            throw in.error(at, "a group that does not end");
        }
        // In a group, an assertion may be repeated.
        return isRepeatable(body)
                ? body
                : new Node.Sequence(List.of(body), body.isPlain(), body.looksBehind());
    }
}
