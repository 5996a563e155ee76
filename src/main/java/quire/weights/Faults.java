package quire.weights;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import quire.error.CheckpointException;

/** What to say of files that cannot be read at all. */
final class Faults {

    private Faults() {}

    static CheckpointException unreadable(String file, IOException cause) {
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
