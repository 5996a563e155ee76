package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.golden.GoldenData;
import quire.settings.EngineSettings;

/** {@code quire show} as its users see it. */
class ShowCommandTest {

    private static final Path DEMO = Path.of("models/quire-demo");

    @TempDir Path folder;

    private static String show(int wanted, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] all = Stream.concat(Stream.of("show"), Stream.of(args)).toArray(String[]::new);
        int code =
                Main.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .execute(Main.dashed(all));
        assertEquals(wanted, code, err.toString());
        assertEquals("", wanted == 0 ? err.toString() : out.toString());
        return wanted == 0 ? out.toString() : err.toString().strip();
    }

    private Path copy() throws IOException {
        try (Stream<Path> files = Files.list(DEMO)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        return folder;
    }

    @Test
    void folderSaysWhatItHolds() {
        assertEquals(
                """
                path          models/quire-demo
                architecture  Qwen2ForCausalLM
                parameters    5.8 million, 6 layers
                context       4096 tokens
                weights       BF16 11.0 MiB
                template      for chat
                licence       its files do not say
                """,
                show(0, DEMO.toString()));
    }

    @Test
    void modelThatComesWithQuireHasItsName() throws IOException {
        String demo = show(0, DEMO.toString()).replaceFirst(".*\n", "");
        assertEquals(demo, show(0, "quire-demo").replaceFirst(".*\n", ""));
        assertEquals(demo, show(0).replaceFirst(".*\n", ""));
        assertEquals(
                "quire: there is no 'quire-dem' here, and it is no model's name; did you mean "
                        + EngineSettings.demoModel()
                        + "?\n",
                show(1, "quire-dem") + "\n");
    }

    @Test
    void ggufFileSaysItsQuantisation() {
        String said = show(0, GoldenData.gguf().resolve("quire-demo-Q4_K_M.gguf").toString());
        assertTrue(said.contains("architecture  Qwen2ForCausalLM\n"), said);
        assertTrue(said.matches("(?s).*weights       Q\\w+ \\d.* MiB, .*"), said);
        assertTrue(said.contains("template      for chat\n"), said);
    }

    @Test
    void licenceIsThatOfTheCardAndNothingInItIsObeyed() throws IOException {
        Path model = copy();
        Files.writeString(model.resolve("LICENSE"), "\n   Apache License\n");
        assertTrue(show(0, model.toString()).contains("licence       Apache License\n"));
        Files.writeString(model.resolve("README.md"), "---\nlicense: mit\u001b[2J\n---\n");
        assertTrue(show(0, model.toString()).contains("licence       mit␛[2J\n"));
        Files.writeString(model.resolve("README.md"), "---\nlicense: " + "x".repeat(200));
        assertTrue(show(0, model.toString()).contains("x".repeat(80) + "...\n"));
    }

    @Test
    void modelWithoutATemplateIsForCompletions() throws IOException {
        Path model = copy();
        Files.writeString(model.resolve("tokenizer_config.json"), "{}");
        assertTrue(show(0, model.toString()).contains("none: completions alone\n"));
        Files.writeString(model.resolve("chat_template.jinja"), "x");
        assertTrue(show(0, model.toString()).contains("template      for chat\n"));
    }

    @Test
    void whatIsNotHereIsToldWithTheWayToGetIt() throws IOException {
        assertEquals(
                "quire: owner/name is not in "
                        + folder
                        + ", or not whole; 'quire pull owner/name' brings it, and 'quire plan owner/name'"
                        + " says before what it takes.",
                show(1, "owner/name", "--download-dir", folder.toString()));
        Path snapshot = folder.resolve("models--owner--named/snapshots/" + "a".repeat(40));
        Files.createDirectories(snapshot);
        Files.writeString(snapshot.resolve("model.safetensors"), "x");
        assertTrue(
                show(1, "owner/name", "--download-dir", folder.toString())
                        .contains("; did you mean owner/named? 'quire pull owner/name' brings"));
        assertTrue(show(1, "nope").startsWith("quire: there is no 'nope' here, and it is no"));
        assertTrue(show(1, folder.toString()).contains("has no config.json"));
    }
}
