package quire.ops.cuda.kernel;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.driver.KernelModule;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.Stream;

/** Loads the kernels of one card, in one format, for launches on one stream. */
public final class KernelSource {

    private final Context context;
    private final Stream stream;
    private final KernelFiles files;
    private final NumberFormat format;
    private final Map<String, KernelModule> modules = new LinkedHashMap<>();

    public KernelSource(Context context, Stream stream, KernelFiles files, NumberFormat format) {
        this.context = context;
        this.stream = stream;
        this.files = files;
        this.format = format;
    }

    public Context context() {
        return context;
    }

    /** On which launches run. */
    public Stream stream() {
        return stream;
    }

    NumberFormat format() {
        return format;
    }

    /**
     * Lays out a launch whose grid and arguments are set before each run.
     *
     * @param module name of the source
     * @param arguments one for each parameter, which say its type
     */
    Launch launch(String module, String kernel, int sharedBytes, Object... arguments) {
        KernelModule loaded =
                modules.computeIfAbsent(module, name -> KernelModule.load(context, files, name));
        return new Launch(stream, loaded.kernel(kernel, sharedBytes), Grid.row(1, 1), arguments);
    }

    /** As above, of the kernel for this source's format. */
    Launch launchOfFormat(String module, String kernel, int sharedBytes, Object... arguments) {
        return launch(module, kernel + "_" + format.suffix(), sharedBytes, arguments);
    }

    /** What was loaded, in words for the log. */
    public String code() {
        return modules.values().stream()
                .map(KernelModule::target)
                .distinct()
                .map(
                        target ->
                                target.startsWith("sm_")
                                        ? "machine code for " + target
                                        : "PTX for " + target + ", which the driver compiled")
                .collect(Collectors.joining(", and "));
    }

    /** What was loaded, {@code sm_90a} or {@code compute_80}; the kernels of a card are alike. */
    public String target() {
        return modules.values().stream().map(KernelModule::target).findFirst().orElse("nothing");
    }
}
