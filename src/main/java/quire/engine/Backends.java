package quire.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import quire.engine.EngineConfig.BackendChoice;
import quire.error.ConfigurationException;
import quire.error.Setting;
import quire.ops.Ops;
import quire.ops.cpu.CpuLibrary;
import quire.ops.cpu.CpuOps;
import quire.ops.reference.ReferenceOps;

/** Chooses the backend; the only place that knows their names. */
final class Backends {

    /**
     * What was chosen and why nothing better was.
     *
     * @param means threads and instruction set that it computes with
     * @param refused one sentence for each backend that was considered first
     */
    record Chosen(Ops ops, String means, List<String> refused) {}

    private static final String PLAIN_JAVA = "1 thread, plain Java";

    private Backends() {}

    /**
     * @throws ConfigurationException if the one that the user insists on cannot run here
     */
    static Chosen open(BackendChoice choice, OptionalInt numThreads) {
        List<String> refused = new ArrayList<>();
        refused.add("cuda: not part of this build");
        if (choice == BackendChoice.REFERENCE) {
            return new Chosen(
                    new ReferenceOps(),
                    PLAIN_JAVA,
                    List.of("cpu: the reference backend was asked for"));
        }
        return switch (CpuLibrary.load()) {
            case CpuLibrary.Loaded loaded -> {
                CpuOps ops = new CpuOps(loaded, numThreads.orElse(0));
                yield new Chosen(ops, ops.threads() + " threads, " + ops.instructions(), refused);
            }
            case CpuLibrary.Refused no -> {
                if (choice == BackendChoice.CPU) {
                    throw new ConfigurationException(
                            Setting.BACKEND + " cpu cannot run here: " + no.reason());
                }
                refused.add("cpu: " + no.reason());
                yield new Chosen(new ReferenceOps(), PLAIN_JAVA, refused);
            }
        };
    }
}
