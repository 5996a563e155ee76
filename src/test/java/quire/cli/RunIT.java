package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import quire.cli.talk.FakeServer;
import quire.cli.talk.Pty;

/** {@code quire run}, {@code chat} and {@code complete} as somebody at a terminal meets them. */
class RunIT extends ServerProcess {

    private static final String QUESTION = "What is the capital of France?";

    private List<String> command(String... args) {
        List<String> all = new ArrayList<>(javaCommand());
        all.addAll(List.of(args));
        return all;
    }

    private Map<String, String> environment() {
        return Map.of("XDG_STATE_HOME", folder.resolve("state").toString(), "LC_ALL", "C");
    }

    private record Printed(int code, String out, String err) {}

    /** Runs a line of the shell in which {@code "$@"} is Quire with the arguments. */
    private Printed shell(String line, String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of("sh", "-c", line, "sh"));
        all.addAll(command(args));
        Path out = folder.resolve("stdout");
        ProcessBuilder builder =
                new ProcessBuilder(all)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(errors().toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("QUIRE_"));
        builder.environment().putAll(environment());
        int code = builder.start().waitFor();
        return new Printed(code, Files.readString(out), Files.readString(errors()));
    }

    private String answer(String line, String... args) throws Exception {
        Printed printed = shell(line, args);
        assertEquals("", printed.err);
        assertEquals(0, printed.code);
        return printed.out;
    }

    /** What was said in a terminal, as the session itself wrote it down. */
    private void converse(String... args) throws Exception {
        Path saved = folder.resolve("talk.json");
        try (Pty terminal = new Pty()) {
            terminal.start(command(args), environment(), errors());
            terminal.await(">>> ");
            // A line that is mended at its beginning.
            terminal.type("xWhat is the capital of France?");
            terminal.type(Pty.CTRL_A + Pty.CTRL_D + Pty.ENTER);
            terminal.await(QUESTION);
            terminal.await(">>> ");
            terminal.type(Pty.UP + Pty.ENTER);
            terminal.await(">>> ");
            terminal.type("abandoned" + Pty.CTRL_C);
            terminal.await(">>> ");
            terminal.type("\"\"\"one!!" + Pty.ENTER);
            terminal.await("... ");
            terminal.type("\\two\"\"\"" + Pty.ENTER);
            terminal.await(">>> ");
            terminal.type("/clera" + Pty.ENTER);
            terminal.await("did you mean /clear?");
            terminal.type("/save " + saved + Pty.ENTER);
            terminal.await("6 messages written");
            terminal.type("/set ignore_eos true" + Pty.ENTER);
            terminal.await(">>> ");
            terminal.type(QUESTION + Pty.ENTER);
            terminal.await("Paris");
            terminal.type(Pty.CTRL_C);
            terminal.await("(stopped)");
            terminal.await(">>> ");
            terminal.type("/load " + saved + Pty.ENTER);
            terminal.await("6 messages read");
            terminal.await(">>> ");
            terminal.type(Pty.CTRL_D);
            assertEquals(0, terminal.awaitEnd());
            assertFalse(terminal.screen().contains("INFO"), terminal.screen());
        }
        assertEquals("", Files.readString(errors()));
        JsonNode messages = MAPPER.readTree(Files.readString(saved)).get("messages");
        assertEquals(
                List.of(QUESTION, QUESTION, "one!!\n\\two"),
                List.of(
                        messages.at("/0/content").asText(),
                        messages.at("/2/content").asText(),
                        messages.at("/4/content").asText()));
        assertTrue(messages.at("/1/content").asText().contains("Paris"), messages.toString());
        Files.delete(saved);
    }

    @Test
    void terminalSessionWithAModelInTheProcess() throws Exception {
        converse("run", "--set", "temperature=0");
        Path history = folder.resolve("state/quire/history");
        assertEquals(QUESTION, Files.readAllLines(history).getFirst());
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(history)));
    }

    @Test
    void terminalSessionWithAServer() throws Exception {
        start(Map.of(), "serve", "--port", "0", "--kv-cache-memory-bytes", "64M");
        String url = awaitReady().group(1);
        converse("chat", "--url", url, "--set", "temperature=0", "--no-history");
        assertFalse(Files.exists(folder.resolve("state")));
        String completed =
                answer("\"$@\"", "complete", "--url", url, "--max-tokens", "4", "-q", "Once upon");
        assertFalse(completed.isBlank());
    }

    @Test
    void answerAloneIsPrinted() throws Exception {
        String answer = answer("\"$@\"", "run", "-q", QUESTION, "--set", "temperature=0");
        assertTrue(answer.contains("Paris") && answer.endsWith("\n"), answer);
        String[] model = {"run", "models/quire-demo", "--set", "temperature=0"};
        assertEquals(answer, answer("echo '" + QUESTION + "' | \"$@\"", model));
        assertEquals(
                answer,
                answer(
                        "\"$@\"",
                        model[0],
                        model[1],
                        model[2],
                        model[3],
                        "What is the capital of",
                        "France?"));
        Printed verbose =
                shell("\"$@\" --verbose", "run", "-q", QUESTION, "--set", "temperature=0");
        assertEquals(answer, verbose.out);
        assertTrue(verbose.err.matches("\\d+ tokens in .* tokens/s; the first after .* s\n"));
    }

    @Test
    void flagsOfTheEngineAndTheirFileReachTheModel() throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("quire.yaml"),
                        "port: none of ours\nmax-model-len: 16\nkv-cache-dtype: float16\n");
        String[] ask = {
            "run", "-q", QUESTION, "--set", "temperature=0", "--max-num-batched-tokens", "8"
        };
        Printed small = shell("\"$@\" --config " + file, ask);
        assertEquals(1, small.code);
        assertTrue(small.err.contains("16 tokens"), small.err);
        String line = "QUIRE_CONFIG=" + file + " QUIRE_MAX_MODEL_LEN=128 \"$@\"";
        assertTrue(answer(line, ask).contains("Paris"));
        String template = " --chat-template 'Once upon a {{ time }}'";
        String variables = " --default-chat-template-kwargs '{\"time\": \"time\"}'";
        String told = answer("\"$@\" --max-tokens 6" + template + variables, ask);
        assertFalse(told.contains("Paris"), told);
    }

    @Test
    void mistakesAreOneSentence() throws Exception {
        for (Map.Entry<List<String>, String> mistake :
                Map.of(
                                List.of("run"), "there is no question, and no terminal",
                                List.of("run", "nope"), "there is no question, and no terminal",
                                List.of("run", "nope", "hi"), "there is no 'nope' here",
                                List.of("run", "-q", "hi", "--set", "x"), "--set takes NAME=VALUE",
                                List.of("run", "-q", "hi", "--set", "temperature=-1"),
                                        "temperature is -1.0; ",
                                List.of("run", "-q", "hi", "--api-key", "k"), "about the server of",
                                List.of("run", "-q", "hi", "--url", "nowhere"),
                                        "--url is 'nowhere'",
                                List.of("chat", "extra"), "unexpected argument 'extra'")
                        .entrySet()) {
            Printed printed = shell("\"$@\"", mistake.getKey().toArray(String[]::new));
            assertTrue(printed.code != 0);
            assertEquals("", printed.out);
            assertTrue(printed.err.startsWith("quire: "), printed.err);
            assertTrue(printed.err.contains(mistake.getValue()), printed.err);
            assertEquals(1, printed.err.lines().count(), printed.err);
        }
    }

    @Test
    void lettersOfEveryScriptPassThroughAPlainLocale() throws Exception {
        String text = "Grüße, 世界 👋 ␛\u001b[31m";
        try (FakeServer server =
                new FakeServer(
                        (request, events) -> {
                            events.say("content", request.at("/messages/1/content").asText());
                            events.end("stop", 1);
                        })) {
            String[] args = {"chat", "--url", server.url(), "--system", "Schön", "-q", text};
            assertEquals(text + "\n", answer("\"$@\"", args));
            assertEquals("Schön", server.requests.getFirst().at("/messages/0/content").asText());
            Path file = folder.resolve("question");
            Files.writeString(file, "Zürich\n", StandardCharsets.UTF_8);
            args = new String[] {"chat", "--url", server.url(), "--system", "s"};
            assertEquals("Zürich\n", answer("\"$@\" < " + file, args));
            Files.writeString(file, "\ufeffone\r\ntwo\r\n", StandardCharsets.UTF_8);
            assertEquals("one\ntwo\n", answer("\"$@\" < " + file, args));
            args = new String[] {"chat", "--url", server.url(), "--system", "s", "-q", "three"};
            assertEquals("one\ntwo\n\nthree\n", answer("\"$@\" < " + file, args));
            assertEquals("three\n", answer("\"$@\" <&-", args));
        }
    }

    @Test
    void closedPipeEndsItQuietlyAndAFullDiskDoesNot() throws Exception {
        try (FakeServer server =
                new FakeServer(
                        (request, events) -> {
                            for (int i = 0; i < 100_000; i++) {
                                events.say("content", "line " + i + "\n");
                            }
                            events.end("stop", 1);
                        })) {
            String[] args = {"chat", "--url", server.url(), "-q", "Go on"};
            Path code = folder.resolve("code");
            assertEquals(
                    "line 0\n", answer("{ \"$@\"; echo $? > " + code + "; } | head -n 1", args));
            assertEquals("0\n", Files.readString(code));
            Printed full = shell("\"$@\" > /dev/full", args);
            assertEquals(1, full.code);
            assertTrue(full.err.startsWith("quire: standard output cannot be written: "), full.err);
        }
    }

    @Test
    void whatAModelSaysMovesNoTerminal() throws IOException, InterruptedException {
        try (FakeServer server =
                        new FakeServer(
                                (request, events) -> {
                                    events.say("content", "\u001b]0;owned\u0007\u009b2Jdone");
                                    events.end("stop", 1);
                                });
                Pty terminal = new Pty()) {
            terminal.start(command("run", "--url", server.url()), environment(), errors());
            terminal.await(">>> ");
            terminal.type("hi" + Pty.ENTER);
            terminal.await("␛]0;owned␇\\u009b2Jdone");
            terminal.await(">>> ");
            terminal.type("/bye" + Pty.ENTER);
            assertEquals(0, terminal.awaitEnd());
            assertFalse(terminal.screen().contains("\u001b]0;owned"));
        }
    }
}
