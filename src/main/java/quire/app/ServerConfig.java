package quire.app;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.annotations.StaticInitSafe;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.SmallRyeConfigBuilderCustomizer;
import io.smallrye.config.SysPropConfigSource;
import io.smallrye.config.common.AbstractConfigSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import quire.settings.Flags;
import quire.settings.LogFormat;
import quire.settings.LogLevel;
import quire.settings.Settings;

/**
 * What speaks to the framework. Of {@code quire serve}: its flags, then the system properties of
 * {@code JAVA_OPTS}, then what the build wrote into the jar, and nothing else. No file and no
 * variable of the place where it was typed may open the server or move its port. Tests and {@code
 * quarkus:dev} keep the framework's usual sources below the flags.
 */
@StaticInitSafe
public final class ServerConfig implements SmallRyeConfigBuilderCustomizer {

    static {
        // The gate looks at paths itself and says what is wrong with one; the framework would
        // answer
        // with a status alone.
        System.setProperty("vertx.disableURIValidation", "true");
    }

    @Override
    public void configBuilder(SmallRyeConfigBuilder builder) {
        if (Settings.started().isPresent() && LaunchMode.current().isProduction()) {
            builder.setAddDefaultSources(false)
                    .setAddSystemSources(false)
                    .setAddPropertiesSources(false)
                    .setAddDiscoveredSources(false)
                    .withSources(new SysPropConfigSource());
        }
        builder.withSources(new FromFlags());
    }

    /** After the framework's own, which adds what is taken away here. */
    @Override
    public int priority() {
        return Integer.MAX_VALUE;
    }

    /** The framework's properties that flags stand for. Looks late: development starts it early. */
    private static final class FromFlags extends AbstractConfigSource {

        private static final int ABOVE_SYSTEM_PROPERTIES = 500;

        private static final Map<String, Function<Settings, Optional<Object>>> VALUES =
                Map.of(
                        "quarkus.http.host", settings -> Optional.of(settings.of(Flags.HOST)),
                        "quarkus.http.port", settings -> Optional.of(settings.of(Flags.PORT)),
                        "quarkus.log.category.\"quire\".level", FromFlags::level,
                        "quarkus.log.console.level", FromFlags::leastLevel,
                        "quarkus.log.console.json.enabled", FromFlags::json,
                        "quarkus.log.console.json.excluded-keys", FromFlags::withoutFields,
                        "quarkus.log.console.async.enabled", FromFlags::requests);

        /** Without the flag, what JAVA_OPTS says of levels stands. */
        private static Optional<Object> level(Settings settings) {
            LogLevel level = settings.of(Flags.LOG_LEVEL);
            return level == LogLevel.INFO ? Optional.empty() : Optional.of(level.logged());
        }

        /** What is less serious is not written, whoever says it; errors go another way. */
        private static Optional<Object> leastLevel(Settings settings) {
            return level(settings).filter(level -> settings.of(Flags.LOG_LEVEL) != LogLevel.DEBUG);
        }

        private static Optional<Object> json(Settings settings) {
            return Optional.of(settings.of(Flags.LOG_FORMAT) == LogFormat.JSON);
        }

        /** Only lines about answers have fields of their own. */
        private static Optional<Object> withoutFields(Settings settings) {
            return settings.of(Flags.ENABLE_LOG_OUTPUTS)
                    ? Optional.of(
                            "sequence,loggerClassName,threadId,ndc,hostName,processName,processId")
                    : Optional.empty();
        }

        /** Lines about requests come from the event loop, which must not wait for a terminal. */
        private static Optional<Object> requests(Settings settings) {
            return Optional.of(settings.of(Flags.ENABLE_LOG_REQUESTS));
        }

        FromFlags() {
            super("flags of quire serve", ABOVE_SYSTEM_PROPERTIES);
        }

        @Override
        public Set<String> getPropertyNames() {
            return Settings.started().isPresent() ? VALUES.keySet() : Set.of();
        }

        @Override
        public String getValue(String name) {
            Function<Settings, Optional<Object>> value = VALUES.get(name);
            return value == null
                    ? null
                    : Settings.started().flatMap(value).map(Object::toString).orElse(null);
        }
    }
}
