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
     * that are not named themselves. Every floor throws exceptions and belongs to some thread, so
     * that these lie under all of them.
     */
    private static final List<Set<String>> FLOORS =
            List.of(
                    Set.of("error", "natives", "thread"),
                    Set.of(
                            "tensor",
                            "tokenizer",
                            "template",
                            "toolcall",
                            "reasoning",
                            "grammar",
                            "hub",
                            "sampling",
                            "ops.cuda.driver"),
                    Set.of("weights", "ops", "sequence"),
                    Set.of("kvcache", "model", "ops.cpu", "ops.cuda", "ops.reference"),
                    Set.of("scheduler"),
                    Set.of("generation"),
                    Set.of("engine"),
                    Set.of("metrics", "chat", "plan"),
                    Set.of("batcher", "settings", ""),
                    Set.of("rest", "cli", "app", "langchain4j"));

    /** Where the framework lives, whichever of these packages need it today. */
    private static final Set<String> SERVER = Set.of("rest", "cli", "app");

    /**
     * A package that is divided into rooms. Each is a package inside it or itself, and a class that
     * is named lies in a room of its own, wherever its package does.
     *
     * @param floors of the rooms, lowest first
     * @param open what whoever is outside sees
     */
    private record Rooms(List<Set<String>> floors, Set<String> open) {}

    private static final Map<String, Rooms> ROOMS =
            Map.of(
                    "template",
                    new Rooms(
                            List.of(
                                    Set.of("template.TemplateException", "template.TemplateLimits"),
                                    Set.of("template.values"),
                                    Set.of("template.operations"),
                                    Set.of("template.library"),
                                    Set.of("template.syntax"),
                                    Set.of("template.runtime"),
                                    Set.of("template")),
                            Set.of(
                                    "template",
                                    "template.TemplateException",
                                    "template.TemplateLimits")),
                    "grammar",
                    new Rooms(
                            List.of(
                                    Set.of("grammar"),
                                    Set.of("grammar.regex", "grammar.rules"),
                                    Set.of("grammar.schema", "grammar.gbnf"),
                                    Set.of("grammar.lark"),
                                    Set.of("grammar.tag"),
                                    Set.of("grammar.constraint")),
                            Set.of(
                                    "grammar",
                                    "grammar.schema",
                                    "grammar.tag",
                                    "grammar.constraint")));

    /** What shows Quire to another library: it sees the public API and nothing behind it. */
    private static final Set<String> ADAPTERS = Set.of("langchain4j");

    /** What only some may see: the prefix of a class name, and the packages or classes that may. */
    private static final Map<String, Set<String>> QUARANTINES =
            Map.ofEntries(
                    Map.entry("jakarta.", SERVER),
                    Map.entry("io.quarkus.", SERVER),
                    Map.entry("io.smallrye.", SERVER),
                    Map.entry("org.jboss.", SERVER),
                    Map.entry("org.eclipse.microprofile.", SERVER),
                    Map.entry("io.micrometer.", Set.of("app", "metrics", "QuireMetrics")),
                    Map.entry("dev.langchain4j.", Set.of("langchain4j")),
                    Map.entry("picocli.", Set.of("cli")),
                    Map.entry("org.jline.", Set.of("cli.talk")),
                    // Whoever starts the server hands its Vertx to the batcher and knows no more of
                    // it.
                    Map.entry("io.vertx.core.Vertx", Set.of("batcher", "app")),
                    Map.entry("io.vertx.core.Context", Set.of("batcher")),
                    // The API key guards routes that no resource knows: only the router sees them
                    // all.
                    Map.entry("io.vertx.", Set.of("batcher", "rest")),
                    // Only the pipeline of a connection knows that it is idle, sees what is no
                    // request, and knows what has left.
                    Map.entry(
                            "io.netty.",
                            Set.of(
                                    "rest.EarlyErrors",
                                    "rest.HttpPipeline",
                                    "rest.LastWords",
                                    "rest.OwedAnswers")),
                    Map.entry("org.slf4j.", Set.of()),
                    Map.entry("ai.djl.", Set.of("tokenizer")),
                    Map.entry("jcuda.", Set.of("ops.cuda.driver")),
                    Map.entry("java.lang.foreign.Linker", Set.of("ops.cpu", "ops.cuda.driver")),
                    Map.entry(
                            "java.lang.foreign.SymbolLookup",
                            Set.of("natives", "ops.cpu", "ops.cuda.driver")),
                    Map.entry("sun.misc.Unsafe", Set.of()));

    /** Why the dependency is not allowed, or empty where it is. */
    static Optional<String> objection(Dependency dependency) {
        JavaClass from = dependency.getOriginClass();
        JavaClass to = dependency.getTargetClass();
        if (to.isArray()) {
            to = to.getBaseComponentType();
        }
        boolean allowed =
                isOurs(to) ? maySee(from.getName(), to.getName()) : mayUse(from, to.getName());
        return allowed
                ? Optional.empty()
                : Optional.of(from.getName() + " may not see " + to.getName());
    }

    /** Allowances that nobody uses, of those packages that there are. */
    static Stream<String> staleAllowances(List<JavaClass> classes) {
        return QUARANTINES.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(SERVER))
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

    /** Whether one of our classes may see another, both by their full names. */
    static boolean maySee(String from, String to) {
        String home = home(to);
        Rooms rooms = ROOMS.get(home);
        if (home(from).equals(home)) {
            return rooms == null || isBelow(rooms.floors(), room(from, home), room(to, home));
        }
        if (ADAPTERS.contains(home(from))) {
            return home.isEmpty();
        }
        boolean isOpen = rooms == null || rooms.open().contains(room(to, home));
        return isOpen && isBelow(FLOORS, home(from), home);
    }

    private static boolean isBelow(List<Set<String>> floors, String from, String to) {
        return to.equals(from) || floor(floors, to) < floor(floors, from);
    }

    /** The named room that a class lies in; the undivided rest only if its package is that. */
    private static String room(String type, String home) {
        String room = named(type, ROOMS.get(home).floors());
        if (room.equals(home) && !packageOf(type).equals("quire." + home)) {
            throw new AssertionError(type + " is in no room of " + home);
        }
        return room;
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
        return isWithin(name, type.getName());
    }

    private static boolean isWithin(String name, String type) {
        return (type + ".").replace('$', '.').startsWith("quire." + name + ".");
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
        return home(type.getName());
    }

    private static String home(String type) {
        return packageOf(type).equals("quire") ? "" : named(type, FLOORS);
    }

    private static String named(String type, List<Set<String>> floors) {
        return floors.stream()
                .flatMap(Set::stream)
                .filter(name -> !name.isEmpty() && isWithin(name, type))
                .max(Comparator.comparingInt(String::length))
                .orElseThrow(() -> new AssertionError(type + " is on no floor"));
    }

    private static String packageOf(String type) {
        return type.substring(0, type.lastIndexOf('.'));
    }

    private static int floor(List<Set<String>> floors, String home) {
        int floor = 0;
        while (!floors.get(floor).contains(home)) {
            floor++;
        }
        return floor;
    }

    private House() {}
}
