package quire.ops.cpu;

import java.nio.file.Path;
import java.util.Set;
import quire.error.ConfigurationException;

/**
 * The kernels' shared library: loaded, or refused because this program was built without it. One
 * that ought to be there and cannot be used is an error: plain Java is many times slower, and
 * nobody should get it by accident.
 */
public sealed interface CpuLibrary {

    /** System property that names the library's file, instead of the one on the class path. */
    String PROPERTY = "quire.cpu.library";

    /**
     * Bound and of the interface version that this code was written for.
     *
     * @param features those of this machine that it has kernels for
     */
    record Loaded(CpuKernels kernels, Set<CpuFeature> features, String origin)
            implements CpuLibrary {}

    /**
     * The build says that it has none, or none for this machine.
     *
     * @param reason a clause without a full stop
     */
    record Refused(String reason) implements CpuLibrary {}

    /**
     * The library that {@link #PROPERTY} names, or the one of this program; loaded once.
     *
     * @throws ConfigurationException if it is missing without a word of the build, cannot be
     *     loaded, or is of another version than this code
     */
    static CpuLibrary load() {
        String file = System.getProperty(PROPERTY, "").strip();
        return file.isEmpty()
                ? LibraryFiles.ofThisProgram()
                : LibraryFiles.named(Path.of(file), PROPERTY + " = " + file);
    }
}
