package quire.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import quire.engine.EngineConfig.BackendChoice;
import quire.error.ConfigurationException;
import quire.error.Setting;
import quire.model.ModelConfig;
import quire.ops.Ops;
import quire.ops.cpu.CpuLibrary;
import quire.ops.cpu.CpuOps;
import quire.ops.cuda.CudaOps;
import quire.ops.cuda.CudaOptions;
import quire.ops.cuda.driver.Capability;
import quire.ops.cuda.driver.CudaDriver;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.Device;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.kernel.VariantStore;
import quire.ops.reference.ReferenceOps;
import quire.tensor.DType;

/** Chooses the backend; the only place that knows their names. */
final class Backends {

    /**
     * What was chosen and why nothing better was.
     *
     * @param means threads and instruction set that it computes with
     * @param refused why not, a clause for each backend that was considered first
     * @param remark what a user should know of the choice, or nothing
     */
    record Chosen(
            Ops ops, String means, Map<BackendChoice, String> refused, Optional<String> remark) {

        /** What a start says of the choice. */
        Stream<String> lines() {
            String type = StartLog.label(ops.activationType());
            return Stream.of(
                            Stream.of("backend: " + ops.name() + ", activations in " + type),
                            refused.isEmpty()
                                    ? Stream.<String>empty()
                                    : Stream.of("not used: " + inJava(words(refused))),
                            Stream.of("compute: " + means),
                            remark.stream())
                    .flatMap(lines -> lines);
        }

        /** Why not, by the names of backends; settings are called as in a Java program. */
        Map<String, String> notUsed() {
            Map<String, String> reasons = new LinkedHashMap<>();
            refused.forEach((backend, reason) -> reasons.put(name(backend), inJava(reason)));
            return reasons;
        }

        /** A log does not know who reads it. */
        private static String inJava(String words) {
            return new ConfigurationException(words).getMessage();
        }
    }

    /** What came of trying one. */
    private sealed interface Attempt {
        record Opened(Ops ops, String means, Optional<String> remark) implements Attempt {
            Opened(Ops ops, String means) {
                this(ops, means, Optional.empty());
            }
        }

        /**
         * @param reason a clause
         */
        record Refused(String reason) implements Attempt {}
    }

    private static final List<BackendChoice> BY_PREFERENCE =
            List.of(BackendChoice.CUDA, BackendChoice.CPU, BackendChoice.REFERENCE);

    /** To be added to by who has seen them right on a card: {@code gpu/results} has the runs. */
    private static final Set<Capability> PROVEN = Set.of(new Capability(9, 0));

    private static final String REFERENCE_MEANS = "1 thread, plain Java";
    private static final String ONLY_EMULATED =
            "the driver that is found here is the emulated one, which must be asked for";

    private Backends() {}

    /**
     * @throws ConfigurationException if the one that the user insists on cannot run here, or none
     *     can but the reference, and nobody asked for that
     */
    static Chosen open(EngineConfig config, ModelConfig model) {
        Map<BackendChoice, String> refused = new LinkedHashMap<>();
        for (BackendChoice candidate : BY_PREFERENCE) {
            if (candidate != BackendChoice.CUDA) {
                requireNoCard(config, candidate, refused);
            }
            if (candidate == BackendChoice.REFERENCE) {
                requireWanted(config, refused);
            }
            switch (able(attempt(candidate, config, model), config, model)) {
                case Attempt.Opened opened -> {
                    return new Chosen(opened.ops(), opened.means(), refused, opened.remark());
                }
                case Attempt.Refused no -> {
                    if (candidate == config.backend()) {
                        throw new ConfigurationException(
                                Setting.BACKEND
                                        + " "
                                        + name(candidate)
                                        + " cannot run here: "
                                        + no.reason());
                    }
                    refused.put(candidate, no.reason());
                }
            }
        }
        throw new IllegalStateException("the reference runs everywhere");
    }

    /** What each says of this machine before it knows a model, the preferred first. */
    static List<BackendOfMachine> ofThisMachine() {
        return List.of(
                switch (CudaDriver.load()) {
                    case CudaDriver.Refused no ->
                            new BackendOfMachine(name(BackendChoice.CUDA), false, no.reason());
                    case CudaDriver.Loaded driver -> ofCards(driver);
                },
                switch (cpu(OptionalInt.empty())) {
                    case Attempt.Refused no ->
                            new BackendOfMachine(name(BackendChoice.CPU), false, no.reason());
                    case Attempt.Opened opened -> {
                        opened.ops().close();
                        yield new BackendOfMachine(name(BackendChoice.CPU), true, opened.means());
                    }
                },
                new BackendOfMachine(name(BackendChoice.REFERENCE), true, REFERENCE_MEANS));
    }

    private static BackendOfMachine ofCards(CudaDriver.Loaded driver) {
        Device first = driver.devices().getFirst();
        return first.isEmulated()
                ? new BackendOfMachine(name(BackendChoice.CUDA), false, ONLY_EMULATED)
                : new BackendOfMachine(
                        name(BackendChoice.CUDA), true, first + ", " + driver.name());
    }

    /** What is asked of a card is not ignored by who has none. */
    private static void requireNoCard(
            EngineConfig config, BackendChoice candidate, Map<BackendChoice, String> refused) {
        if (config.card().gpuMemoryUtilization().isPresent()) {
            throw new ConfigurationException(
                    Setting.GPU_MEMORY_UTILIZATION
                            + " is a part of a card's memory, and no card is used ("
                            + words(refused)
                            + "); leave it out, "
                            + Setting.KV_CACHE_MEMORY_BYTES
                            + " sets the size of the KV cache of the "
                            + name(candidate)
                            + " backend");
        }
        if (!config.card().cudagraphCaptureSizes().isEmpty()) {
            throw new ConfigurationException(
                    Setting.CUDAGRAPH_CAPTURE_SIZES
                            + " says what is recorded on a card, and no card is used ("
                            + words(refused)
                            + "); leave it out");
        }
    }

    /** Nobody gets by accident what is many times slower. */
    private static void requireWanted(EngineConfig config, Map<BackendChoice, String> refused) {
        if (config.backend() == BackendChoice.AUTO && !config.fallBackToReference()) {
            throw new ConfigurationException(
                    "no backend computes this model on this machine ("
                            + words(refused)
                            + "). The reference engine would, many times slower, if it is"
                            + " asked for: "
                            + Setting.BACKEND
                            + " "
                            + name(BackendChoice.REFERENCE));
        }
    }

    private static Attempt attempt(
            BackendChoice candidate, EngineConfig config, ModelConfig model) {
        BackendChoice asked = config.backend();
        if (asked != candidate && asked != BackendChoice.AUTO) {
            return new Attempt.Refused("the " + name(asked) + " backend was asked for");
        }
        return switch (candidate) {
            case CUDA -> cuda(config, model);
            case CPU -> cpu(config.numThreads());
            case REFERENCE -> new Attempt.Opened(new ReferenceOps(), REFERENCE_MEANS);
            case AUTO -> throw new IllegalArgumentException("no backend is called auto");
        };
    }

    /** What was opened and cannot run this model is closed again. */
    private static Attempt able(Attempt attempt, EngineConfig config, ModelConfig model) {
        return switch (attempt) {
            case Attempt.Refused no -> no;
            case Attempt.Opened opened ->
                    EnginePlan.objection(config, model, opened.ops())
                            .<Attempt>map(
                                    objection -> {
                                        opened.ops().close();
                                        return new Attempt.Refused(objection);
                                    })
                            .orElse(opened);
        };
    }

    private static String words(Map<BackendChoice, String> refused) {
        return refused.entrySet().stream()
                .map(entry -> name(entry.getKey()) + ": " + entry.getValue())
                .collect(Collectors.joining("; "));
    }

    private static String name(BackendChoice choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    private static Attempt cpu(OptionalInt numThreads) {
        return switch (CpuLibrary.load()) {
            case CpuLibrary.Loaded loaded -> {
                CpuOps ops = new CpuOps(loaded, numThreads.orElse(0));
                yield new Attempt.Opened(ops, ops.threads() + " threads, " + ops.instructions());
            }
            case CpuLibrary.Refused no -> new Attempt.Refused(no.reason());
        };
    }

    private static CudaOptions options(CardConfig card) {
        return new CudaOptions(
                !card.enforceEager(), card.cudagraphCaptureSizes(), card.asyncScheduling() ? 2 : 1);
    }

    private static Attempt cuda(EngineConfig config, ModelConfig model) {
        DType activations =
                switch (config.dtype()) {
                    case BFLOAT16 -> DType.BF16;
                    case FLOAT16 -> DType.F16;
                    case AUTO -> model.dtype().filter(DType.F16::equals).orElse(DType.BF16);
                    case FLOAT32 -> DType.F32;
                };
        if (activations == DType.F32) {
            return new Attempt.Refused(
                    "its kernels have no float32, which "
                            + Setting.DTYPE
                            + " asks for; bfloat16 and float16 are what they compute in");
        }
        return switch (config.emulate() ? CudaDriver.emulated() : CudaDriver.load()) {
            case CudaDriver.Refused no -> new Attempt.Refused(no.reason());
            case CudaDriver.Loaded driver -> cuda(config, driver, activations);
        };
    }

    private static Attempt cuda(EngineConfig config, CudaDriver.Loaded driver, DType activations) {
        Device card = driver.devices().getFirst();
        if (card.isEmulated() && config.backend() != BackendChoice.CUDA) {
            return new Attempt.Refused(ONLY_EMULATED);
        }
        KernelFiles kernels = KernelFiles.ofThisProgram();
        try {
            CudaOps ops = new CudaOps(card, kernels, activations, options(config.card()));
            // Times on a processor that plays the card are worth nothing to others.
            VariantStore known =
                    card.isEmulated()
                            ? VariantStore.none()
                            : VariantStore.of(card, driver.name(), kernels);
            ops.chooseBy(known, config.card().deterministic());
            String compiler = "kernels by " + kernels.compiler() + " loaded as " + ops.code();
            return new Attempt.Opened(
                    ops,
                    String.join(", ", card.toString(), driver.name(), compiler),
                    unproven(card));
        } catch (CudaException | IllegalStateException e) {
            return new Attempt.Refused(e.getMessage());
        }
    }

    private static Optional<String> unproven(Device card) {
        if (card.isEmulated() || PROVEN.contains(card.capability())) {
            return Optional.empty();
        }
        return Optional.of(
                "unproven: these kernels were right on an NVIDIA H200 and on an emulated driver, and"
                        + " no card of compute capability "
                        + card.capability()
                        + " is known to have run them; the cpu backend does without");
    }
}
