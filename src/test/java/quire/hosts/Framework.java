package quire.hosts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Where a framework tells what an application of it is, and in which words. */
enum Framework {
    SPRING_BOOT(
            ".* Tomcat started on port (\\d+) .*",
            ".* Started Application in .*",
            "/v3/api-docs",
            "/actuator/health",
            Set.of("ping"),
            "/actuator/metrics") {
        @Override
        Set<String> healthChecks(String body) {
            return new TreeSet<>(names(json(body).get("components")));
        }

        @Override
        Set<String> meters(String body) {
            Set<String> meters = new TreeSet<>();
            json(body).get("names").forEach(name -> meters.add(name.asText()));
            return meters;
        }
    },

    QUARKUS(
            ".* started in .* Listening on: http://127\\.0\\.0\\.1:(\\d+)",
            ".* Installed features: .*",
            "/q/openapi?format=json",
            "/q/health",
            Set.of("own", "Graceful Shutdown"),
            "/q/metrics") {
        @Override
        Set<String> healthChecks(String body) {
            Set<String> checks = new TreeSet<>();
            json(body).get("checks").forEach(check -> checks.add(check.get("name").asText()));
            return checks;
        }

        @Override
        Set<String> meters(String body) {
            return body.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.replaceFirst("[{ ].*", "").replaceFirst("_total$", ""))
                    .map(name -> name.replace('_', '.'))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    };

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** The line of the log with the port, and the last one of a start. */
    final Pattern listening;

    final Pattern ready;
    final String api;
    final String health;

    /** What the health of the application without Quire is made of. */
    final Set<String> ownHealth;

    final String metrics;

    Framework(
            String listening,
            String ready,
            String api,
            String health,
            Set<String> ownHealth,
            String metrics) {
        this.listening = Pattern.compile(listening);
        this.ready = Pattern.compile(ready);
        this.api = api;
        this.health = health;
        this.ownHealth = ownHealth;
        this.metrics = metrics;
    }

    /** The names of what the application's health is made of. */
    abstract Set<String> healthChecks(String body);

    /** The names of its meters, with dots. */
    abstract Set<String> meters(String body);

    /** The routes of its OpenAPI document. */
    Set<String> routes(String body) {
        return names(json(body).get("paths"));
    }

    static JsonNode json(String body) {
        try {
            return MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            throw new AssertionError(body, e);
        }
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
