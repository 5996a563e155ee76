package quire.weights;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import quire.error.CheckpointException;

/** A GGUF model of one file, or of parts named {@code NAME-00001-of-00003.gguf}. */
final class GgufFiles {

    private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

    private GgufFiles() {}

    /**
     * Opens the file, and where it is a part of several, the others beside it.
     *
     * @return the parts in order; the first has the model's metadata
     */
    static List<MappedFile> open(Path path, Arena arena) {
        MappedFile given = MappedFile.open(path, arena, GgufHeader::read);
        long count = number(given, "split.count", 1);
        if (count <= 1) {
            return List.of(given);
        }
        Matcher name = PART.matcher(String.valueOf(path.getFileName()));
        if (!name.matches()) {
            throw new CheckpointException(
                    path
                            + " is one of "
                            + count
                            + " parts of a model; keep the"
                            + " names they were published with, NAME-00001-of-"
                            + String.format(Locale.ROOT, "%05d", count)
                            + ".gguf.");
        }
        List<MappedFile> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Path next = path.resolveSibling(partName(name.group(1), i + 1, count));
            MappedFile part =
                    next.equals(path) ? given : MappedFile.open(next, arena, GgufHeader::read);
            if (number(part, "split.no", -1) != i || number(part, "split.count", -1) != count) {
                throw new CheckpointException(
                        next
                                + " is not part "
                                + (i + 1)
                                + " of "
                                + count
                                + " as its name says; download it again.");
            }
            parts.add(part);
        }
        checkNumberOfTensors(path, parts);
        return List.copyOf(parts);
    }

    private static void checkNumberOfTensors(Path path, List<MappedFile> parts) {
        long found = parts.stream().mapToLong(part -> part.tensors().size()).sum();
        long wanted = number(parts.getFirst(), "split.tensors.count", found);
        if (found != wanted) {
            throw new CheckpointException(
                    path
                            + " says that the model has "
                            + wanted
                            + " tensors, its parts have "
                            + found
                            + "; download them again.");
        }
    }

    private static String partName(String prefix, long number, long count) {
        return String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", prefix, number, count);
    }

    private static long number(MappedFile file, String key, long absent) {
        Object value = file.header().metadata().getOrDefault(key, absent);
        if (value instanceof Long number) {
            return number;
        }
        throw new CheckpointException(
                file.path()
                        + ": metadata '"
                        + key
                        + "' is not a whole number; the file is damaged.");
    }
}
