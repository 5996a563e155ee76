package quire.settings;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import quire.error.ConfigurationException;

/**
 * What the text of a flag may be, and what it becomes.
 *
 * @param takes what is allowed, in words for help texts
 * @param arity how many values the flag takes
 * @param secret never to be shown, and never blank: a blank key would be none
 * @param candidates all that it takes, where these are few; else empty
 * @param reader throws {@link ConfigurationException} naming the flag, its value and what is
 *     allowed
 */
public record Kind<T>(
        String takes,
        Arity arity,
        boolean secret,
        List<String> candidates,
        Function<Given, T> reader) {

    /** How many values a flag takes. */
    public enum Arity {
        /**
         * None on the command line, where {@code --no-…} switches it off; true or false elsewhere.
         */
        SWITCH,
        ONE,
        /** One, which may be written as an object in the file of {@code --config}. */
        OBJECT,
        MANY
    }

    private static final int MAX_PORT = 65_535;
    private static final Pattern PORT = Pattern.compile("\\d{1,5}");
    private static final Pattern URL = Pattern.compile("\\w+://.*");
    private static final Pattern PRINTABLE_ASCII = Pattern.compile("[\\x20-\\x7e]*");

    private Kind(String takes, Arity arity, boolean secret, Function<Given, T> reader) {
        this(takes, arity, secret, List.of(), reader);
    }

    /**
     * Reads what was given.
     *
     * @throws ConfigurationException naming the flag, its value and what is allowed
     */
    T read(Given given) {
        return reader.apply(given);
    }

    /** Any text at all. */
    static Kind<String> text() {
        return new Kind<>("text", Arity.ONE, false, Given::text);
    }

    /** The text of a JSON object. */
    static Kind<String> json() {
        return new Kind<>("JSON", Arity.OBJECT, false, Given::text);
    }

    /**
     * A JSON object of variables.
     *
     * @param reserved names that none of them may have
     */
    static Kind<Map<String, Object>> variables(Set<String> reserved) {
        return new Kind<>(
                "JSON", Arity.OBJECT, false, given -> JsonVariables.read(given, reserved));
    }

    static Kind<Path> path() {
        return new Kind<>(
                "path",
                Arity.ONE,
                false,
                given -> {
                    try {
                        return Path.of(given.text());
                    } catch (InvalidPathException e) {
                        throw refuse(given, "is not a path: " + e.getReason());
                    }
                });
    }

    /** The kind, for flags that may be left out and have no default. */
    static <T> Kind<Optional<T>> optional(Kind<T> kind) {
        return new Kind<>(
                kind.takes,
                kind.arity,
                kind.secret,
                kind.candidates,
                given ->
                        given.texts().isEmpty() ? Optional.empty() : Optional.of(kind.read(given)));
    }

    /** The word {@code auto}, which becomes empty, or the kind. */
    static <T> Kind<Optional<T>> orAuto(Kind<T> kind) {
        return new Kind<>(
                "auto, or " + kind.takes,
                kind.arity,
                kind.secret,
                kind.candidates.isEmpty()
                        ? List.of()
                        : Stream.concat(Stream.of("auto"), kind.candidates.stream()).toList(),
                given ->
                        given.text().equalsIgnoreCase("auto")
                                ? Optional.empty()
                                : Optional.of(kind.read(given)));
    }

    /** A whole number, with a unit perhaps. */
    static Kind<Integer> whole(int least, int most) {
        return range(least, most, Integer.MAX_VALUE, Long::intValue);
    }

    /** As {@link #whole}, of 64 bits. */
    static Kind<Long> wholeLong(long least, long most) {
        return range(least, most, Long.MAX_VALUE, Function.identity());
    }

    private static <T> Kind<T> range(long least, long most, long max, Function<Long, T> result) {
        String takes = least + (most == max ? " or more" : " to " + most);
        if (least == Long.MIN_VALUE) {
            takes = "a whole number";
        }
        return new Kind<>(
                takes, Arity.ONE, false, given -> result.apply(Numbers.whole(given, least, most)));
    }

    /** A part of a whole: more than 0, at most 1. */
    static Kind<Double> part() {
        return new Kind<>("above 0, to 1", Arity.ONE, false, Numbers::part);
    }

    /** One of some words, in any case. */
    static <T> Kind<T> choice(Map<String, T> choices) {
        Map<String, T> sorted = new TreeMap<>(choices);
        String words = String.join(", ", sorted.keySet());
        return new Kind<>(
                words,
                Arity.ONE,
                false,
                List.copyOf(sorted.keySet()),
                given -> {
                    T chosen = sorted.get(given.text().strip().toLowerCase(Locale.ROOT));
                    if (chosen == null) {
                        throw refuse(given, "is not one of " + words);
                    }
                    return chosen;
                });
    }

    static Kind<Boolean> toggle() {
        return new Kind<>(
                "true or false",
                Arity.SWITCH,
                false,
                given ->
                        switch (given.text().strip().toLowerCase(Locale.ROOT)) {
                            case "true", "1", "yes", "on" -> true;
                            case "false", "0", "no", "off" -> false;
                            default -> throw refuse(given, "is neither true nor false");
                        });
    }

    /** A switch that is there because people type it, and can only be on. */
    static Kind<Boolean> alwaysOn(String why) {
        return new Kind<>(
                "true",
                Arity.SWITCH,
                false,
                given -> {
                    if (!toggle().read(given)) {
                        throw refuse(given, "is not supported yet: " + why);
                    }
                    return true;
                });
    }

    /** A TCP port; 0 = any that is free. */
    static Kind<Integer> port() {
        return new Kind<>(
                "0 to " + MAX_PORT,
                Arity.ONE,
                false,
                given -> {
                    String digits = given.text().strip();
                    if (!PORT.matcher(digits).matches() || Integer.parseInt(digits) > MAX_PORT) {
                        String hint =
                                "; where Kubernetes sets it for a service that is called quire, set"
                                        + " enableServiceLinks: false or give --port";
                        throw refuse(
                                given,
                                "is not a port from 0 to "
                                        + MAX_PORT
                                        + (URL.matcher(digits).matches() ? hint : ""));
                    }
                    return Integer.parseInt(digits);
                });
    }

    /** A name or an address to listen on; an IPv6 address with or without brackets. */
    static Kind<String> host() {
        return new Kind<>(
                "a name or an address",
                Arity.ONE,
                false,
                given -> {
                    String host = given.text().strip();
                    return host.startsWith("[") && host.endsWith("]")
                            ? host.substring(1, host.length() - 1)
                            : host;
                });
    }

    /** Words, several of them in one text with commas between. */
    static Kind<List<String>> words() {
        return new Kind<>("words", Arity.MANY, false, given -> split(given, ",", "commas"));
    }

    /** Whole numbers, several of them in one text with commas between. */
    static Kind<List<Integer>> wholes(int least, int most) {
        return new Kind<>(
                "numbers from " + least + " to " + most,
                Arity.MANY,
                false,
                given ->
                        split(given, ",", "commas").stream()
                                .map(text -> new Given(given.spelled(), List.of(text)))
                                .map(each -> (int) Numbers.whole(each, least, most))
                                .toList());
    }

    /** Words of one kind, with commas between or as a JSON list. */
    static Kind<List<String>> list(String takes, String word, String example) {
        Pattern pattern = Pattern.compile("\\*|" + word);
        return new Kind<>(takes, Arity.MANY, false, g -> JsonWords.read(g, pattern, example));
    }

    /**
     * Keys, each exactly as it was typed, commas and all. Several in one text stand on lines of
     * their own: a line break is all that a key cannot have.
     */
    static Kind<List<String>> keys() {
        return new Kind<>(
                "keys",
                Arity.MANY,
                true,
                given -> {
                    List<String> keys = split(given, "\\R", "lines");
                    if (!keys.stream().allMatch(key -> PRINTABLE_ASCII.matcher(key).matches())) {
                        throw new ConfigurationException(
                                given.spelled()
                                        + " has a key with characters that no HTTP header can"
                                        + " carry; make keys of printable ASCII");
                    }
                    return keys;
                });
    }

    /** One word that nobody may see. */
    static Kind<String> secretWord() {
        return new Kind<>("a secret", Arity.ONE, true, given -> given.text().strip());
    }

    private static List<String> split(Given given, String separator, String separators) {
        List<String> parts =
                given.texts().stream()
                        .flatMap(text -> Arrays.stream(text.strip().split(separator, -1)))
                        .map(String::strip)
                        .toList();
        if (parts.stream().anyMatch(String::isEmpty)) {
            throw new ConfigurationException(
                    given.spelled() + " has nothing between two " + separators);
        }
        return parts;
    }

    static ConfigurationException refuse(Given given, String why) {
        return new ConfigurationException(given.spelled() + " '" + given.shown() + "' " + why);
    }
}
