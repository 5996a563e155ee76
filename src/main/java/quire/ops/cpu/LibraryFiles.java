package quire.ops.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import quire.error.ConfigurationException;
import quire.natives.Jar;
import quire.natives.NativeFile;

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

    private LibraryFiles() {}

    static synchronized CpuLibrary ofThisProgram() {
        if (ofThisProgram == null) {
            ofThisProgram = load(Jar.of(LibraryFiles.class));
        }
        return ofThisProgram;
    }

    /**
     * @param origin the file as an error message names it
     */
    static synchronized CpuLibrary named(Path file, String origin) {
        return NAMED.computeIfAbsent(file.toAbsolutePath(), path -> bind(path, origin));
    }

    static CpuLibrary load(Jar jar) {
        String machine = machine();
        String name = "native/" + machine + "/libquire_cpu.so";
        try (InputStream library = jar.open(name)) {
            Optional<String> note = note(jar);
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
            return new NativeFile(name, jar).load(file -> bind(file, name));
        } catch (IOException e) {
            throw new ConfigurationException(
                    name
                            + " cannot be loaded: "
                            + e.getMessage()
                            + ". Set java.io.tmpdir or "
                            + NativeFile.PROPERTY
                            + " to a folder that can be written to and lets programs run.",
                    e);
        }
    }

    private static Optional<String> note(Jar jar) throws IOException {
        try (InputStream note = jar.open("native/libquire_cpu.txt")) {
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
                            + " programs run.",
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
