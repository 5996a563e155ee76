package quire;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The plan of the house: which package lives on which floor, and who may see which library. */
final class House {
    /**
     * Lowest first; the empty name is the root package. A package also stands for those inside it
     * that are not named themselves. Every floor throws exceptions, so that they lie under all of
     * them.
     */
    private static final List<Set<String>> FLOORS =
            List.of(
                    Set.of("error"),
                    Set.of("tensor", "tokenizer", "template", "sampling", "ops.cuda.driver"),
                    Set.of("weights", "ops", "sequence"),
                    Set.of("kvcache", "model", "ops.cpu", "ops.cuda", "ops.reference"),
                    Set.of("scheduler"),
                    Set.of("generation"),
                    Set.of("engine"),
                    Set.of("batcher", "settings", ""),
                    Set.of("rest", "cli", "app"));

    /** What only some may see: the prefix of a class name, and the packages or classes that may. */
    private static final Map<String, Set<String>> QUARANTINES =
            Map.ofEntries(
                    Map.entry("jakarta.", Set.of("rest", "cli", "app")),
                    Map.entry("io.quarkus.", Set.of("rest", "cli", "app")),
                    Map.entry("io.smallrye.", Set.of("rest", "cli", "app")),
                    Map.entry("org.jboss.", Set.of("rest", "cli", "app")),
                    Map.entry("org.eclipse.microprofile.", Set.of("rest", "cli", "app")),
                    Map.entry("io.micrometer.", Set.of("rest", "cli", "app")),
                    Map.entry("picocli.", Set.of("cli")),
                    // Whoever starts the server hands its Vertx to the batcher and knows no more of
                    // it.
                    Map.entry("io.vertx.core.Vertx", Set.of("batcher", "app")),
                    Map.entry("io.vertx.core.Context", Set.of("batcher")),
                    // The API key guards routes that no resource knows: only the router sees them
                    // all.
                    Map.entry("io.vertx.", Set.of("batcher", "rest")),
                    // Only the pipeline of a connection knows that it is idle.
                    Map.entry("io.netty.", Set.of("rest.OwedAnswers")),
                    Map.entry("org.slf4j.", Set.of()),
                    Map.entry("ai.djl.", Set.of("tokenizer")),
                    Map.entry("jcuda.", Set.of("ops.cuda.driver")),
                    Map.entry("java.lang.foreign.Linker", Set.of("ops.cpu", "ops.cuda.driver")),
                    Map.entry(
                            "java.lang.foreign.SymbolLookup", Set.of("ops.cpu", "ops.cuda.driver")),
                    Map.entry("sun.misc.Unsafe", Set.of()));

    /** Why the dependency is not allowed, or empty where it is. */
    static Optional<String> objection(Dependency dependency) {
        JavaClass from = dependency.getOriginClass();
        JavaClass to = dependency.getTargetClass();
        if (to.isArray()) {
            to = to.getBaseComponentType();
        }
        boolean allowed = isOurs(to) ? isBelow(home(from), home(to)) : mayUse(from, to.getName());
        return allowed
                ? Optional.empty()
                : Optional.of(from.getName() + " may not see " + to.getName());
    }

    /**
     * Allowances that nobody uses, of those packages that there are. What the whole top floor may
     * see is where the framework lives, whichever of its packages need it today.
     */
    static Stream<String> staleAllowances(List<JavaClass> classes) {
        return QUARANTINES.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(FLOORS.getLast()))
                .flatMap(
                        entry ->
                                entry.getValue().stream()
                                        .filter(name -> isStale(entry.getKey(), name, classes))
                                        .map(
                                                name ->
                                                        name
                                                                + " may see "
                                                                + entry.getKey()
                                                                + " and does not"));
    }

    private static boolean isStale(String library, String name, List<JavaClass> classes) {
        List<JavaClass> allowed = classes.stream().filter(type -> isWithin(name, type)).toList();
        return !allowed.isEmpty()
                && allowed.stream()
                        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                        .noneMatch(to -> to.getTargetClass().getName().startsWith(library));
    }

    private static boolean isBelow(String from, String to) {
        return to.equals(from) || floor(to) < floor(from);
    }

    private static boolean mayUse(JavaClass from, String library) {
        return QUARANTINES.keySet().stream()
                .filter(library::startsWith)
                .max(Comparator.comparingInt(String::length))
                .map(QUARANTINES::get)
                .map(allowed -> allowed.stream().anyMatch(name -> isWithin(name, from)))
                .orElse(true);
    }

    /** Whether the class is the named one, lies within it, or in the named package. */
    private static boolean isWithin(String name, JavaClass type) {
        return (type.getName() + ".").replace('$', '.').startsWith("quire." + name + ".");
    }

    /** Whether the class is one of ours rather than a library's. */
    static boolean isOurs(JavaClass type) {
        return type.getPackageName().equals("quire") || type.getPackageName().startsWith("quire.");
    }

    /** Whether the class was written by the build rather than by us. */
    static boolean isGenerated(JavaClass type) {
        return isWithin("rest.api", type);
    }

    /** The named package that the class lives in, without the leading {@code quire}. */
    static String home(JavaClass type) {
        if (type.getPackageName().equals("quire")) {
            return "";
        }
        return FLOORS.stream()
                .flatMap(Set::stream)
                .filter(name -> !name.isEmpty() && isWithin(name, type))
                .max(Comparator.comparingInt(String::length))
                .orElseThrow(() -> new AssertionError(type.getName() + " is on no floor"));
    }

    private static int floor(String home) {
        int floor = 0;
        while (!FLOORS.get(floor).contains(home)) {
            floor++;
        }
        return floor;
    }

    private House() {}
}
