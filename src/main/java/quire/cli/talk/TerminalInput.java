package quire.cli.talk;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
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
    private static final int MAX_HISTORY_BYTES = 64 << 20;
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

    /** Lines of a terminal that cannot move its cursor, as it gives them; else null. */
    private final BufferedReader plain;

    /** Whether Ctrl-C came behind a line and before its answer. */
    private volatile boolean interrupted;

    private TerminalInput(Terminal terminal, LineReader reader, boolean isPlain) {
        this.terminal = terminal;
        this.reader = reader;
        this.plain =
                isPlain
                        ? new BufferedReader(
                                new InputStreamReader(
                                        new FileInputStream(FileDescriptor.in),
                                        StandardCharsets.UTF_8))
                        : null;
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
        boolean isPlain = Terminal.TYPE_DUMB.equals(System.getenv("TERM"));
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
                            // JLine takes no signals where nothing can be drawn.
                            .type(isPlain ? "ansi" : null)
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
            return new TerminalInput(terminal, reader, isPlain);
        } catch (IOException | IllegalStateException e) {
            throw new ConfigurationException(
                    "the terminal cannot be used; ask one question with -q instead", e);
        }
    }

    /** Whether the file is there and can be read, or was made, for the user's eyes only. */
    private static boolean isOurs(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            return true;
        } catch (FileAlreadyExistsException e) {
            return Files.isRegularFile(file) && Files.isWritable(file) && isText(file);
        } catch (IOException | UnsupportedOperationException e) {
            // Somebody without a home to write to does without a history.
            return false;
        }
    }

    /** Whether it holds lines; of what does not, what can be read stays. */
    private static boolean isText(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_HISTORY_BYTES + 1);
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (bytes.length <= MAX_HISTORY_BYTES && text.indexOf('\ufffd') >= 0) {
                // JLine would end at bytes that are no characters.
                Files.writeString(file, text);
            }
            return bytes.length <= MAX_HISTORY_BYTES;
        } catch (IOException e) {
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
                return Optional.of(plain == null ? reader.readLine(PROMPT) : plainLine());
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

    /** As JLine's, where the terminal itself shows and mends what is typed. */
    private String plainLine() {
        SignalHandler other =
                terminal.handle(
                        Signal.INT,
                        signal -> {
                            terminal.writer().print("\nCtrl-D or /bye ends.\n" + PROMPT);
                            terminal.flush();
                        });
        StringBuilder text = new StringBuilder();
        try {
            do {
                terminal.writer().print(text.isEmpty() ? PROMPT : FURTHER_LINE);
                terminal.flush();
                String line = plain.readLine();
                if (line == null) {
                    throw new EndOfFileException();
                }
                text.append(text.isEmpty() ? "" : "\n").append(line);
            } while (TypedText.isOpen(text.toString().strip()));
            return text.toString();
        } catch (IOException e) {
            throw new EndOfFileException(e);
        } finally {
            terminal.handle(Signal.INT, other);
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
        // A shell that had the terminal meanwhile has set it for itself.
        SignalHandler resumed =
                terminal.handle(Signal.CONT, signal -> terminal.setAttributes(silent));
        if (interrupted) {
            stop.run();
        }
        return () -> {
            terminal.handle(Signal.INT, other);
            terminal.handle(Signal.CONT, resumed);
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
