package quire.ops.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import quire.error.ConfigurationException;

/**
 * What {@code kernels-cpu/build.sh} leaves on the class path: the library of one machine, and a
 * note that says which machine that is, or why there is no library. May be called by any thread.
 */
final class LibraryFiles {

    /** Begins the note of a build without kernels; the reason follows. */
    private static final String NOT_BUILT = "not built: ";

    private static final String WAY_OUT =
            "; build the program again, or choose the backend reference, which is slow.";

    private static final Map<Path, CpuLibrary> NAMED = new HashMap<>();
    private static CpuLibrary ofThisProgram;

    /**
     * The files of a build, by their names below its folder; null for one that it does not have.
     */
    interface Folder {
        InputStream open(String name);
    }

    private LibraryFiles() {}

    static synchronized CpuLibrary ofThisProgram() {
        if (ofThisProgram == null) {
            ofThisProgram = load(name -> LibraryFiles.class.getResourceAsStream("/native/" + name));
        }
        return ofThisProgram;
    }

    /**
     * @param origin the file as an error message names it
     */
    static synchronized CpuLibrary named(Path file, String origin) {
        return NAMED.computeIfAbsent(file.toAbsolutePath(), path -> bind(path, origin));
    }

    static CpuLibrary load(Folder folder) {
        String machine = machine();
        String name = machine + "/libquire_cpu.so";
        try (InputStream library = folder.open(name)) {
            Optional<String> note = note(folder);
            if (note.isPresent() && !note.get().equals(machine)) {
                return new CpuLibrary.Refused(why(note.get(), machine));
            }
            if (library == null) {
                throw new ConfigurationException(
                        name
                                + " is missing from this program, whose build does not say that it"
                                + " left the CPU kernels out"
                                + WAY_OUT);
            }
            return extractAndBind(library, name);
        } catch (IOException e) {
            throw new ConfigurationException(
                    name
                            + " could not be written to "
                            + System.getProperty("java.io.tmpdir")
                            + " ("
                            + e.getMessage()
                            + "); set java.io.tmpdir to a folder that can be written to.",
                    e);
        }
    }

    private static Optional<String> note(Folder folder) throws IOException {
        try (InputStream note = folder.open("libquire_cpu.txt")) {
            return note == null
                    ? Optional.empty()
                    : Optional.of(new String(note.readAllBytes(), StandardCharsets.UTF_8).strip());
        }
    }

    private static String why(String note, String machine) {
        return note.startsWith(NOT_BUILT)
                ? "this program was built without CPU kernels: "
                        + note.substring(NOT_BUILT.length())
                : "this program's CPU kernels are for " + note + ", and this is " + machine;
    }

    /** The folder of this machine's library, such as {@code linux-x86_64}. */
    private static String machine() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch");
        return os + "-" + (arch.equals("amd64") ? "x86_64" : arch);
    }

    /**
     * The loader wants a file. It lies in a folder that only this user can enter, and is gone once
     * it is mapped, so there is nothing to share, to trust or to clean up.
     */
    private static CpuLibrary extractAndBind(InputStream library, String name) throws IOException {
        Path folder = Files.createTempDirectory("quire-cpu");
        Path file = folder.resolve("libquire_cpu.so");
        try {
            Files.copy(library, file);
            return bind(file, name);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    @SuppressWarnings("restricted")
    private static CpuLibrary bind(Path file, String origin) {
        SymbolLookup symbols;
        try {
            symbols = SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    origin
                            + " cannot be loaded ("
                            + e.getMessage()
                            + "); needed is a library for this machine, in a folder that lets"
                            + " programs run: java.io.tmpdir is "
                            + System.getProperty("java.io.tmpdir")
                            + ".",
                    e);
        }
        CpuKernels kernels =
                CpuKernels.bind(symbols)
                        .orElseThrow(
                                () ->
                                        new ConfigurationException(
                                                origin
                                                        + " is not the library of this program,"
                                                        + " which wants interface version "
                                                        + CpuKernels.ABI
                                                        + WAY_OUT));
        return new CpuLibrary.Loaded(kernels, kernels.features(), origin);
    }
}
