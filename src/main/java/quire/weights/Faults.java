package quire.weights;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import quire.error.CheckpointException;
import quire.error.QuireException;
import quire.error.UnavailableException;

/** What to say of files that cannot be read at all, or not by a thread that is to end. */
final class Faults {

    private Faults() {}

    /** The exception to throw; an interrupt, which stays set, says nothing about the file. */
    static QuireException unreadable(String file, IOException cause) {
        if (cause instanceof ClosedByInterruptException) {
            return new UnavailableException("loading was interrupted");
        }
        String why =
                switch (cause) {
                    case NoSuchFileException e ->
                            "does not exist, or is a link to a file that does not";
                    case AccessDeniedException e ->
                            "may not be read by this user; change its permissions";
                    default -> "cannot be read: " + cause.getMessage();
                };
        return new CheckpointException(file + " " + why + ".", cause);
    }
}
