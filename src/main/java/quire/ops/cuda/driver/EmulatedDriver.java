package quire.ops.cuda.driver;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;

/**
 * Where the emulated driver is. It is for developers, and so beside what the build made rather than
 * in the program.
 */
final class EmulatedDriver {
    /** System property that names its file. */
    private static final String PROPERTY = "quire.cuda.emulator";

    private static final Path BUILT = Path.of("cuda-emulator", "libcuda.so.1");

    private EmulatedDriver() {}

    static Optional<Path> file() {
        String named = System.getProperty(PROPERTY, "").strip();
        return named.isEmpty() ? above(ofThisProgram()) : Optional.of(Path.of(named));
    }

    /** The build's folder is above the program, however that is packed. */
    static Optional<Path> above(Path program) {
        for (Path folder = program; folder != null; folder = folder.getParent()) {
            Path file = folder.resolve(BUILT);
            if (Files.isRegularFile(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    static String absence() {
        return "no emulated driver: "
                + BUILT
                + " is in no folder above "
                + ofThisProgram()
                + "; the build makes it in target where there is g++, and -D"
                + PROPERTY
                + " names another";
    }

    private static Path ofThisProgram() {
        CodeSource source = EmulatedDriver.class.getProtectionDomain().getCodeSource();
        try {
            Path program = source == null ? Path.of("") : Path.of(source.getLocation().toURI());
            return program.toAbsolutePath();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
