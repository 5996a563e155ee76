package quire.hub;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why a file cannot be read or written, in words for people: the JDK often has none. */
public final class FileReason {

    private FileReason() {}

    /** Half a sentence without the file's name, free of control characters. */
    public static String of(IOException cause) {
        return Shown.of(
                switch (cause) {
                    case NoSuchFileException e -> "it is not there";
                    case AccessDeniedException e -> "this user may not";
                    case FileAlreadyExistsException e -> "something else is there";
                    case FileSystemException e when e.getReason() != null -> e.getReason();
                    default ->
                            cause.getMessage() == null
                                    ? cause.getClass().getSimpleName()
                                    : cause.getMessage();
                });
    }

    /** The same behind the file's name, where the system said which it was. */
    static String withFile(IOException cause) {
        return cause instanceof FileSystemException e && e.getFile() != null
                ? Shown.of(e.getFile()) + ": " + of(cause)
                : of(cause);
    }
}
