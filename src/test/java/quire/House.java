package quire;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The plan of the house: which package lives on which floor, and who may see which library. */
final class House {
    /** Lowest first. A package also stands for the packages below it that are not named themselves. */
    private static final List<Set<String>> FLOORS =
            List.of(
                    Set.of("tensor", "tokenizer", "template", "sampling"),
                    Set.of("weights", "ops", "sequence"),
                    Set.of("kvcache", "model", "ops.cpu", "ops.cuda", "ops.reference"),
                    Set.of("scheduler"),
                    Set.of("engine"),
                    Set.of("batcher", ""),
                    Set.of("rest", "cli", "app"));

    /** Exceptions are what every floor throws, so that this package lies under all of them. */
    private static final String CELLAR = "error";

    /** What only some may see: the prefix of a class name, and the packages that may. */
    private static final Map<String, Set<String>> QUARANTINES =
            Map.ofEntries(
                    Map.entry("jakarta.", Set.of("rest", "cli", "app")),
                    Map.entry("io.quarkus.", Set.of("rest", "cli", "app")),
                    Map.entry("io.smallrye.", Set.of("rest", "cli", "app")),
                    Map.entry("org.jboss.", Set.of("rest", "cli", "app")),
                    Map.entry("org.eclipse.microprofile.", Set.of("rest", "cli", "app")),
                    Map.entry("io.micrometer.", Set.of("rest", "cli", "app")),
                    Map.entry("picocli.", Set.of("cli")),
                    // Whoever starts the server hands its Vertx to the batcher and knows no more of it.
                    Map.entry("io.vertx.core.Vertx", Set.of("batcher", "app")),
                    Map.entry("io.vertx.core.Context", Set.of("batcher")),
                    // The API key guards routes that no resource knows: only the router sees them all.
                    Map.entry("io.vertx.", Set.of("batcher", "rest")),
                    Map.entry("io.netty.", Set.of()),
                    Map.entry("org.slf4j.", Set.of()),
                    Map.entry("ai.djl.", Set.of("tokenizer")),
                    Map.entry("jcuda.", Set.of("ops.cuda.driver")),
                    Map.entry("java.lang.foreign.Linker", Set.of("ops.cpu", "ops.cuda.driver")),
                    Map.entry("java.lang.foreign.SymbolLookup", Set.of("ops.cpu", "ops.cuda.driver")),
                    Map.entry("sun.misc.Unsafe", Set.of()));

    /** Why the dependency is not allowed, or empty where it is. */
    static Optional<String> objection(Dependency dependency) {
        String from = home(dependency.getOriginClass());
        JavaClass target = elementOf(dependency.getTargetClass());
        if (!isOurs(target)) {
            return objection(from, target.getName())
                    .map(why -> why + ": " + dependency.getDescription());
        }
        String to = home(target);
        if (to.equals(from) || to.equals(CELLAR) || floor(to) < floor(from)) {
            return Optional.empty();
        }
        return Optional.of(
                "%s (floor %d) may not see %s (floor %d): %s"
                        .formatted(
                                shown(from),
                                floor(from),
                                shown(to),
                                floor(to),
                                dependency.getDescription()));
    }

    private static Optional<String> objection(String from, String library) {
        return QUARANTINES.keySet().stream()
                .filter(library::startsWith)
                .max((a, b) -> Integer.compare(a.length(), b.length()))
                .filter(prefix -> QUARANTINES.get(prefix).stream().noneMatch(p -> holds(p, from)))
                .map(prefix -> "%s may not see %s*".formatted(shown(from), prefix));
    }

    /** Whether the class is one of ours rather than a library's. */
    static boolean isOurs(JavaClass type) {
        return type.getPackageName().equals("quire") || type.getPackageName().startsWith("quire.");
    }

    /** Whether the class was written by the build rather than by us. */
    static boolean isGenerated(JavaClass type) {
        return holds("rest.api", below(type));
    }

    /** The named package that the class lives in, without the leading {@code quire}. */
    static String home(JavaClass type) {
        String name = below(type);
        if (holds(CELLAR, name)) {
            return CELLAR;
        }
        return FLOORS.stream()
                .flatMap(Set::stream)
                .filter(named -> named.isEmpty() ? name.isEmpty() : holds(named, name))
                .max((a, b) -> Integer.compare(a.length(), b.length()))
                .orElseThrow(
                        () -> new AssertionError("quire." + name + " has no floor in this plan"));
    }

    private static int floor(String home) {
        for (int floor = 0; floor < FLOORS.size(); floor++) {
            if (FLOORS.get(floor).contains(home)) {
                return floor;
            }
        }
        return -1;
    }

    private static JavaClass elementOf(JavaClass type) {
        return type.isArray() ? type.getBaseComponentType() : type;
    }

    private static String below(JavaClass type) {
        return type.getPackageName().equals("quire")
                ? ""
                : type.getPackageName().substring("quire.".length());
    }

    private static boolean holds(String parent, String name) {
        return name.equals(parent) || name.startsWith(parent + ".");
    }

    private static String shown(String home) {
        return home.isEmpty() ? "quire" : home;
    }

    private House() {}
}
