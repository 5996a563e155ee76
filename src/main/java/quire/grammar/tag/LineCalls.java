package quire.grammar.tag;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import quire.grammar.Regex;

/**
 * What is taken for a call where it begins a line: in formats without a mark nothing else tells a
 * call from text. Text is kept from whatever could become one.
 */
final class LineCalls {

    /** All strings of bytes. */
    private static final Regex BYTES = Regex.not(Regex.nothing());

    private static final Regex INDENT =
            Regex.repeat(Regex.codePoints(' ', ' ', '\t', '\t', '\r', '\r'), 0, -1);

    /** White space between the parts of a call. */
    static final Regex SPACE = Regex.repeat(Regex.codePoints(whiteSpace()), 0, -1);

    private LineCalls() {}

    private static int[] whiteSpace() {
        return IntStream.range(0, Character.MIN_SURROGATE)
                .filter(Character::isWhitespace)
                .flatMap(c -> IntStream.of(c, c))
                .toArray();
    }

    /**
     * Those of some texts in which no line begins as a call does.
     *
     * @param tools that may be called, named as the format has them
     */
    static Regex without(Regex texts, CallForm.Arguments arguments, List<Tool> tools) {
        Regex call =
                switch (arguments) {
                    case JSON -> object(tools);
                    case PYTHON -> list(tools);
                    case XML -> throw new IllegalArgumentException("calls in XML have marks");
                };
        Regex start = Regex.anyOf(Regex.empty(), Regex.seq(BYTES, Regex.literal("\n")));
        return Regex.both(texts, Regex.not(Regex.seq(start, INDENT, call, BYTES)));
    }

    /** Those of some texts behind which a line begins. */
    static Regex wholeLines(Regex texts) {
        return Regex.both(texts, Regex.anyOf(Regex.empty(), Regex.seq(BYTES, Regex.literal("\n"))));
    }

    /** {@code [NAME(}. */
    private static Regex list(List<Tool> tools) {
        return Regex.seq(Regex.literal("["), SPACE, names(tools), Regex.literal("("));
    }

    /**
     * {@code {"name": "NAME"}, or another of the fields that a call may have in front of its name;
     * also as the first of a list. A name with an escape may be any.
     */
    private static Regex object(List<Tool> tools) {
        Regex string =
                Regex.seq(
                        Regex.literal("\""),
                        Regex.repeat(
                                Regex.anyOf(
                                        Regex.codePoints(0, '!', '#', '[', ']', 0x10FFFF),
                                        Regex.seq(Regex.literal("\\"), Regex.anyCodePoint())),
                                0,
                                -1),
                        Regex.literal("\""));
        Regex word =
                Regex.repeat(
                        Regex.codePoints(0, '!', '#', '+', '-', 'Z', '\\', 'z', '|', 0x10FFFF),
                        0,
                        -1);
        Regex other = key("type", "id");
        Regex passed =
                Regex.seq(other, Regex.anyOf(string, word), SPACE, Regex.literal(","), SPACE);
        Regex named =
                Regex.seq(
                        key("name"),
                        Regex.literal("\""),
                        Regex.anyOf(
                                Regex.seq(names(tools), Regex.literal("\"")),
                                Regex.seq(
                                        Regex.repeat(
                                                Regex.codePoints(0, '!', '#', '[', ']', 0x10FFFF),
                                                0,
                                                -1),
                                        Regex.literal("\\"))));
        Regex nested = Regex.seq(other, Regex.codePoints('[', '[', '{', '{'));
        return Regex.seq(
                Regex.anyOf(Regex.empty(), Regex.seq(Regex.literal("["), SPACE)),
                Regex.literal("{"),
                SPACE,
                Regex.repeat(passed, 0, -1),
                Regex.anyOf(named, nested, key("arguments", "parameters")));
    }

    private static Regex key(String... names) {
        List<Regex> keys = new ArrayList<>();
        for (String name : names) {
            keys.add(Regex.literal('"' + name + '"'));
        }
        return Regex.seq(Regex.anyOf(keys.toArray(Regex[]::new)), SPACE, Regex.literal(":"), SPACE);
    }

    private static Regex names(List<Tool> tools) {
        return Regex.anyOf(
                tools.stream().map(tool -> Regex.literal(tool.name())).toArray(Regex[]::new));
    }
}
