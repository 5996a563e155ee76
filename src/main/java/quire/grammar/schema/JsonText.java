package quire.grammar.schema;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import quire.grammar.Regex;

/** Strings as JSON writes them: languages of what stands between the quotes. */
final class JsonText {

    private static final int SURROGATES = 0xD800;
    private static final int AFTER_SURROGATES = 0xE000;
    private static final int ASTRAL = 0x10000;
    private static final int LAST = 0x10FFFF;

    /** What a backslash and one letter stand for, and those letters, in step. */
    private static final String ESCAPED = "\"\\/\b\f\n\r\t";

    private static final String LETTERS = "\"\\/bfnrt";

    private static final int MAX_KNOWN = 5000;

    /** Spellings of some classes, which take longer to make than to look up. */
    private static final Map<IntBuffer, Regex> KNOWN = new ConcurrentHashMap<>();

    private static final Regex HEX = Regex.codePoints('0', '9', 'A', 'F', 'a', 'f');

    /** By number of hexadecimal digits, all of them. */
    private static final Regex[] ALL_HEX = {
        Regex.empty(), HEX, Regex.seq(HEX, HEX), Regex.seq(HEX, HEX, HEX)
    };

    /** One character in every spelling, and any number of them. */
    static final Regex CHARACTER = codePoints(0, SURROGATES - 1, AFTER_SURROGATES, LAST);

    static final Regex TEXT = Regex.repeat(CHARACTER, 0, -1);

    private JsonText() {}

    /**
     * Characters of a class in every spelling: as they are, with a backslash and a letter, and with
     * four hexadecimal digits, those beyond 16 bits with twice four.
     *
     * @param fromTo first and last of each range of code points, ascending; surrogates are no
     *     characters and are left out
     */
    static Regex codePoints(int... fromTo) {
        IntBuffer key = IntBuffer.wrap(fromTo.clone());
        Regex known = KNOWN.get(key);
        if (known == null) {
            known = spelled(fromTo);
            if (KNOWN.size() < MAX_KNOWN) {
                KNOWN.put(key, known);
            }
        }
        return known;
    }

    private static Regex spelled(int[] fromTo) {
        List<Regex> spellings = new ArrayList<>();
        List<int[]> all = within(fromTo, 0, LAST);
        List<int[]> raw = new ArrayList<>(within(fromTo, 0x20, 0x21));
        raw.addAll(within(fromTo, 0x23, 0x5B));
        raw.addAll(within(fromTo, 0x5D, SURROGATES - 1));
        raw.addAll(within(fromTo, AFTER_SURROGATES, LAST));
        if (!raw.isEmpty()) {
            spellings.add(Regex.codePoints(flat(raw)));
        }
        List<Regex> escapes = new ArrayList<>();
        TreeSet<Integer> letters = new TreeSet<>();
        for (int i = 0; i < ESCAPED.length(); i++) {
            int c = ESCAPED.charAt(i);
            if (all.stream().anyMatch(range -> range[0] <= c && c <= range[1])) {
                letters.add((int) LETTERS.charAt(i));
            }
        }
        if (!letters.isEmpty()) {
            escapes.add(
                    Regex.codePoints(flat(letters.stream().map(c -> new int[] {c, c}).toList())));
        }
        List<Regex> hex = new ArrayList<>();
        List<int[]> plane = new ArrayList<>(within(fromTo, 0, SURROGATES - 1));
        plane.addAll(within(fromTo, AFTER_SURROGATES, ASTRAL - 1));
        if (!plane.isEmpty()) {
            hex.add(hex(plane, 4));
        }
        for (int[] range : within(fromTo, ASTRAL, LAST)) {
            addPairs(range[0] - ASTRAL, range[1] - ASTRAL, hex);
        }
        if (!hex.isEmpty()) {
            escapes.add(Regex.seq(Regex.literal("u"), anyOf(hex)));
        }
        if (!escapes.isEmpty()) {
            spellings.add(Regex.seq(Regex.literal("\\"), anyOf(escapes)));
        }
        return anyOf(spellings);
    }

    /**
     * Pairs of surrogates of characters beyond 16 bits, less 2^16, without the first {@code \\u}.
     */
    private static void addPairs(int from, int to, List<Regex> pairs) {
        int first = from >> 10;
        int last = to >> 10;
        if (first == last) {
            pairs.add(pair(first, first, from & 0x3FF, to & 0x3FF));
            return;
        }
        if ((from & 0x3FF) != 0) {
            pairs.add(pair(first, first, from & 0x3FF, 0x3FF));
            first++;
        }
        if ((to & 0x3FF) != 0x3FF) {
            pairs.add(pair(last, last, 0, to & 0x3FF));
            last--;
        }
        if (first <= last) {
            pairs.add(pair(first, last, 0, 0x3FF));
        }
    }

    private static Regex pair(int firstHigh, int lastHigh, int firstLow, int lastLow) {
        return Regex.seq(
                hex(List.of(new int[] {0xD800 + firstHigh, 0xD800 + lastHigh}), 4),
                Regex.literal("\\u"),
                hex(List.of(new int[] {0xDC00 + firstLow, 0xDC00 + lastLow}), 4));
    }

    /** Numbers of some ranges in so many hexadecimal digits of either case. */
    private static Regex hex(List<int[]> ranges, int digits) {
        if (digits == 0) {
            return Regex.empty();
        }
        int[] first = ranges.getFirst();
        if (digits < ALL_HEX.length && first[0] == 0 && first[1] == (1 << 4 * digits) - 1) {
            return ALL_HEX[digits];
        }
        int unit = 1 << 4 * (digits - 1);
        List<Regex> rests = new ArrayList<>();
        List<List<Integer>> heads = new ArrayList<>();
        for (int digit = 0; digit < 16; digit++) {
            int base = digit * unit;
            List<int[]> rest = new ArrayList<>();
            for (int[] range : ranges) {
                int from = Math.max(range[0], base);
                int to = Math.min(range[1], base + unit - 1);
                if (from <= to) {
                    rest.add(new int[] {from - base, to - base});
                }
            }
            if (!rest.isEmpty()) {
                Regex tail = hex(rest, digits - 1);
                int known = rests.indexOf(tail);
                if (known < 0) {
                    rests.add(tail);
                    heads.add(new ArrayList<>());
                    known = rests.size() - 1;
                }
                heads.get(known).add(digit);
            }
        }
        List<Regex> all = new ArrayList<>();
        for (int i = 0; i < rests.size(); i++) {
            all.add(Regex.seq(digits(heads.get(i)), rests.get(i)));
        }
        return anyOf(all);
    }

    private static Regex digits(List<Integer> values) {
        TreeSet<Integer> characters = new TreeSet<>();
        for (int value : values) {
            characters.add((int) Character.forDigit(value, 16));
            characters.add((int) Character.toUpperCase(Character.forDigit(value, 16)));
        }
        return Regex.codePoints(flat(characters.stream().map(c -> new int[] {c, c}).toList()));
    }

    private static List<int[]> within(int[] fromTo, int first, int last) {
        List<int[]> inside = new ArrayList<>();
        for (int i = 0; i < fromTo.length; i += 2) {
            int from = Math.max(fromTo[i], first);
            int to = Math.min(fromTo[i + 1], last);
            if (from <= to) {
                inside.add(new int[] {from, to});
            }
        }
        return inside;
    }

    private static int[] flat(List<int[]> ranges) {
        int[] fromTo = new int[2 * ranges.size()];
        for (int i = 0; i < ranges.size(); i++) {
            fromTo[2 * i] = ranges.get(i)[0];
            fromTo[2 * i + 1] = ranges.get(i)[1];
        }
        return fromTo;
    }

    /** The one spelling in which declared names and enumerated strings are generated. */
    static String content(String value) {
        StringBuilder text = new StringBuilder(value.length() + 8);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            int letter = c == '/' ? -1 : ESCAPED.indexOf(c);
            if (letter >= 0) {
                text.append('\\').append(LETTERS.charAt(letter));
            } else if (c < 0x20) {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    /** Some strings, each in its one spelling, without quotes. */
    static Regex literals(Collection<String> values) {
        return anyOf(values.stream().map(value -> Regex.literal(content(value))).toList());
    }

    /** Some strings, each in every spelling, without quotes. */
    static Regex spelled(Collection<String> values) {
        List<int[]> words =
                values.stream()
                        .distinct()
                        .map(value -> value.codePoints().toArray())
                        .sorted(Arrays::compare)
                        .toList();
        return words.isEmpty() ? Regex.nothing() : spelled(words, 0);
    }

    /**
     * The rests behind {@code depth} characters of words that agree in those: a tree, so that what
     * one character leaves is small however many words there are.
     */
    private static Regex spelled(List<int[]> words, int depth) {
        int end = depth;
        int[] first = words.getFirst();
        int[] last = words.getLast();
        List<Regex> head = new ArrayList<>();
        while (end < first.length && end < last.length && first[end] == last[end]) {
            head.add(codePoints(first[end], first[end]));
            end++;
        }
        List<Regex> tails = new ArrayList<>();
        int start = 0;
        if (first.length == end) {
            tails.add(Regex.empty());
            start++;
        }
        while (start < words.size()) {
            int character = words.get(start)[end];
            int stop = start + 1;
            while (stop < words.size() && words.get(stop)[end] == character) {
                stop++;
            }
            List<Regex> tail = new ArrayList<>();
            tail.add(codePoints(character, character));
            tail.add(spelled(words.subList(start, stop), end + 1));
            tails.add(Regex.seq(tail.toArray(Regex[]::new)));
            start = stop;
        }
        head.add(anyOf(tails));
        return Regex.seq(head.toArray(Regex[]::new));
    }

    static Regex anyOf(List<Regex> parts) {
        return switch (parts.size()) {
            case 0 -> Regex.nothing();
            case 1 -> parts.getFirst();
            default -> Regex.anyOf(parts.toArray(Regex[]::new));
        };
    }
}
