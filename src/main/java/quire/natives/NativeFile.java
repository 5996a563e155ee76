package quire.natives;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A shared library that comes in a jar. The system's loader wants a file, in a folder that lets
 * programs run: one that was laid out is taken where it is, any other is unpacked into the first
 * folder that can hold it, where only this user can enter, and is gone once it is mapped. So there
 * is nothing to share, to trust or to clean up.
 *
 * @param name its place in the jar, and below a folder where the jar's files are laid out, such as
 *     {@code native/linux-x86_64/libquire_cpu.so}
 */
public record NativeFile(String name, Jar jar) {

    /**
     * System property that names a folder: files laid out below it are taken before any others, and
     * libraries are unpacked there where no other folder can hold them.
     */
    public static final String PROPERTY = "quire.native.dir";

    private static final String TEMPORARY = "java.io.tmpdir";

    /**
     * Loads the library for as long as this process lives.
     *
     * @param loader takes the file while it is there, which is mapped by then; a {@link
     *     LinkageError} makes it try the next folder, any other exception ends the search
     * @throws IOException if no folder would do, with a clause for each that tells why
     */
    public <T> T load(Function<Path, T> loader) throws IOException {
        List<String> refusals = new ArrayList<>();
        for (Path file : laidOut().toList()) {
            Optional<T> loaded = attempt(file, loader, refusals);
            if (loaded.isPresent()) {
                return loaded.get();
            }
        }
        for (Path parent : folders()) {
            Path folder = null;
            try {
                folder = privateFolder(parent);
                Path file = folder.resolve(fileName());
                unpack(file);
                Optional<T> loaded = attempt(file, loader, refusals);
                if (loaded.isPresent()) {
                    return loaded.get();
                }
            } catch (IOException e) {
                refusals.add(parent + " cannot hold it (" + e + ")");
            } finally {
                delete(folder);
            }
        }
        throw new IOException(String.join("; ", refusals));
    }

    /**
     * Maps the file, never to let it go again: a library has threads, and things to do when threads
     * end, which it must outlive.
     */
    @SuppressWarnings("restricted")
    private static <T> Optional<T> attempt(
            Path file, Function<Path, T> loader, List<String> refusals) {
        try {
            SymbolLookup.libraryLookup(file, Arena.global());
            return Optional.of(loader.apply(file.toAbsolutePath()));
        } catch (IllegalArgumentException | LinkageError e) {
            // No folder that lets programs run; or laid out, and taken by another class loader.
            refusals.add(file.getParent() + " does not let it run (" + e.getMessage() + ")");
            return Optional.empty();
        }
    }

    private String fileName() {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    private Stream<Path> laidOut() {
        return Stream.of(named(), jar.folder())
                .flatMap(Optional::stream)
                .map(folder -> folder.resolve(name))
                .filter(Files::isRegularFile);
    }

    private static Optional<Path> named() {
        String folder = System.getProperty(PROPERTY, "").strip();
        return folder.isEmpty() ? Optional.empty() : Optional.of(Path.of(folder));
    }

    /** Where a library may be unpacked, best first. */
    private static List<Path> folders() {
        return Stream.of(Optional.of(temporary()), UserFolders.cache(), named())
                .flatMap(Optional::stream)
                .toList();
    }

    private static Path privateFolder(Path parent) throws IOException {
        if (!parent.equals(temporary())) {
            Files.createDirectories(parent);
        }
        return Files.createTempDirectory(parent, "quire-");
    }

    /** The system's, which nobody but the system makes. */
    private static Path temporary() {
        return Path.of(System.getProperty(TEMPORARY));
    }

    private void unpack(Path file) throws IOException {
        try (InputStream library = jar.open(name)) {
            if (library == null) {
                throw new IOException(name + " is missing from this program");
            }
            Files.copy(library, file);
        }
    }

    private void delete(Path folder) {
        if (folder == null) {
            return;
        }
        for (Path path : List.of(folder.resolve(fileName()), folder)) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException inUse) {
                // Windows keeps a mapped file, which goes with the process: the file before its
                // folder, as the last to ask is served first.
                folder.toFile().deleteOnExit();
                path.toFile().deleteOnExit();
            }
        }
    }
}
