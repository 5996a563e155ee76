package quire.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import quire.Outside;

/** A program with LangChain4j's services, whose models are those of {@code quire-langchain4j}. */
class LangChain4jHostIT {

    private static final Path FOLDER = Path.of("target/hosts/langchain4j");
    private static final Path LIB = FOLDER.resolve("lib");

    @BeforeAll
    static void build() throws Exception {
        PlainProgram.build(
                "langchain4j",
                "-Dlangchain4j.version=" + System.getProperty("quire.langchain4j.version"));
    }

    private static List<String> names(String artifact) throws IOException {
        Path jar = LIB.resolve(artifact + "-" + PlainProgram.VERSION + ".jar");
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.stream()
                    .filter(entry -> !entry.isDirectory())
                    .map(ZipEntry::getName)
                    .sorted()
                    .toList();
        }
    }

    @Test
    void adapterIsItsOwnClassesAndTheEngineHasNoneOfThem() throws IOException {
        List<String> adapter = names("quire-langchain4j");
        assertTrue(adapter.contains("quire/langchain4j/QuireChatModel.class"), adapter::toString);
        assertEquals(
                List.of("META-INF/LICENSE", "META-INF/MANIFEST.MF"),
                adapter.stream()
                        .filter(name -> !name.matches("quire/langchain4j/.*\\.class"))
                        .toList());
        assertEquals(
                List.of(),
                names("quire-engine").stream()
                        .filter(name -> name.startsWith("quire/langchain4j"))
                        .toList());
    }

    @Test
    void servicesAnswerRememberAndStream() throws Exception {
        Outside.CPU_KERNELS.path();
        PlainProgram.Ended ended =
                PlainProgram.java(
                        Map.of(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        PlainProgram.classPath(PlainProgram.jars(LIB), FOLDER.resolve("classes")),
                        "services.Main",
                        "models/quire-demo");
        assertEquals(
                List.of(
                        "answer: The capital of Iraq is Baghdad.",
                        "stream: The capital of France is Paris.",
                        "forgotten tokens: 0"),
                ended.output());
    }
}
