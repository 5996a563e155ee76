package quire;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Lists at the end of a run what was skipped: each reason once, with the number of tests. JUnit
 * finds it as a service. Where the system property {@value #PROPERTY} names a file, the list goes
 * there as {@code FILE.txt} for the end of the build, and {@code FILE.again} holds what {@code
 * -Dtest} takes to run those tests for which something {@link Outside} was missing.
 */
public final class SkippedTests implements TestExecutionListener {

    static final String PROPERTY = "quire.skipped";

    /** For each reason the number of tests. */
    private final Map<String, Integer> counts = new TreeMap<>();

    /** The methods, by class, that may run once what they lack was fetched. */
    private final Map<String, Set<String>> missed = new TreeMap<>();

    private final PrintStream out;
    private TestPlan plan;

    /** For JUnit, which tells everybody. */
    public SkippedTests() {
        this(System.out);
    }

    SkippedTests(PrintStream out) {
        this.out = out;
    }

    @Override
    public synchronized void testPlanExecutionStarted(TestPlan started) {
        plan = started;
        counts.clear();
        missed.clear();
    }

    @Override
    public synchronized void executionSkipped(TestIdentifier test, String reason) {
        count(test, reason);
    }

    @Override
    public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() != TestExecutionResult.Status.ABORTED) {
            return;
        }
        Optional<Throwable> cause = result.getThrowable();
        count(test, cause.map(Throwable::getMessage).orElse("no reason was given"));
        // By name: Quarkus loads the classes of its tests a second time.
        if (cause.filter(c -> c.getClass().getName().equals(Outside.NotHere.class.getName()))
                .isPresent()) {
            source(test).ifPresent(this::miss);
        }
    }

    private void count(TestIdentifier test, String reason) {
        long tests = plan.getDescendants(test).stream().filter(TestIdentifier::isTest).count();
        counts.merge(
                reason.replaceFirst("^Assumption failed: ", ""),
                Math.max(1, (int) tests),
                Integer::sum);
    }

    /** Dynamic tests have no source of their own, their factory has. */
    private Optional<TestSource> source(TestIdentifier test) {
        return test.getSource()
                .filter(source -> source instanceof MethodSource || source instanceof ClassSource)
                .or(() -> plan.getParent(test).flatMap(this::source));
    }

    private void miss(TestSource source) {
        switch (source) {
            case MethodSource method ->
                    missed.computeIfAbsent(method.getClassName(), name -> new TreeSet<>())
                            .add(method.getMethodName());
            case ClassSource type ->
                    missed.computeIfAbsent(type.getClassName(), name -> new TreeSet<>()).add("*");
            default -> throw new IllegalArgumentException(source.toString());
        }
    }

    @Override
    public synchronized void testPlanExecutionFinished(TestPlan finished) {
        if (!counts.isEmpty()) {
            out.println(list());
        }
        String file = System.getProperty(PROPERTY, "");
        if (!file.isBlank()) {
            write(Path.of(file + ".txt"), counts.isEmpty() ? "" : list() + "\n");
            write(Path.of(file + ".again"), again());
        }
    }

    /** The list as people read it. */
    String list() {
        int total = counts.values().stream().mapToInt(Integer::intValue).sum();
        Stream<String> reasons =
                counts.entrySet().stream()
                        .map(entry -> "%6d  %s".formatted(entry.getValue(), entry.getKey()));
        return Stream.concat(Stream.of(total + " tests were skipped:"), reasons)
                .collect(Collectors.joining("\n"));
    }

    /** What {@code -Dtest} takes: classes with their methods. */
    String again() {
        return missed.entrySet().stream()
                .map(entry -> entry.getKey() + "#" + String.join("+", entry.getValue()))
                .collect(Collectors.joining(","));
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
