package quire.cli.talk;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the standard streams of the process are. */
public enum Streams {
    TERMINAL,
    PIPE,
    FILE,
    /** What cannot be told, or gives and takes nothing. */
    OTHER;

    /** What a user's question may come from. */
    public static Streams input() {
        return of(0);
    }

    /** Where answers go. */
    public static Streams output() {
        return of(1);
    }

    /** Where progress and what went wrong are told. */
    public static Streams errors() {
        return of(2);
    }

    /** By what Linux says of the descriptor; elsewhere a terminal can be told from all others. */
    private static Streams of(int descriptor) {
        try {
            String target =
                    Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
            if (target.matches("/dev/(pts/|tty|console).*")) {
                return TERMINAL;
            }
            if (target.startsWith("pipe:") || target.startsWith("socket:")) {
                return PIPE;
            }
            // Where the descriptor was closed, the JVM's own files have got its number.
            boolean ours = target.startsWith(System.getProperty("java.home"));
            return target.startsWith("/") && !target.startsWith("/dev/") && !ours ? FILE : OTHER;
        } catch (IOException | UnsupportedOperationException e) {
            Console console = System.console();
            return console != null && console.isTerminal() ? TERMINAL : OTHER;
        }
    }
}
