package quire;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectIteration;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs one test in this process: {@code CLASS#METHOD}, or {@code CLASS#METHOD[ITERATION]} of one
 * with parameters. Ends with 0 if it passes, with 1 and its failures if it does not; a test that is
 * skipped does not pass.
 */
final class NamedTest {
    private static final Pattern NAME = Pattern.compile("([\\w.$]+)#(\\w+)(\\[(\\d+)])?");

    private NamedTest() {}

    public static void main(String[] arguments) throws Exception {
        Matcher name = NAME.matcher(arguments[0]);
        if (!name.matches()) {
            throw new IllegalArgumentException(
                    arguments[0] + " is no CLASS#METHOD or CLASS#METHOD[ITERATION]");
        }
        Class<?> type = Class.forName(name.group(1));
        Method method = method(type, name.group(2));
        var selector = selectMethod(type, method);
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(
                                        name.group(4) == null
                                                ? selector
                                                : selectIteration(
                                                        selector, Integer.parseInt(name.group(4))))
                                .build(),
                        listener);
        TestExecutionSummary summary = listener.getSummary();
        summary.printFailuresTo(new PrintWriter(System.out, true));
        boolean passed =
                summary.getTotalFailureCount() == 0
                        && summary.getTestsSucceededCount() > 0
                        && summary.getTestsAbortedCount() == 0;
        System.exit(passed ? 0 : 1);
    }

    /** Of the class or one that it extends. */
    private static Method method(Class<?> type, String name) throws NoSuchMethodException {
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            for (Method method : each.getDeclaredMethods()) {
                if (method.getName().equals(name)) {
                    return method;
                }
            }
        }
        throw new NoSuchMethodException(
                type.getName() + "#" + name + " of " + Arrays.toString(type.getDeclaredMethods()));
    }
}
