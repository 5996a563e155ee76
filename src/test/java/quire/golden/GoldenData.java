package quire.golden;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Where the expected values and the borrowed files of the golden tests lie. */
public final class GoldenData {

    /** Expected values that came with the tree. */
    static final String IN_TREE = "src/test/resources/golden";

    /** The folders that were made whole, by where they came from. */
    private static final Map<Path, Path> WHOLE = new ConcurrentHashMap<>();

    private GoldenData() {}

    /** Returns the folder of expected values: {@code quire.golden}, or the one in the tree. */
    public static Path golden() {
        return folder("quire.golden", IN_TREE);
    }

    /** Returns the folder of borrowed files: {@code quire.fixtures}, or the one in the tree. */
    public static Path fixtures() {
        return folder("quire.fixtures", "src/test/resources/fixtures");
    }

    /** Returns the tokenizers of the fixtures, unpacked where the tree holds them packed. */
    public static Path tokenizers() {
        return whole(fixtures().resolve("tokenizers"));
    }

    /** Returns the GGUF files of quire-demo, together with those that {@link DemoGguf} makes. */
    public static Path gguf() {
        return whole(golden().resolve("gguf"));
    }

    private static Path folder(String property, String inTree) {
        Path folder = Path.of(System.getProperty(property, inTree)).toAbsolutePath();
        if (!Files.isDirectory(folder)) {
            throw new IllegalStateException(
                    "No folder " + folder + "; point the system property " + property + " at one.");
        }
        return folder;
    }

    /** A copy of the folder under target, in which {@code FILE.gz} is unpacked to {@code FILE}. */
    private static Path whole(Path folder) {
        return WHOLE.computeIfAbsent(
                folder,
                from -> {
                    String name = from.getFileName() + "-" + Integer.toHexString(from.hashCode());
                    Path to = Path.of("target", "whole", name).toAbsolutePath();
                    try (Stream<Path> walk = Files.walk(from)) {
                        List<Path> files = walk.filter(Files::isRegularFile).toList();
                        for (Path file : files) {
                            copy(file, to.resolve(from.relativize(file).toString()));
                        }
                        DemoGguf.makeWhatIsMissing(to);
                        return to;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    private static void copy(Path file, Path to) throws IOException {
        Path target = Path.of(to.toString().replaceAll("\\.gz$", ""));
        boolean isFresh =
                Files.exists(target)
                        && Files.getLastModifiedTime(target)
                                        .compareTo(Files.getLastModifiedTime(file))
                                >= 0;
        if (isFresh) {
            return;
        }
        Files.createDirectories(target.getParent());
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try (InputStream in = Files.newInputStream(file);
                InputStream plain = target.equals(to) ? in : new GZIPInputStream(in)) {
            Files.copy(plain, part, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }
}
