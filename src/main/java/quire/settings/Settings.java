package quire.settings;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import quire.error.ConfigurationException;

/**
 * What {@code quire serve} or {@code quire run} was told of the rows of {@link Flags}. Holds keys,
 * so it has no text form.
 */
public final class Settings {

    private static final String PROPERTY_PREFIX = "quire.";

    /** Those of the command line, on their way into the server of the same process. */
    private static volatile Settings started;

    /** What was given; read once, so that a mistake is told at the start. */
    private final Map<Flag<?>, Object> values = new HashMap<>();

    private Settings(Map<Flag<?>, Given> given) {
        // In the order of the table, so that of two mistakes the same one is told each time.
        for (Flag<?> flag : Flags.all()) {
            if (given.containsKey(flag)) {
                values.put(flag, flag.kind().read(given.get(flag)));
            }
        }
    }

    /**
     * Reads everything that may speak to the server: flags win over the environment, that over the
     * file of {@code --config}, and what loses is not looked into.
     *
     * @param flags of the command line
     * @param environment all variables of the process
     * @throws ConfigurationException naming the first that is unknown, not supported or wrong
     */
    public static Settings read(Map<Flag<?>, Given> flags, Map<String, String> environment) {
        return new Settings(given(flags, environment));
    }

    /**
     * As above, where there is no server: what variables and file say to one is not looked into.
     *
     * @param flags of the command line, which concern the engine
     */
    public static Settings readOfEngine(
            Map<Flag<?>, Given> flags, Map<String, String> environment) {
        Map<String, String> variables = new HashMap<>(environment);
        Flags.all().stream()
                .filter(flag -> flag.scope() == Scope.SERVER)
                .forEach(flag -> variables.remove(Origin.ENVIRONMENT.spell(flag.name())));
        Map<Flag<?>, Given> given = given(flags, variables);
        given.keySet().removeIf(flag -> flag.scope() == Scope.SERVER);
        return new Settings(given);
    }

    private static Map<Flag<?>, Given> given(
            Map<Flag<?>, Given> flags, Map<String, String> environment) {
        Map<Flag<?>, Given> variables = Environment.read(environment);
        Map<Flag<?>, Given> given = new LinkedHashMap<>();
        Given config = flags.getOrDefault(Flags.CONFIG, variables.get(Flags.CONFIG));
        if (config != null) {
            Path file = Flags.CONFIG.kind().read(config).orElseThrow();
            given.putAll(ConfigFile.read(config.spelled(), file));
        }
        given.putAll(variables);
        given.putAll(flags);
        return given;
    }

    /**
     * For a server that no command line started, as in tests.
     *
     * @param lookup the text for a flag's name
     */
    public static Settings lookUp(Function<String, Optional<String>> lookup) {
        Map<Flag<?>, Given> given = new LinkedHashMap<>();
        for (Flag<?> flag : Flags.all()) {
            lookup.apply(flag.name())
                    .ifPresent(
                            text ->
                                    given.put(
                                            flag,
                                            Given.of(Origin.COMMAND_LINE, flag, List.of(text))));
        }
        return new Settings(given);
    }

    /**
     * Refuses system properties that look like flags: {@code JAVA_OPTS} is no way to give one.
     *
     * @param names of all system properties
     * @throws ConfigurationException naming the first
     */
    public static void refuseProperties(Set<String> names) {
        for (Flag<?> flag : Flags.all()) {
            String property = PROPERTY_PREFIX + flag.name();
            if (names.contains(property)) {
                throw new ConfigurationException(
                        "the system property "
                                + property
                                + " is not read; use "
                                + Origin.COMMAND_LINE.spell(flag.name())
                                + " or "
                                + Origin.ENVIRONMENT.spell(flag.name()));
            }
        }
    }

    /** The value of a flag: as given, or its default. */
    @SuppressWarnings("unchecked") // The constructor put it there as the flag's own kind read it.
    public <T> T of(Flag<T> flag) {
        return values.containsKey(flag) ? (T) values.get(flag) : flag.unset();
    }

    /** Hands these to the server that is about to start in this process. */
    public void start() {
        started = this;
    }

    /** What the command line handed over; empty where none ran, as in tests. */
    public static Optional<Settings> started() {
        return Optional.ofNullable(started);
    }
}
