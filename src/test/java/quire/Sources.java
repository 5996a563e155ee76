package quire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The source files of the project, read as text. Paths are relative to the project's root. */
final class Sources {
    static final Path MAIN = Path.of("src/main/java");
    static final Path TESTS = Path.of("src/test/java");
    static final Path KIT = Path.of("gpu/src");
    private static final List<Path> KERNELS =
            List.of(Path.of("kernels-cpu"), Path.of("kernels-cuda"));

    /** Every file of the folder whose name ends so, in order of their paths. */
    static Stream<Path> java(Path root) {
        return files(root, Pattern.compile(".*\\.java"));
    }

    /** Every source that we write by hand: Java, C and CUDA. */
    static Stream<Path> all() {
        return Stream.concat(Stream.concat(java(MAIN), java(TESTS)), kernels());
    }

    /** The sources outside Java, with the scripts that build them. */
    static Stream<Path> kernels() {
        Pattern names = Pattern.compile(".*\\.(c|h|cu|cuh|cpp|hpp|sh)");
        return KERNELS.stream().flatMap(folder -> files(folder, names));
    }

    static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines in which the pattern is found, each with its file and number. */
    static Stream<String> find(Pattern pattern, Path file) {
        List<String> lines = lines(file);
        return IntStream.range(0, lines.size())
                .filter(i -> pattern.matcher(lines.get(i)).find())
                .mapToObj(i -> "%s:%d: %s".formatted(file, i + 1, lines.get(i).strip()));
    }

    private static Stream<Path> files(Path root, Pattern name) {
        if (!Files.isDirectory(root)) {
            return Stream.empty();
        }
        try (Stream<Path> walk = Files.walk(root)) {
            List<Path> found =
                    walk.filter(Files::isRegularFile)
                            .filter(file -> name.matcher(file.getFileName().toString()).matches())
                            .sorted()
                            .toList();
            return found.stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Sources() {}
}
