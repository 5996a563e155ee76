package quire.ops.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The kernels' shared library: loaded, or refused with a reason that a log can show. */
public sealed interface CpuLibrary {

    /** System property that names the library's file, instead of the one on the class path. */
    String PROPERTY = "quire.cpu.library";

    /** Bound and of the interface version that this code was written for. */
    record Loaded(CpuKernels kernels, CpuTier bestTier, String origin) implements CpuLibrary {}

    /**
     * Cannot be used here.
     *
     * @param reason a clause without a full stop
     */
    record Refused(String reason) implements CpuLibrary {}

    /** Loads the library; never throws for a library that is absent, foreign or broken. */
    static CpuLibrary load() {
        String file = System.getProperty(PROPERTY, "").strip();
        if (!file.isEmpty()) {
            return bind(Path.of(file), PROPERTY + " = " + file);
        }
        String resource = resourceName();
        try (InputStream library = CpuLibrary.class.getResourceAsStream(resource)) {
            if (library == null) {
                return new Refused(
                        "this build has no "
                                + resource
                                + " (built without a C compiler, or for"
                                + " another machine)");
            }
            return extractAndBind(library, resource);
        } catch (IOException e) {
            return new Refused(
                    resource
                            + " could not be written to "
                            + System.getProperty("java.io.tmpdir")
                            + " ("
                            + e.getMessage()
                            + "); set java.io.tmpdir to a writable folder");
        }
    }

    private static String resourceName() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch");
        return "/native/"
                + os
                + "-"
                + (arch.equals("amd64") ? "x86_64" : arch)
                + "/libquire_cpu.so";
    }

    /**
     * The loader wants a file. It lies in a folder that only this user can enter, and is gone once
     * it is mapped, so there is nothing to share, to trust or to clean up.
     */
    private static CpuLibrary extractAndBind(InputStream library, String resource)
            throws IOException {
        Path folder = Files.createTempDirectory("quire-cpu");
        Path file = folder.resolve("libquire_cpu.so");
        try {
            Files.copy(library, file);
            return bind(file, resource);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    private static CpuLibrary bind(Path file, String origin) {
        SymbolLookup symbols;
        try {
            symbols = SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            return new Refused(origin + " cannot be loaded: " + e.getMessage());
        }
        return CpuKernels.bind(symbols)
                .<CpuLibrary>map(kernels -> new Loaded(kernels, kernels.bestTier(), origin))
                .orElseGet(
                        () ->
                                new Refused(
                                        origin
                                                + " is of another version than this program; rebuild both"));
    }
}
