package quire.template.operations;

import java.util.ArrayList;
import java.util.List;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Text;

/** Python's ways to cut strings into parts, and to replace parts of them. */
public final class Splitting {

    private Splitting() {}

    /** {@code text.split(None, max)}: words between white space; a negative max is no limit. */
    static List<Object> words(String text, int max) {
        List<Object> words = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < text.length() && Strings.isSpace(text.charAt(at))) {
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
            while (at < text.length() && !Strings.isSpace(text.charAt(at))) {
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
            while (at > 0 && Strings.isSpace(text.charAt(at - 1))) {
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
            while (at > 0 && !Strings.isSpace(text.charAt(at - 1))) {
                at--;
            }
            words.add(text.substring(at, to));
        }
        return words.reversed();
    }

    public static List<Object> split(Run run, String text, String separator, int max) {
        Search search = new Search(run, separator);
        List<Object> parts = new ArrayList<>();
        int from = 0;
        while (max < 0 || parts.size() < max) {
            int at = search.next(text, from);
            if (at < 0) {
                break;
            }
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    public static List<Object> splitFromEnd(Run run, String text, String separator, int max) {
        Search search = new Search(run, separator);
        List<Object> parts = new ArrayList<>();
        int to = text.length();
        while (max < 0 || parts.size() < max) {
            int at = search.previous(text, to);
            if (at < 0) {
                break;
            }
            parts.add(text.substring(at + separator.length(), to));
            to = at;
        }
        parts.add(text.substring(0, to));
        return parts.reversed();
    }

    /** {@code text.splitlines(keepEnds)}. */
    public static List<Object> lines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            boolean breaks =
                    c >= 10 && c <= 13
                            || c >= 0x1c && c <= 0x1e
                            || c == 0x85
                            || c == 0x2028
                            || c == 0x2029;
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
    public static String replace(Run run, String text, String old, String with, int max) {
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
        Search search = new Search(run, old);
        for (; count != max; count++) {
            int at = search.next(text, from);
            if (at < 0) {
                break;
            }
            out.append(text.substring(from, at)).append(with);
            from = at + old.length();
        }
        return out.append(text.substring(from)).toString();
    }
}
