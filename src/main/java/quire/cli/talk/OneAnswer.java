package quire.cli.talk;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import quire.Message;
import quire.error.ConfigurationException;

/** One question, whose answer alone goes to standard output. */
public final class OneAnswer {

    private static final int MAX_QUESTION_BYTES = 64 << 20;

    private OneAnswer() {}

    /**
     * What a question is, if there is one: what comes through a pipe or from a file, and behind it
     * what the command line says.
     *
     * @throws ConfigurationException if it cannot be read
     */
    public static Optional<String> question(List<String> words) {
        List<String> parts = new ArrayList<>();
        Streams from = Streams.input();
        if (from == Streams.PIPE || from == Streams.FILE) {
            parts.add(piped());
        }
        parts.add(String.join(" ", words.stream().map(CommandLineText::of).toList()));
        parts.removeIf(String::isBlank);
        return parts.isEmpty() ? Optional.empty() : Optional.of(String.join("\n\n", parts));
    }

    private static String piped() {
        // Left open: whoever reads the descriptor next must not get another file by its number.
        InputStream in = new FileInputStream(FileDescriptor.in);
        try {
            byte[] bytes = in.readNBytes(MAX_QUESTION_BYTES + 1);
            if (bytes.length > MAX_QUESTION_BYTES) {
                throw new ConfigurationException(
                        "the question on standard input is longer than "
                                + (MAX_QUESTION_BYTES >> 20)
                                + " MiB");
            }
            // As other systems write texts: a mark in front, and two characters for a line's end.
            return new String(bytes, StandardCharsets.UTF_8)
                    .replaceFirst("^\ufeff", "")
                    .replace("\r\n", "\n")
                    .strip();
        } catch (IOException e) {
            throw new ConfigurationException("standard input cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Asks and prints, in UTF-8 whatever the locale. A reader that has enough ends it quietly.
     *
     * @param figures hears what the answer took
     * @throws ConfigurationException if standard output cannot be written
     */
    public static void print(
            Partner partner, Opening opening, String question, Consumer<String> figures) {
        Writer out =
                new OutputStreamWriter(
                        new FileOutputStream(FileDescriptor.out), StandardCharsets.UTF_8);
        Streams to = Streams.output();
        Screen screen = new Screen(out, to == Streams.TERMINAL);
        Telling telling = new Telling(screen, opening.converses(), false);
        Conversation conversation = new Conversation(opening.system());
        Question whole =
                opening.converses()
                        ? new Question.Chat(conversation.with(Message.user(question)))
                        : new Question.Text(question);
        Asked asked = partner.ask(whole, opening.wishes());
        try {
            Answer answer = asked.await(telling);
            telling.end();
            figures.accept(telling.figures(answer));
        } catch (UncheckedIOException e) {
            asked.stop();
            if (to != Streams.PIPE) {
                throw new ConfigurationException(
                        "standard output cannot be written: " + e.getCause().getMessage(), e);
            }
        }
    }
}
