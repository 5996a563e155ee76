package quire.cli.talk;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Texts of the command line as they were typed. Where the locale is {@code C}, the JVM has read
 * them as ASCII and lost every other letter; Linux still has the bytes.
 */
public final class CommandLineText {

    private static final char LOST = '\ufffd';

    private CommandLineText() {}

    /**
     * An argument in UTF-8.
     *
     * @param argument as the JVM has it
     */
    public static String of(String argument) {
        if (argument.indexOf(LOST) < 0) {
            return argument;
        }
        Charset locale = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        try {
            byte[] line = Files.readAllBytes(Path.of("/proc/self/cmdline"));
            for (int start = 0, end = 0; start < line.length; start = end + 1) {
                end = start;
                while (end < line.length && line[end] != 0) {
                    end++;
                }
                if (new String(line, start, end - start, locale).equals(argument)) {
                    return new String(line, start, end - start, StandardCharsets.UTF_8);
                }
            }
        } catch (IOException e) {
            // Elsewhere the locale has to be right.
        }
        return argument;
    }
}
