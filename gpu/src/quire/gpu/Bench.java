package quire.gpu;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.driver.KernelModule;
import quire.ops.cuda.driver.Launch;

/** What the stages share: the card, its kernels, the report, and how fast the card's memory is. */
final class Bench implements AutoCloseable {
    /** bf16 matrix products on an H100 or H200 as libraries reach it. */
    static final double TENSOR_TERAFLOPS = 790;

    /** System property: the folder where the kit's models, and what else it packs, are unfolded. */
    static final String UNFOLDED = "quire.gpu.unfolded";

    /** System property: the kit's own folder. */
    static final String KIT = "quire.gpu.kit";

    private final Report report;
    private final boolean tiny;
    private final Map<String, KernelModule> modules = new HashMap<>();
    private Gpu gpu;
    private double readBandwidth;

    Bench(Report report, boolean tiny) {
        this.report = report;
        this.tiny = tiny;
    }

    /** The same on another opening of the card, which this one closes. */
    Bench on(Gpu other) {
        Bench bench = new Bench(report, tiny);
        bench.gpu = other;
        return bench;
    }

    /** The card, opened when it is first asked for. */
    Gpu gpu() {
        if (gpu == null) {
            gpu = new Gpu();
        }
        return gpu;
    }

    /** Kernels of trials. */
    KernelFiles kernels() {
        return name -> engineKernels().read("trials/" + name);
    }

    /** Those that the engine serves with. */
    KernelFiles engineKernels() {
        return KernelFiles.ofThisProgram();
    }

    /** The trials as text alone, which the driver has to compile. */
    KernelFiles ptx() {
        return name -> name.endsWith(".ptx") ? kernels().read(name) : Optional.empty();
    }

    /** A model, or what is known of one. */
    Path model(String name) {
        return Path.of(System.getProperty(UNFOLDED), "models", name);
    }

    /** The program that measures PyTorch. */
    Path peers() {
        return Path.of(System.getProperty(KIT), "peers.py");
    }

    Report report() {
        return report;
    }

    /** Whether this is a rehearsal on the emulated driver, where only smallness counts. */
    boolean tiny() {
        return tiny;
    }

    KernelModule module(String name) {
        KernelModule module = modules.get(name);
        if (module == null) {
            module = KernelModule.load(gpu().context(), kernels(), name);
            modules.put(name, module);
        }
        return module;
    }

    Kernel kernel(String module, String name, int sharedBytes) {
        return module(module).kernel(name, sharedBytes);
    }

    /** Fills with the numbers of {@link Bf16#hashed}. */
    void fillHashed(DeviceBuffer buffer, int seed) {
        gpu().launch(
                        kernel("probe", "fill_hash", 0),
                        Grid.row(blocks() * 8, 256),
                        buffer,
                        buffer.bytes() / 16,
                        seed)
                .run();
    }

    int blocks() {
        return tiny ? 1 : gpu().device().numMultiprocessors();
    }

    /**
     * Milliseconds of a launch, of {@code count} in one graph that take turns: over different data
     * none finds its own in L2.
     */
    double millisEach(int count, Launch... launches) {
        Runnable graph =
                gpu().capture(
                                () -> {
                                    for (int i = 0; i < count; i++) {
                                        launches[i % launches.length].run();
                                    }
                                });
        return gpu().medianMillis(graph) / count;
    }

    /** Bytes a second of a kernel that only reads, measured once a stage. */
    double readBandwidth() {
        if (readBandwidth == 0) {
            DeviceBuffer from = gpu().allocate(tiny ? 1 << 16 : 4L << 30);
            DeviceBuffer sink = gpu().allocate(16);
            fillHashed(from, 1);
            Launch read =
                    gpu().launch(
                                    kernel("probe", "read_16", 0),
                                    Grid.row(blocks() * 8, 256),
                                    from,
                                    from.bytes() / 16,
                                    sink);
            readBandwidth = from.bytes() / gpu().medianMillis(read) * 1e3;
            from.close();
            sink.close();
        }
        return readBandwidth;
    }

    @Override
    public void close() {
        if (gpu != null) {
            gpu.close();
        }
    }
}
