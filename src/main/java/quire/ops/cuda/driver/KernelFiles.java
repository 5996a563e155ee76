package quire.ops.cuda.driver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Compiled kernels by name: {@code sm_90a/NAME.cubin} is machine code, {@code compute_80/NAME.ptx}
 * the text that the driver compiles.
 */
@FunctionalInterface
public interface KernelFiles {

    /** Tells of their compiler, in the first line, and of their sources. */
    String MANIFEST = "manifest.txt";

    /** The file, or nothing where there is none of that name. */
    Optional<byte[]> read(String name);

    /** What compiled them, such as {@code CUDA 12.8.93}, by their manifest. */
    default String compiler() {
        return read(MANIFEST)
                .flatMap(text -> new String(text, StandardCharsets.UTF_8).lines().findFirst())
                .orElse("an unknown compiler");
    }

    /** Those that the build packed into this program, or into a jar beside it. */
    static KernelFiles ofThisProgram() {
        ClassLoader program = KernelFiles.class.getClassLoader();
        return name -> {
            try (InputStream file = program.getResourceAsStream("cuda/" + name)) {
                return file == null ? Optional.empty() : Optional.of(file.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /** Those of a folder. */
    static KernelFiles in(Path folder) {
        return name -> {
            Path file = folder.resolve(name);
            try {
                return Files.exists(file)
                        ? Optional.of(Files.readAllBytes(file))
                        : Optional.empty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }
}
