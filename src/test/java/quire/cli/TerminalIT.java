package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.cli.talk.FakeServer;
import quire.cli.talk.Pty;

/** What befalls a conversation: terminals, keys and files of every kind. */
class TerminalIT extends ServerProcess {

    private static final String DELETE = "\u007f";
    private static final int PASTED = 100_000;

    /** Says back what it is asked, and goes on until it is let go where the question says so. */
    private FakeServer server;

    private final CountDownLatch letGo = new CountDownLatch(1);

    @BeforeEach
    void serve() throws IOException {
        server =
                new FakeServer(
                        (request, events) -> {
                            String asked = asked(request);
                            events.say("content", "you said " + asked.length() + "\n");
                            while (asked.equals("go on") && letGo.getCount() > 0) {
                                events.say("content", "and on\n");
                            }
                            events.end("stop", 1);
                        });
    }

    @AfterEach
    void close() {
        letGo.countDown();
        server.close();
    }

    private static String asked(JsonNode request) {
        return FakeServer.messages(request).getLast().getValue();
    }

    private String lastAsked() {
        return asked(server.requests.getLast());
    }

    private Path history() {
        return folder.resolve("state/quire/history");
    }

    private Pty begin(String term) throws Exception {
        Map<String, String> environment =
                new HashMap<>(Map.of("XDG_STATE_HOME", folder.resolve("state").toString()));
        environment.put("TERM", term);
        List<String> command = new ArrayList<>(javaCommand());
        command.addAll(List.of("chat", "--url", server.url()));
        Pty terminal = new Pty();
        terminal.start(command, environment, errors());
        terminal.await(">>> ");
        return terminal;
    }

    private void say(Pty terminal, String keys) throws InterruptedException {
        terminal.type(keys + Pty.ENTER);
        terminal.await("you said ");
        terminal.await(">>> ");
    }

    private void end(Pty terminal) throws Exception {
        terminal.type(Pty.CTRL_D);
        assertEquals(0, terminal.awaitEnd());
        assertEquals("", Files.readString(errors()));
    }

    @Test
    void terminalThatCannotMoveItsCursorGetsPlainLines() throws Exception {
        server.model = "\u001b]0;owned\u0007";
        try (Pty terminal = begin("dumb")) {
            terminal.type("\"\"\"one" + Pty.ENTER);
            terminal.await("... ");
            say(terminal, "two\"\"\"");
            assertEquals("one\ntwo", lastAsked());
            terminal.type("abandoned");
            terminal.await("abandoned");
            terminal.type(Pty.CTRL_C);
            terminal.await("Ctrl-D or /bye ends.");
            terminal.await(">>> ");
            say(terminal, "hello there");
            assertEquals("hello there", lastAsked());
            terminal.type("go on" + Pty.ENTER);
            terminal.await("and on");
            terminal.type(Pty.CTRL_C);
            terminal.await("(stopped)");
            terminal.await(">>> ");
            end(terminal);
            String screen = terminal.screen();
            assertEquals(-1, screen.indexOf('\u001b'), screen);
            assertEquals(screen.indexOf("hello there"), screen.lastIndexOf("hello there"), screen);
        }
    }

    @Test
    void windowChangesItsSizeInALineAndInAnAnswer() throws Exception {
        try (Pty terminal = begin("xterm")) {
            terminal.resize(24, 80);
            String line = "abcdefghij".repeat(9);
            terminal.type(line);
            terminal.await("j");
            terminal.resize(10, 30);
            terminal.type("KLM");
            terminal.await("KLM");
            terminal.resize(50, 200);
            say(terminal, "N");
            assertEquals(line + "KLMN", lastAsked());
            terminal.type("go on" + Pty.ENTER);
            terminal.await("and on");
            terminal.resize(5, 20);
            terminal.await("and on");
            terminal.type(Pty.CTRL_C);
            terminal.await("(stopped)");
            terminal.await(">>> ");
            say(terminal, "still here");
            assertEquals("still here", lastAsked());
            end(terminal);
        }
    }

    @Test
    void lettersOfTwoColumnsAndBytesThatAreNoneAreEdited() throws Exception {
        try (Pty terminal = begin("xterm")) {
            say(terminal, "日本x👋" + DELETE + DELETE + "語");
            assertEquals("日本語", lastAsked());
            say(terminal, "a\u0000b");
            assertEquals("ab", lastAsked());
            terminal.type(new byte[] {'x', (byte) 0xff, (byte) 0xed, (byte) 0xa0, (byte) 0x80});
            say(terminal, "y");
            assertTrue(lastAsked().matches("x\ufffd+y"), lastAsked());
            String pasted = "word ".repeat(PASTED / 5).strip();
            terminal.type("\u001b[200~" + pasted + "\u001b[201~");
            say(terminal, "");
            assertEquals(pasted, lastAsked());
            terminal.type("\u001b[200~one\rtwo\u001b[201~");
            say(terminal, "");
            assertEquals("one\ntwo", lastAsked());
            end(terminal);
        }
    }

    @Test
    void historyThatIsDamagedOrOfSeveralSessionsLosesNothing() throws Exception {
        Files.createDirectories(history().getParent());
        Files.write(history(), "kept\n\u00ff\u00fe\u0000\n".getBytes(StandardCharsets.ISO_8859_1));
        try (Pty one = begin("xterm");
                Pty other = begin("xterm")) {
            say(one, "from one");
            say(other, "from the other");
            say(one, Pty.UP + Pty.UP + Pty.UP);
            assertEquals("kept", lastAsked());
            end(one);
            end(other);
        }
        List<String> lines = Files.readAllLines(history());
        assertTrue(lines.containsAll(List.of("kept", "from one", "from the other")), lines + "");
        Files.delete(history());
        Files.createDirectory(history());
        try (Pty terminal = begin("xterm")) {
            say(terminal, "without");
            end(terminal);
        }
    }

    @Test
    void answerGoesOnSilentlyAfterTheShellHadTheTerminal() throws Exception {
        try (Pty terminal = begin("xterm")) {
            terminal.type("go on" + Pty.ENTER);
            terminal.await("and on");
            terminal.comeBackFromAShell();
            terminal.awaitSilence();
            terminal.type("unseen" + Pty.CTRL_C);
            terminal.await("(stopped)");
            terminal.await(">>> ");
            end(terminal);
            assertFalse(terminal.screen().contains("unseen"), "it is shown in an answer");
        }
    }
}
