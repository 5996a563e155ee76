package quire.cli.talk;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jline.keymap.KeyMap;
import org.jline.reader.Binding;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReader.Option;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.Terminal.SignalHandler;
import org.jline.terminal.TerminalBuilder;
import quire.error.ConfigurationException;

/** The terminal of the process, with editing, history and completion of commands. */
public final class TerminalInput implements Input {

    private static final String PROMPT = ">>> ";
    private static final String FURTHER_LINE = "... ";
    private static final int MAX_HISTORY = 1000;
    private static final Size USUAL_SIZE = new Size(80, 24);

    /** Arrows as terminals send them that do not switch to those of applications. */
    private static final Map<String, String> PLAIN_KEYS =
            Map.of(
                    "\u001b[A", LineReader.UP_LINE_OR_SEARCH,
                    "\u001b[B", LineReader.DOWN_LINE_OR_SEARCH,
                    "\u001b[C", LineReader.FORWARD_CHAR,
                    "\u001b[D", LineReader.BACKWARD_CHAR,
                    "\u001b[H", LineReader.BEGINNING_OF_LINE,
                    "\u001b[F", LineReader.END_OF_LINE);

    private final Terminal terminal;
    private final LineReader reader;

    /** Whether Ctrl-C came behind a line and before its answer. */
    private volatile boolean interrupted;

    private TerminalInput(Terminal terminal, LineReader reader) {
        this.terminal = terminal;
        this.reader = reader;
        // While it reads a line, JLine takes Ctrl-C.
        terminal.handle(Signal.INT, signal -> interrupted = true);
    }

    /**
     * Takes the terminal over.
     *
     * @param converses which commands are completed
     * @param history where lines are kept, which only the user may read; empty for nowhere
     * @throws ConfigurationException if there is no terminal that can be used
     */
    public static TerminalInput open(boolean converses, Optional<Path> history) {
        try {
            Terminal terminal =
                    TerminalBuilder.builder()
                            .name("quire")
                            .system(true)
                            .encoding(StandardCharsets.UTF_8)
                            .stdinEncoding(StandardCharsets.UTF_8)
                            .stdoutEncoding(StandardCharsets.UTF_8)
                            .jna(false)
                            .jni(false)
                            .jansi(false)
                            .build();
            if (terminal.getWidth() == 0) {
                // Consoles of containers do not always know; JLine would show nothing.
                terminal.setSize(USUAL_SIZE);
            }
            List<String> words = new ArrayList<>(SlashCommand.typed(converses));
            LineReaderBuilder builder =
                    LineReaderBuilder.builder()
                            .terminal(terminal)
                            .appName("quire")
                            .parser(new TypedText())
                            .completer(new StringsCompleter(words))
                            .variable(LineReader.SECONDARY_PROMPT_PATTERN, FURTHER_LINE)
                            .variable(LineReader.HISTORY_SIZE, MAX_HISTORY)
                            .variable(LineReader.HISTORY_FILE_SIZE, MAX_HISTORY)
                            // An exclamation mark is no reference to an earlier line.
                            .option(Option.DISABLE_EVENT_EXPANSION, true)
                            .option(Option.HISTORY_IGNORE_SPACE, true)
                            .option(Option.HISTORY_TIMESTAMPED, false);
            history.filter(TerminalInput::isOurs)
                    .ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
            LineReader reader = builder.build();
            KeyMap<Binding> keys = reader.getKeyMaps().get(LineReader.MAIN);
            PLAIN_KEYS.forEach((key, action) -> keys.bindIfNotBound(new Reference(action), key));
            return new TerminalInput(terminal, reader);
        } catch (IOException | IllegalStateException e) {
            throw new ConfigurationException(
                    "the terminal cannot be used; ask one question with -q instead", e);
        }
    }

    /** Whether the file is there or was made, for the user's eyes only. */
    private static boolean isOurs(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            return true;
        } catch (FileAlreadyExistsException e) {
            return Files.isRegularFile(file) && Files.isWritable(file);
        } catch (IOException | UnsupportedOperationException e) {
            // Somebody without a home to write to does without a history.
            return false;
        }
    }

    /** What shows texts on this terminal. */
    public Writer writer() {
        return terminal.writer();
    }

    @Override
    public Optional<String> read() {
        while (true) {
            try {
                interrupted = false;
                return Optional.of(reader.readLine(PROMPT));
            } catch (UserInterruptException e) {
                // The line is cleared, and another begins.
                if (e.getPartialLine().isEmpty()) {
                    terminal.writer().println("Ctrl-D or /bye ends.");
                    terminal.flush();
                }
            } catch (EndOfFileException e) {
                return Optional.empty();
            }
        }
    }

    @Override
    public Answering answering(Runnable stop) {
        Attributes before = terminal.getAttributes();
        // What is typed now belongs to the next line, and would stand in the middle of the answer.
        Attributes silent = new Attributes(before);
        silent.setLocalFlag(LocalFlag.ECHO, false);
        silent.setLocalFlag(LocalFlag.ICANON, false);
        terminal.setAttributes(silent);
        SignalHandler other = terminal.handle(Signal.INT, signal -> stop.run());
        if (interrupted) {
            stop.run();
        }
        return () -> {
            terminal.handle(Signal.INT, other);
            terminal.setAttributes(before);
        };
    }

    @Override
    public void close() {
        try {
            reader.getHistory().save();
        } catch (IOException e) {
            // The history is a convenience.
        }
        try {
            terminal.close();
        } catch (IOException e) {
            // The process ends anyway.
        }
    }
}
