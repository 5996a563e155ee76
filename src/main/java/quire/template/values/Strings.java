package quire.template.values;

import java.util.BitSet;
import java.util.Locale;
import java.util.function.IntPredicate;

/** Python's view of strings: sequences of code points, with its own idea of white space. */
public final class Strings {

    private Strings() {}

    public static boolean is(Object value) {
        return value instanceof String || value instanceof Markup;
    }

    /** The text of a string or markup. */
    public static String text(Object string) {
        return string instanceof Markup markup ? markup.text() : (String) string;
    }

    /** {@code c.isspace()}: Unicode's white space and separators of information. */
    public static boolean isSpace(int c) {
        return c >= 9 && c <= 13
                || c >= 0x1c && c <= 0x20
                || c == 0x85
                || c == 0xa0
                || c == 0x1680
                || c >= 0x2000 && c <= 0x200a
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    /** {@code c.isprintable()}. */
    public static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    public static int length(Run run, String text) {
        run.charge(text.length() >> 4);
        return text.codePointCount(0, text.length());
    }

    /** The UTF-16 index of a code point; the text's length beyond its end. */
    public static int offset(String text, int codePoint) {
        int at = 0;
        for (int i = 0; i < codePoint && at < text.length(); i++) {
            at +=
                    Character.isSurrogate(text.charAt(at))
                            ? Character.charCount(text.codePointAt(at))
                            : 1;
        }
        return at;
    }

    /** Orders by code point, unlike Java's own order by UTF-16 unit. */
    public static int compare(String a, String b) {
        int shared = Math.min(a.length(), b.length());
        for (int i = 0; i < shared; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean surrogates = Character.isSurrogate(x) != Character.isSurrogate(y);
                return surrogates ? (Character.isSurrogate(x) ? 1 : -1) : Character.compare(x, y);
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    /** {@code text.strip(chars)}; white space when {@code chars} is null. */
    public static String strip(String text, String chars) {
        return stripEnd(stripStart(text, chars), chars);
    }

    public static String stripStart(String text, String chars) {
        IntPredicate strips = stripped(chars);
        int from = 0;
        while (from < text.length() && strips.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        return text.substring(from);
    }

    public static String stripEnd(String text, String chars) {
        IntPredicate strips = stripped(chars);
        int to = text.length();
        while (to > 0 && strips.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(0, to);
    }

    private static IntPredicate stripped(String chars) {
        if (chars == null) {
            return Strings::isSpace;
        }
        BitSet set = new BitSet();
        chars.codePoints().forEach(set::set);
        return set::get;
    }

    public static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    public static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** {@code text.capitalize()}. */
    public static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = Character.charCount(text.codePointAt(0));
        return titled(text.codePointAt(0)) + lower(text.substring(first));
    }

    /** {@code text.title()}: every run of cased letters is capitalized. */
    public static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            out.append(inWord ? lower(Character.toString(c)) : titled(c));
            inWord = isCased(c);
        }
        return out.toString();
    }

    private static String titled(int c) {
        int title = Character.toTitleCase(c);
        if (title == c && Character.isLowerCase(c)) {
            // Letters such as sharp s have an upper case of several letters only.
            String upper = upper(Character.toString(c));
            return upper.length() > 1 && upper.codePointCount(0, upper.length()) > 1
                    ? upper.charAt(0) + lower(upper.substring(1))
                    : upper;
        }
        return Character.toString(title);
    }

    public static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    /** True when there are cased letters and all of them pass. */
    public static boolean allCased(String text, IntPredicate passes) {
        boolean[] any = new boolean[1];
        boolean all =
                text.codePoints()
                        .filter(Strings::isCased)
                        .peek(c -> any[0] = true)
                        .allMatch(passes);
        return any[0] && all;
    }
}
