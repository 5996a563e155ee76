package quire.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/** Python's view of strings: sequences of code points, with its own idea of white space. */
final class Strings {

    private Strings() {}

    static boolean is(Object value) {
        return value instanceof String || value instanceof Markup;
    }

    /** The text of a string or markup. */
    static String text(Object string) {
        return string instanceof Markup markup ? markup.text() : (String) string;
    }

    /** {@code c.isspace()}: Unicode's white space and separators of information. */
    static boolean isSpace(int c) {
        return c >= 9 && c <= 13 || c >= 0x1c && c <= 0x20 || c == 0x85 || c == 0xa0
                || c == 0x1680 || c >= 0x2000 && c <= 0x200a || c == 0x2028 || c == 0x2029
                || c == 0x202f || c == 0x205f || c == 0x3000;
    }

    /** {@code c.isprintable()}. */
    static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE,
                    Character.UNASSIGNED, Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    static int length(Run run, String text) {
        run.charge(text.length() >> 4);
        return text.codePointCount(0, text.length());
    }

    /** The UTF-16 index of a code point; the text's length beyond its end. */
    static int offset(String text, int codePoint) {
        int at = 0;
        for (int i = 0; i < codePoint && at < text.length(); i++) {
            at += Character.isSurrogate(text.charAt(at))
                    ? Character.charCount(text.codePointAt(at)) : 1;
        }
        return at;
    }

    /** Orders by code point, unlike Java's own order by UTF-16 unit. */
    static int compare(String a, String b) {
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
    static String strip(String text, String chars) {
        return stripEnd(stripStart(text, chars), chars);
    }

    static String stripStart(String text, String chars) {
        IntPredicate strips = stripped(chars);
        int from = 0;
        while (from < text.length() && strips.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        return text.substring(from);
    }

    static String stripEnd(String text, String chars) {
        IntPredicate strips = stripped(chars);
        int to = text.length();
        while (to > 0 && strips.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(0, to);
    }

    private static IntPredicate stripped(String chars) {
        return chars == null ? Strings::isSpace : c -> chars.indexOf(c) >= 0;
    }

    /** {@code text.split(None, max)}: words between white space; a negative max is no limit. */
    static List<Object> words(String text, int max) {
        List<Object> words = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < text.length() && isSpace(text.charAt(at))) {
                at++;
            }
            if (at == text.length()) {
                return words;
            }
            if (max >= 0 && words.size() == max) {
                words.add(text.substring(at));
                return words;
            }
            int from = at;
            while (at < text.length() && !isSpace(text.charAt(at))) {
                at++;
            }
            words.add(text.substring(from, at));
        }
    }

    /** {@code text.rsplit(None, max)}. */
    static List<Object> wordsFromEnd(String text, int max) {
        List<Object> words = new ArrayList<>();
        int at = text.length();
        while (true) {
            while (at > 0 && isSpace(text.charAt(at - 1))) {
                at--;
            }
            if (at == 0) {
                break;
            }
            if (max >= 0 && words.size() == max) {
                words.add(text.substring(0, at));
                break;
            }
            int to = at;
            while (at > 0 && !isSpace(text.charAt(at - 1))) {
                at--;
            }
            words.add(text.substring(at, to));
        }
        return words.reversed();
    }

    static List<Object> split(String text, String separator, int max) {
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = text.indexOf(separator); at >= 0 && (max < 0 || parts.size() < max);
                at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    static List<Object> splitFromEnd(String text, String separator, int max) {
        List<Object> parts = new ArrayList<>();
        int to = text.length();
        while (max < 0 || parts.size() < max) {
            int at = text.lastIndexOf(separator, to - separator.length());
            if (at < 0 || to < separator.length()) {
                break;
            }
            parts.add(text.substring(at + separator.length(), to));
            to = at;
        }
        parts.add(text.substring(0, to));
        return parts.reversed();
    }

    /** {@code text.splitlines(keepEnds)}. */
    static List<Object> lines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            boolean breaks = c >= 10 && c <= 13 || c >= 0x1c && c <= 0x1e || c == 0x85
                    || c == 0x2028 || c == 0x2029;
            if (breaks) {
                int end = at;
                if (c == '\r' && text.startsWith("\n", at + 1)) {
                    at++;
                }
                lines.add(text.substring(from, keepEnds ? at + 1 : end));
                from = at + 1;
            }
        }
        if (from < text.length()) {
            lines.add(text.substring(from));
        }
        return lines;
    }

    /** {@code text.replace(old, new, max)}; a negative max is no limit. */
    static String replace(Run run, String text, String old, String with, int max) {
        run.charge(1 + (text.length() >> 3));
        if (max == 0) {
            return text;
        }
        Text out = new Text(run);
        int from = 0;
        int count = 0;
        if (old.isEmpty()) {
            for (; count != max; count++) {
                out.append(with);
                if (from == text.length()) {
                    return out.toString();
                }
                int next = from + Character.charCount(text.codePointAt(from));
                out.append(text.substring(from, next));
                from = next;
            }
            return out.append(text.substring(from)).toString();
        }
        for (int at = text.indexOf(old); at >= 0 && count != max; at = text.indexOf(old, from)) {
            out.append(text.substring(from, at)).append(with);
            from = at + old.length();
            count++;
        }
        return out.append(text.substring(from)).toString();
    }

    static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** {@code text.capitalize()}. */
    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = Character.charCount(text.codePointAt(0));
        return titled(text.codePointAt(0)) + lower(text.substring(first));
    }

    /** {@code text.title()}: every run of cased letters is capitalized. */
    static String title(String text) {
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
                    ? upper.charAt(0) + lower(upper.substring(1)) : upper;
        }
        return Character.toString(title);
    }

    static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    /** True when there are cased letters and all of them pass. */
    static boolean allCased(String text, IntPredicate passes) {
        boolean[] any = new boolean[1];
        boolean all = text.codePoints().filter(Strings::isCased).peek(c -> any[0] = true)
                .allMatch(passes);
        return any[0] && all;
    }
}
