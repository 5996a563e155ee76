package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The list at the end of a build counts every skipped test under its reason. */
class SkippedTestsTest {

    /** Tests that are skipped in every way there is; surefire does not look into classes. */
    static class Sample {

        @Test
        void passes() {}

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3})
        void lacksAModel(int round) {
            throw new Outside.NotHere("a model is not here");
        }

        @TestFactory
        Stream<DynamicTest> lacksAModelToo() {
            return Stream.of(DynamicTest.dynamicTest("dynamic", () -> lacksAModel(0)));
        }

        @Test
        void isOnAnotherMachine() {
            Assumptions.assumeTrue(false, "this machine has no such thing");
        }

        @Test
        @Disabled("for a reason")
        void isDisabled() {
            fail();
        }
    }

    static class WholeClass {

        @BeforeEach
        void lacks() {
            throw new Outside.NotHere("a tool is not here");
        }

        @Test
        void first() {}

        @Test
        void second() {}
    }

    @TempDir Path folder;
    private String before;

    @BeforeEach
    void remember() {
        before = System.getProperty(SkippedTests.PROPERTY, "");
        System.setProperty(SkippedTests.PROPERTY, folder.resolve("sample").toString());
    }

    @AfterEach
    void restore() {
        System.setProperty(SkippedTests.PROPERTY, before);
    }

    private static SkippedTests run(Class<?>... classes) {
        SkippedTests skipped = new SkippedTests(new PrintStream(OutputStream.nullOutputStream()));
        Launcher launcher =
                LauncherFactory.create(
                        LauncherConfig.builder()
                                .enableTestExecutionListenerAutoRegistration(false)
                                .enableLauncherSessionListenerAutoRegistration(false)
                                .build());
        launcher.execute(
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(Stream.of(classes).map(DiscoverySelectors::selectClass).toList())
                        .build(),
                skipped);
        return skipped;
    }

    @Test
    void eachReasonIsListedOnceWithTheNumberOfTests() throws Exception {
        SkippedTests skipped = run(Sample.class, WholeClass.class);
        String list =
                """
                8 tests were skipped:
                     2  a tool is not here
                     4  a model is not here
                     1  for a reason
                     1  this machine has no such thing""";
        assertEquals(sorted(list), sorted(skipped.list()));
        assertEquals(skipped.list() + "\n", Files.readString(folder.resolve("sample.txt")));
    }

    private static String sorted(String lines) {
        return String.join("\n", lines.lines().sorted().toList());
    }

    @Test
    void onlyWhatAFetchCanHelpIsRunAgain() throws Exception {
        run(Sample.class, WholeClass.class);
        assertEquals(
                "quire.SkippedTestsTest$Sample#lacksAModel+lacksAModelToo,"
                        + "quire.SkippedTestsTest$WholeClass#first+second",
                Files.readString(folder.resolve("sample.again")));
    }

    @Test
    void anOlderListDoesNotOutliveARunInWhichNothingWasSkipped() throws Exception {
        run(Sample.class);
        run(Everything.class);
        assertEquals("", Files.readString(folder.resolve("sample.txt")));
        assertEquals("", Files.readString(folder.resolve("sample.again")));
    }

    static class Everything {
        @Test
        void passes() {}
    }
}
