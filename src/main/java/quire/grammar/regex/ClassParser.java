package quire.grammar.regex;

import java.util.Optional;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;

/** Reads what stands for one character: escapes, and classes in brackets. */
final class ClassParser {

    private static final CodePointSet DIGITS = CodePointSet.of('0', '9');
    private static final CodePointSet WORD =
            CodePointSet.of('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
    private static final CodePointSet SPACE = CodePointSet.of('\t', '\r', ' ', ' ');

    /** Ranges of all classes of a pattern. */
    private static final int MAX_RANGES = 100_000;

    private final PatternScanner in;
    private final Dialect dialect;
    private CodePointSet lastSet = CodePointSet.NONE;
    private int numRanges;

    ClassParser(PatternScanner in, Dialect dialect) {
        this.in = in;
        this.dialect = dialect;
    }

    /** The set that the last escape stood for. */
    CodePointSet lastSet() {
        return lastSet;
    }

    /**
     * Reads a class behind its opening bracket.
     *
     * @param negated whether texts are looked for that must not match
     */
    CodePointSet bracketed(PatternFlags flags, boolean negated) {
        int start = in.at() - 1;
        boolean isComplement = in.take('^');
        CodePointSetBuilder set = new CodePointSetBuilder();
        if (dialect == Dialect.RUST && in.take(']')) {
            set.add(']', ']');
        }
        while (!in.take(']')) {
            if (in.atEnd()) {
                throw in.error(start, "a class that does not end; it wants a ']'");
            }
            int at = in.at();
            int from = item(flags, negated ^ isComplement, at);
            int to = from;
            boolean isRange = in.peek() == '-' && from >= 0;
            if (isRange) {
                int dash = in.at();
                in.next();
                if (in.peek() == ']') {
                    in.back(dash);
                } else {
                    to = item(flags, negated ^ isComplement, in.at());
                    if (to < 0) {
                        // A class is no end of a range, and the dash then is itself.
                        set.add('-', '-');
                        set.add(lastSet);
                        to = from;
                    }
                }
            }
            if (from < 0) {
                set.add(lastSet);
            } else if (to < from) {
                throw in.error(
                        at,
                        "the range "
                                + Character.toString(from)
                                + "-"
                                + Character.toString(to)
                                + " goes backwards");
            } else {
                set.add(from, to);
            }
        }
        CodePointSet whole = set.build();
        countRanges(whole, start);
        if (flags.ignoreCase()) {
            whole = whole.ignoringCase();
        }
        return isComplement ? whole.not() : whole;
    }

    private void countRanges(CodePointSet set, int at) {
        numRanges += set.numRanges();
        if (numRanges > MAX_RANGES) {
            throw new GrammarLimitException(
                    "classes of more than " + MAX_RANGES + " ranges in all", in.place(at));
        }
    }

    /** A character of a class, or -1 for a set. */
    private int item(PatternFlags flags, boolean negated, int at) {
        if (in.atEnd()) {
            throw in.error(at, "a class that does not end; it wants a ']'");
        }
        if (dialect == Dialect.RUST && in.take("[:")) {
            return posix(at);
        }
        int c = in.next();
        if (c != '\\') {
            return c;
        }
        if (in.atEnd()) {
            throw in.error(at, "'\\' has nothing behind it");
        }
        return escape(flags, negated, true, at);
    }

    private int posix(int at) {
        boolean isComplement = in.take('^');
        String name = in.upTo(':', at, "the name of a class");
        if (!in.take(']')) {
            throw in.error(at, "a named class ends with ':]'");
        }
        CodePointSet set =
                switch (name) {
                    case "alnum" -> CodePointSet.of('0', '9', 'A', 'Z', 'a', 'z');
                    case "alpha" -> CodePointSet.of('A', 'Z', 'a', 'z');
                    case "ascii" -> CodePointSet.of(0, 0x7F);
                    case "blank" -> CodePointSet.of('\t', '\t', ' ', ' ');
                    case "cntrl" -> CodePointSet.of(0, 0x1F, 0x7F, 0x7F);
                    case "digit" -> DIGITS;
                    case "graph" -> CodePointSet.of('!', '~');
                    case "lower" -> CodePointSet.of('a', 'z');
                    case "print" -> CodePointSet.of(' ', '~');
                    case "punct" -> CodePointSet.of('!', '/', ':', '@', '[', '`', '{', '~');
                    case "space" -> SPACE;
                    case "upper" -> CodePointSet.of('A', 'Z');
                    case "word" -> WORD;
                    case "xdigit" -> CodePointSet.of('0', '9', 'A', 'F', 'a', 'f');
                    default -> throw in.unsupported(at, "the class [:" + name + ":]");
                };
        lastSet = isComplement ? set.not() : set;
        return -1;
    }

    /**
     * Reads an escape behind its backslash.
     *
     * @param negated whether texts are looked for that must not match
     * @param at where the backslash stands
     * @return the character, or -1 for {@link #lastSet}
     */
    int escape(PatternFlags flags, boolean negated, boolean inClass, int at) {
        int c = in.next();
        return switch (c) {
            case 'd' -> set(digits(flags, negated));
            case 'D' -> set(digits(flags, !negated).not());
            case 'w' -> set(word(flags, negated));
            case 'W' -> set(word(flags, !negated).not());
            case 's' -> set(space(flags, negated));
            case 'S' -> set(space(flags, !negated).not());
            case 'p' -> set(property(at));
            case 'P' -> set(property(at).not());
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'f' -> '\f';
            case 'v' -> 0x0B;
            case 'x' -> hexadecimal(2, at);
            case 'u' -> unicode(at);
            case '0' -> {
                if (in.peek() >= '0' && in.peek() <= '9') {
                    throw in.unsupported(at, "an octal escape");
                }
                yield 0;
            }
            case 'c' -> {
                int letter = in.peek();
                if (letter >= 'A' && letter <= 'Z' || letter >= 'a' && letter <= 'z') {
                    yield in.next() & 0x1F;
                }
                throw in.error(at, "\\c is followed by a letter");
            }
            case 'b' -> {
                if (inClass) {
                    yield '\b';
                }
                throw unknown(c, at);
            }
            case 'a' -> ofRust(7, c, at);
            case 'U' -> ofRust(dialect == Dialect.RUST ? hexadecimal(8, at) : 0, c, at);
            default -> {
                boolean isLetter =
                        c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
                if (isLetter) {
                    throw unknown(c, at);
                }
                yield in.scalar(c, at);
            }
        };
    }

    private int set(CodePointSet set) {
        lastSet = set;
        return -1;
    }

    private int ofRust(int value, int letter, int at) {
        if (dialect != Dialect.RUST) {
            throw unknown(letter, at);
        }
        return value;
    }

    private GrammarException unknown(int c, int at) {
        return in.unsupported(at, "the escape \\" + Character.toString(c));
    }

    /** Where dialects differ, what all have where texts must match, what any has elsewhere. */
    private CodePointSet digits(PatternFlags flags, boolean wide) {
        return wide && dialect == Dialect.RUST && !flags.ascii()
                ? UnicodeProperties.digits()
                : DIGITS;
    }

    private CodePointSet word(PatternFlags flags, boolean wide) {
        return wide && dialect == Dialect.RUST && !flags.ascii()
                ? UnicodeProperties.wordCharacters()
                : WORD;
    }

    private CodePointSet space(PatternFlags flags, boolean wide) {
        if (dialect == Dialect.ECMA) {
            return CodePointSet.of(
                    '\t', '\r', ' ', ' ', 0xA0, 0xA0, 0x1680, 0x1680, 0x2000, 0x200A, 0x2028,
                    0x2029, 0x202F, 0x202F, 0x205F, 0x205F, 0x3000, 0x3000, 0xFEFF, 0xFEFF);
        }
        return wide && !flags.ascii() ? UnicodeProperties.whiteSpace() : SPACE;
    }

    private CodePointSet property(int at) {
        if (in.atEnd()) {
            throw in.error(at, "\\p is followed by '{' and the name of a property");
        }
        boolean braced = in.take('{');
        String name = braced ? in.upTo('}', at, "\\p{…}") : Character.toString(in.next());
        boolean isComplement = name.startsWith("^");
        Optional<CodePointSet> set =
                UnicodeProperties.named(isComplement ? name.substring(1) : name);
        CodePointSet found =
                set.orElseThrow(() -> in.unsupported(at, "the property \\p{" + name + "}"));
        countRanges(found, at);
        return isComplement ? found.not() : found;
    }

    /** Digits, so many or in braces. */
    private int hexadecimal(int digits, int at) {
        int value = in.hex(digits);
        if (value < 0 && in.take('{')) {
            String braced = in.upTo('}', at, "an escape in braces");
            if (!braced.matches("[0-9a-fA-F]{1,8}")) {
                throw in.error(at, "hexadecimal digits stand between the braces of an escape");
            }
            value = Integer.parseUnsignedInt(braced, 16);
        }
        if (value < 0) {
            throw in.error(at, "the escape wants " + digits + " hexadecimal digits, or some in {}");
        }
        return in.scalar(value, at);
    }

    private int unicode(int at) {
        int start = in.at();
        int high = in.hex(4);
        if (high >= Character.MIN_HIGH_SURROGATE && high <= Character.MAX_HIGH_SURROGATE) {
            int behind = in.at();
            int low = in.take("\\u") ? in.hex(4) : -1;
            if (low >= Character.MIN_LOW_SURROGATE && low <= Character.MAX_LOW_SURROGATE) {
                return Character.toCodePoint((char) high, (char) low);
            }
            in.back(behind);
        }
        in.back(start);
        return hexadecimal(4, at);
    }
}
