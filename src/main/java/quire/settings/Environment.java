package quire.settings;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import quire.error.ConfigurationException;

/**
 * The variables {@code QUIRE_…}, each taken as it is: nothing in a value is expanded, split or
 * unescaped before the flag's kind reads it.
 */
final class Environment {

    static final String PREFIX = "QUIRE_";

    /** These are the emulated CUDA driver's, which reads them itself. */
    private static final String EMULATOR = PREFIX + "EMULATOR_";

    /**
     * What Kubernetes sets in every pod beside services that are called quire, quire-api and so on.
     * Nobody typed these.
     */
    private static final Pattern SERVICE_LINK =
            Pattern.compile(
                    "QUIRE_(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_\\d+_(TCP|UDP|SCTP)(_.+)?)");

    private static final Pattern SERVICE_PORT = Pattern.compile("QUIRE_.+_PORT");
    private static final Pattern SERVICE_URL = Pattern.compile("(tcp|udp|sctp)://.*");

    private Environment() {}

    /**
     * Reads the variables that begin with {@code QUIRE_}. A blank one is not set, but for keys: a
     * server that was meant to be closed must not be open.
     *
     * @throws ConfigurationException if one is unknown or not supported, or a key is blank
     */
    static Map<Flag<?>, Given> read(Map<String, String> environment) {
        Map<Flag<?>, Given> given = new LinkedHashMap<>();
        new TreeMap<>(environment)
                .forEach(
                        (variable, value) -> {
                            if (variable.startsWith(PREFIX) && !variable.startsWith(EMULATOR)) {
                                put(given, variable, value);
                            }
                        });
        return given;
    }

    private static void put(Map<Flag<?>, Given> given, String variable, String value) {
        String name =
                variable.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '-');
        Optional<Flag<?>> flag =
                Flags.find(name).filter(known -> Origin.ENVIRONMENT.spell(name).equals(variable));
        if (flag.isEmpty()) {
            if (isServiceLink(variable, value)) {
                return;
            }
            throw new ConfigurationException(Flags.explain(Origin.ENVIRONMENT, name, variable));
        }
        if (!value.isBlank()) {
            given.put(flag.get(), new Given(variable, List.of(value)));
        } else if (flag.get().kind().secret()) {
            throw new ConfigurationException(
                    variable + " is blank, which is no key; give it one or unset the variable");
        }
    }

    private static boolean isServiceLink(String variable, String value) {
        return SERVICE_LINK.matcher(variable).matches()
                || SERVICE_PORT.matcher(variable).matches() && SERVICE_URL.matcher(value).matches();
    }
}
