package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import quire.WrittenPage;
import quire.settings.Elsewhere;

/**
 * What users of Ollama, vLLM, llama.cpp and the hub's own program type is taken, or answered with
 * what to do here. With the property {@code quire.docs.write} the page about it is written.
 */
class ElsewhereTest {

    private static final Path DOCUMENT = Path.of("docs/words.md");

    /** Ends what people write; the tables follow. */
    private static final String MARK = "<!-- From here on written by ElsewhereTest. -->\n";

    private final StringWriter err = new StringWriter();
    private final CommandLine quire =
            Main.commandLine()
                    .setOut(new PrintWriter(new StringWriter()))
                    .setErr(new PrintWriter(err, true));

    private String refusal(int code, String... typed) {
        err.getBuffer().setLength(0);
        assertEquals(code, quire.execute(Main.dashed(typed)), String.join(" ", typed));
        return err.toString();
    }

    @Test
    void everyWordOfTheTableIsAnswered() {
        for (Elsewhere.Row row : Elsewhere.rows()) {
            for (String where : row.where()) {
                for (String word : row.words()) {
                    assertAnswered(row, where, word);
                }
            }
        }
    }

    private void assertAnswered(Elsewhere.Row row, String where, String word) {
        String what = row.what().replace("{}", where) + "\n";
        boolean isFlag = word.startsWith("-");
        switch (where) {
            case Elsewhere.MODELS ->
                    assertEquals("quire: '" + word + "' " + what, refusal(1, "show", word));
            case Elsewhere.COMMANDS ->
                    assertEquals(
                            isFlag
                                    ? "quire: " + word + " " + what
                                    : "quire: there is no command " + word + " here; " + what,
                            refusal(ExitCode.USAGE, word));
            case Elsewhere.TALKS -> assertTrue(word.startsWith("/"), word);
            default ->
                    assertEquals(
                            "quire: " + word + " " + what,
                            refusal(ExitCode.USAGE, where, word, "o/m"));
        }
    }

    @Test
    void noWordHasTwoAnswers() {
        Set<String> seen = new HashSet<>();
        for (Elsewhere.Row row : Elsewhere.rows()) {
            assertFalse(row.program().isEmpty(), row.toString());
            for (String where : row.where()) {
                for (String word : row.words()) {
                    String bare = word.replaceFirst("^--?", "");
                    assertTrue(seen.add(where + " " + bare), where + " " + word);
                }
            }
        }
        assertTrue(seen.size() > 400, seen.size() + " words");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run m What is this? --verbose",
                "run m -q What? --system-prompt x",
                "run m --reasoning-parser qwen3",
                "serve M --max-num-seqs 4 --enforce-eager --port 8080 --host 0.0.0.0",
                "serve M --max-model-len 4K --gpu-memory-utilization 0.8 --dtype auto",
                "serve M --enable-auto-tool-choice --tool-call-parser hermes --seed 0",
                "serve M --chat-template x --threads 8 --hf-token t --api-key k",
                "serve --model FILE --served-model-name a b",
                "serve M --enable_log_requests --scheduling-policy priority",
                "chat --url http://x/v1 --model-name m -q hi",
                "complete --url http://x/v1 -q hi",
                "pull o/m --revision main",
                "list",
                "rm o/m",
                "show",
                "bench M --threads 2",
                "--version",
                "-V",
                "-h",
                "help serve"
            })
    void whatMeansTheSameHereIsTaken(String typed) {
        Main.commandLine().parseArgs(Main.dashed(typed.split(" ")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "serve -m FILE -hf REPO -ngl 99 -c 4096 -np 4 | -m is spelled --model here",
                "serve -hf REPO:Q4_K_M --port 8080 | -hf is not needed: a name of the hub stands",
                "serve M -ngl 99 -fa on | -ngl is not there: a model is computed as a whole",
                "serve M -tp 2 | -tp is not supported yet; a server computes on one card",
                "serve M --tensor_parallel_size=2 | --tensor-parallel-size is not supported yet;",
                "serve M --speculative-config {} --swap-space 4 | --speculative-config is not",
                "run -hf REPO -cnv | -hf is not needed: a name of the hub stands alone, as in",
                "run m --keepalive 5m | --keepalive is not needed: the model is there until",
                "run m --think=high | --think is the chat template's to say",
                "bench serve --model M | --model is not needed: the model stands alone, as in",
                "-hf REPO | -hf is a flag of no command; the model stands behind one",
                "--port 80 | --port is a flag of serve and stands behind it: quire serve --port",
                "--revision x | --revision is a flag of serve, run,",
                "cp a b | there is no command cp here; quire serve --served-model-name",
                "auth login | there is no command auth here; put a token of the hub into HF_TOKEN"
            })
    void whatIsTypedAsAWholeIsAnsweredByItsFirstWord(String typed, String sentence) {
        String said = refusal(ExitCode.USAGE, typed.split(" "));
        assertTrue(said.startsWith("quire: " + sentence), said);
    }

    @ParameterizedTest
    @CsvSource({"pull, llama3.2", "pull, qwen2.5:7b", "show, deepseek-r1:8b", "plan, mistral"})
    void aNameOfAnotherLibraryIsToldAsOneOfTheHub(String command, String name) {
        String said = refusal(1, command, name, "--download-dir", "/nonexistent");
        String bare = name.replaceFirst(":.*", "");
        assertTrue(said.startsWith("quire: '" + bare + "' is a name of Ollama's library; "), said);
    }

    @Test
    void thePageIsThatOfTheTable() throws IOException {
        WrittenPage.assertEndsWith(DOCUMENT, MARK, tables());
    }

    private static String tables() {
        StringJoiner text = new StringJoiner("\n", "", "\n");
        String program = "";
        for (Elsewhere.Row row : Elsewhere.rows()) {
            if (!row.program().equals(program)) {
                program = row.program();
                text.add("").add("## " + program).add("");
                text.add("| where | typed | here |").add("|---|---|---|");
            }
            boolean isCommand = row.where().equals(List.of(Elsewhere.COMMANDS));
            text.add(
                    "| "
                            + (isCommand ? "a command" : String.join(", ", row.where()))
                            + " | `"
                            + String.join("`, `", row.words())
                            + "` | "
                            + row.what().replace("<", "&lt;").replace("{}", row.where().getFirst())
                            + " |");
        }
        return text.toString();
    }

    /** Commands of other programs in a table's first column. */
    private static final Pattern TYPED =
            Pattern.compile("`(?:ollama|vllm|huggingface-cli|hf) ([a-z-]+)[^`]*`");

    /** A command of ours. */
    private static final Pattern OURS = Pattern.compile("quire (--version|[a-z]+)");

    @Test
    void thePagesAboutMovingSayTheSame() throws IOException {
        int numSeen = 0;
        for (String page : List.of("docs/from-ollama.md", "docs/from-vllm.md")) {
            for (String line : Files.readAllLines(Path.of(page))) {
                String[] columns = line.split(" \\| ", 2);
                if (columns.length == 2) {
                    for (MatchResult typed : TYPED.matcher(columns[0]).results().toList()) {
                        assertSaysTheSame(page, typed.group(1), columns[1]);
                        numSeen++;
                    }
                }
            }
        }
        assertTrue(numSeen > 20, numSeen + " commands");
    }

    /** A command is one of ours, or the table and the page name the same of ours in its place. */
    private void assertSaysTheSame(String page, String typed, String here) {
        Map<String, CommandLine> commands = quire.getSubcommands();
        if (commands.containsKey(typed) || typed.startsWith("-")) {
            return;
        }
        String instead =
                Elsewhere.instead(Elsewhere.COMMANDS, typed)
                        .orElseThrow(() -> new AssertionError(page + ": " + typed));
        Matcher ours = OURS.matcher(instead);
        if (instead.startsWith("use ")) {
            assertTrue(ours.find(), instead);
            assertTrue(here.contains("quire " + ours.group(1)), page + ": " + typed);
        }
    }
}
