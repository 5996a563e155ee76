package quire.grammar.schema;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import quire.grammar.Regex;

/**
 * Strings that satisfy some conditions.
 *
 * @param values null for no list of them; otherwise the other conditions are empty
 * @param musts languages that they are in, each with every spelling that JSON has for its strings
 * @param min least number of characters
 * @param max greatest number of characters, -1 for none
 */
record StringSet(Set<String> values, List<Regex> musts, int min, int max) {

    static final StringSet ALL = new StringSet(null, List.of(), 0, -1);

    static StringSet of(Set<String> values) {
        return new StringSet(values, List.of(), 0, -1);
    }

    static StringSet in(Regex must) {
        return new StringSet(null, List.of(must), 0, -1);
    }

    static StringSet ofLength(int min, int max) {
        return new StringSet(null, List.of(), min, max);
    }

    StringSet and(StringSet other) {
        if (values != null) {
            return of(other.filtered(values));
        }
        if (other.values != null) {
            return of(filtered(other.values));
        }
        Set<Regex> all = new LinkedHashSet<>(musts);
        all.addAll(other.musts);
        int lower = max < 0 ? other.max : other.max < 0 ? max : Math.min(max, other.max);
        return new StringSet(null, List.copyOf(all), Math.max(min, other.min), lower);
    }

    private Set<String> filtered(Set<String> candidates) {
        if (equals(ALL)) {
            return candidates;
        }
        Set<String> kept = new LinkedHashSet<>();
        for (String value : candidates) {
            if (has(value)) {
                kept.add(value);
            }
        }
        return kept;
    }

    boolean has(String value) {
        if (values != null) {
            return values.contains(value);
        }
        int length = value.codePointCount(0, value.length());
        if (length < min || max >= 0 && length > max) {
            return false;
        }
        byte[] text = JsonText.content(value).getBytes(StandardCharsets.UTF_8);
        return musts.stream().allMatch(must -> must.matches(text));
    }

    /** Sets whose union is every string that is not in this one. */
    List<StringSet> complement() {
        List<StringSet> outside = new ArrayList<>();
        if (values != null && !values.isEmpty()) {
            outside.add(in(Regex.not(JsonText.spelled(values))));
        } else if (values != null) {
            outside.add(ALL);
        }
        for (Regex must : musts) {
            outside.add(in(Regex.not(must)));
        }
        if (min > 0) {
            outside.add(ofLength(0, min - 1));
        }
        if (max >= 0) {
            outside.add(ofLength(max + 1, -1));
        }
        return outside;
    }

    /** Whether it is seen to have no string. */
    boolean isNothing() {
        if (values != null) {
            return values.isEmpty();
        }
        return max >= 0 && min > max || !musts.isEmpty() && content().isNothing();
    }

    /** Its strings as JSON text without quotes. */
    Regex content() {
        if (values != null) {
            return JsonText.literals(values);
        }
        Regex all = lengths();
        for (Regex must : musts) {
            all = Regex.both(all, must);
        }
        return all;
    }

    /** Its strings in every spelling, for what is to be matched rather than generated. */
    Regex everySpelling() {
        return values == null ? content() : JsonText.spelled(values);
    }

    private Regex lengths() {
        if (max >= 0 && min > max) {
            return Regex.nothing();
        }
        return min == 0 && max < 0 ? JsonText.TEXT : Regex.repeat(JsonText.CHARACTER, min, max);
    }
}
