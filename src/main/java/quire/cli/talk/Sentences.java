package quire.cli.talk;

import quire.error.QuireException;
import quire.settings.Flags;

/** What went wrong, in the words of somebody at a command line. */
public final class Sentences {

    private Sentences() {}

    /** A sentence about a failure that is the user's, the server's or the machine's. */
    public static String of(RuntimeException failure) {
        return switch (failure) {
            case QuireException ours -> ours.message(Flags::spelled);
            // A Java program would have been told by its own names.
            case RuntimeException e when e.getCause() instanceof QuireException ours ->
                    ours.message(Flags::spelled);
            default -> failure.getMessage();
        };
    }
}
