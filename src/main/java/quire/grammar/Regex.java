package quire.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A regular language over bytes: immutable, equal by structure. Text is UTF-8, so that a class of
 * code points is a language of one to four bytes.
 */
public final class Regex {

    enum Kind {
        /** No string at all. */
        NOTHING,
        /** The empty string. */
        EMPTY,
        /** What {@code words[from, to)} have after their first {@code offset} bytes. */
        WORDS,
        /** One byte of {@code set}. */
        SET,
        /** {@code parts[0]}, then {@code parts[1]}. */
        SEQUENCE,
        CHOICE,
        BOTH,
        NOT,
        /** {@code parts[0]}, from {@code from} to {@code to} times; {@code to < 0}: no end. */
        REPEAT
    }

    /** How deep expressions may lie in one another. */
    static final int MAX_DEPTH = 1000;

    private static final Regex[] NO_PARTS = {};
    static final Regex NOTHING = new Regex(Kind.NOTHING, NO_PARTS, 0, 0, 0, null, null);
    static final Regex EMPTY = new Regex(Kind.EMPTY, NO_PARTS, 0, 0, 0, null, null);

    /** Every string. */
    static final Regex ANY = new Regex(Kind.NOT, new Regex[] {NOTHING}, 0, 0, 0, null, null);

    final Kind kind;
    final Regex[] parts;
    final int from;
    final int to;
    final int offset;
    final ByteSet set;
    final Words words;
    final long hash;
    final boolean nullable;

    /** Whether a BOTH or NOT is inside: only then may the language be empty without showing it. */
    final boolean logical;

    /** About how many bytes the shortest string has; saturates. */
    final int shortest;

    /** About how much memory it takes, were no part of it in others as well; saturates. */
    final int bytes;

    final int depth;

    Regex(Kind kind, Regex[] parts, int from, int to, int offset, ByteSet set, Words words) {
        this.kind = kind;
        this.parts = parts;
        this.from = from;
        this.to = to;
        this.offset = offset;
        this.set = set;
        this.words = words;
        RegexTraits traits = RegexTraits.of(this);
        this.nullable = traits.nullable();
        this.logical = traits.logical();
        this.shortest = traits.shortest();
        this.depth = traits.depth();
        this.hash = traits.hash();
        this.bytes = traits.bytes();
        if (depth > 2 * MAX_DEPTH) {
            throw new GrammarLimitException(
                    "expressions lie more than " + MAX_DEPTH + " deep in one another");
        }
    }

    /** The language of no string. */
    public static Regex nothing() {
        return NOTHING;
    }

    /** The language of the empty string. */
    public static Regex empty() {
        return EMPTY;
    }

    /** The text itself, in UTF-8. */
    public static Regex literal(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The given bytes, one after the other. */
    public static Regex bytes(byte... bytes) {
        return bytes.length == 0
                ? EMPTY
                : new Regex(Kind.WORDS, NO_PARTS, 0, 1, 0, null, new Words(bytes.clone()));
    }

    /**
     * One byte of some ranges.
     *
     * @param fromTo first and last of each range, 0 to 255
     */
    public static Regex byteSet(int... fromTo) {
        ByteSet set = ByteSet.NONE;
        for (int i = 0; i < fromTo.length; i += 2) {
            set = set.or(ByteSet.range(fromTo[i], fromTo[i + 1]));
        }
        return Combine.set(set);
    }

    /**
     * One code point of some ranges, as UTF-8; surrogates are none.
     *
     * @param fromTo first and last of each range, 0 to 0x10ffff
     */
    public static Regex codePoints(int... fromTo) {
        return Utf8Ranges.regex(fromTo);
    }

    /** One code point, whichever. */
    public static Regex anyCodePoint() {
        return Utf8Ranges.ANY;
    }

    /** One after the other. */
    public static Regex seq(Regex... parts) {
        Regex all = EMPTY;
        for (int i = parts.length - 1; i >= 0; i--) {
            all = Combine.sequence(parts[i], all);
        }
        return checked(all);
    }

    /** One of them. Literals among them become one table, of whatever size. */
    public static Regex anyOf(Regex... choices) {
        List<byte[]> literals = new ArrayList<>();
        List<Regex> others = new ArrayList<>();
        for (Regex choice : choices) {
            if (choice.isTable()) {
                for (int i = 0; i < choice.to; i++) {
                    literals.add(choice.words.word(i));
                }
            } else {
                others.add(choice);
            }
        }
        if (!literals.isEmpty()) {
            Words table = new Words(literals.toArray(byte[][]::new));
            others.add(Combine.words(table, 0, table.size(), 0));
        }
        return checked(Combine.choice(others));
    }

    /** Whether this is a whole table of words, nothing of which was read. */
    boolean isTable() {
        return kind == Kind.WORDS && offset == 0 && from == 0 && to == words.size();
    }

    /** What is in both languages. */
    public static Regex both(Regex one, Regex other) {
        return checked(Combine.both(List.of(one, other)));
    }

    /** Every string of bytes that is not in the language, text or not. */
    public static Regex not(Regex regex) {
        return checked(Combine.not(regex));
    }

    /**
     * Repetition.
     *
     * @param max as many at most, or -1 for no end
     */
    public static Regex repeat(Regex regex, int min, int max) {
        if (min < 0 || max < -1 || max >= 0 && max < min) {
            throw new GrammarException(
                    "a repetition from "
                            + min
                            + " to "
                            + max
                            + " times: the first number is to be"
                            + " 0 or more and not above the second");
        }
        return checked(Combine.repeat(regex, min, max));
    }

    private static Regex checked(Regex regex) {
        if (regex.depth > MAX_DEPTH) {
            throw new GrammarLimitException(
                    "expressions lie more than " + MAX_DEPTH + " deep in one another");
        }
        return regex;
    }

    /**
     * Whether no string is in the language.
     *
     * @throws GrammarLimitException if that takes too long to find out
     */
    public boolean isNothing() {
        return logical ? new Dfa().start(this, new Budget()).isDead() : this == NOTHING;
    }

    /** Whether the bytes are in the language. */
    public boolean matches(byte[] bytes) {
        Derivative derivative = new Derivative();
        Budget budget = new Budget();
        Regex rest = this;
        for (byte value : bytes) {
            rest = derivative.of(rest, value & 0xff, budget);
        }
        return rest.nullable;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Regex regex && same(this, regex);
    }

    private static boolean same(Regex one, Regex other) {
        // The second part of a sequence may be a long chain, so that it is no call.
        while (one != other) {
            if (one.hash != other.hash
                    || one.kind != other.kind
                    || one.from != other.from
                    || one.to != other.to
                    || one.offset != other.offset
                    || one.parts.length != other.parts.length
                    || one.set != null && !one.set.equals(other.set)
                    || one.words != null && !one.words.equals(other.words)) {
                return false;
            }
            int last = one.parts.length - 1;
            for (int i = 0; i < last; i++) {
                if (!same(one.parts[i], other.parts[i])) {
                    return false;
                }
            }
            if (last < 0) {
                return true;
            }
            one = one.parts[last];
            other = other.parts[last];
        }
        return true;
    }

    /** For messages and debuggers: the shape, not a pattern of any syntax. */
    @Override
    public String toString() {
        return switch (kind) {
            case NOTHING, EMPTY -> kind.name();
            case WORDS ->
                    new String(words.word(from), StandardCharsets.UTF_8)
                            + (to - from > 1 ? " and " + (to - from - 1) + " more" : "");
            case SET -> set.toString();
            case REPEAT -> parts[0] + "{" + from + "," + (to < 0 ? "" : to) + "}";
            case SEQUENCE, CHOICE, BOTH, NOT ->
                    kind + Stream.of(parts).map(Regex::toString).toList().toString();
        };
    }
}
