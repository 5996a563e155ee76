package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import quire.Outside;
import quire.engine.EngineConfig.BackendChoice;
import quire.golden.GoldenData;
import quire.model.DecoderModel;
import quire.model.LoadProgress;
import quire.model.ModelConfig;
import quire.model.ModelWeights;
import quire.ops.BatchLimits;
import quire.ops.Footprint;
import quire.ops.MemoryUse;
import quire.ops.Ops;
import quire.ops.cuda.CudaFootprint;
import quire.ops.cuda.CudaOptions;
import quire.plan.Fit;
import quire.plan.PlannedModel;
import quire.plan.Planner;
import quire.plan.Target;
import quire.plan.Wanted;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/** What is planned from a configuration alone, beside what the engine takes of its backend. */
class PlanOfEngineTest {

    private static final int SEQUENCES = 7;

    @TempDir static Path folder;

    static Stream<Path> models() throws IOException {
        try (Stream<Path> checkpoints = Files.list(GoldenData.golden().resolve("checkpoints"))) {
            return Stream.of(
                    Stream.of(Path.of("models/quire-demo")),
                    checkpoints.filter(PlanOfEngineTest::hasWeights).sorted(),
                    Stream.of("F16", "Q8_0", "Q4_0", "Q4_K_M", "Q6_K")
                            .map(type -> "quire-demo-" + type + ".gguf")
                            .map(GoldenData.gguf()::resolve)
                            .filter(Files::exists))
                    .flatMap(some -> some)
                    .toList()
                    .stream();
        }
    }

    private static boolean hasWeights(Path checkpoint) {
        return Files.exists(checkpoint.resolve("model.safetensors"))
                || Files.exists(checkpoint.resolve("model.safetensors.index.json"));
    }

    /** The model's configuration in a folder that holds nothing else; a GGUF file as it is. */
    private static Path configuration(Path model) throws IOException {
        if (!Files.isDirectory(model)) {
            return model;
        }
        Path alone = Files.createDirectories(folder.resolve(model.getFileName()));
        Files.writeString(
                alone.resolve("config.json"), Files.readString(model.resolve("config.json")));
        return alone;
    }

    private static Map<String, Long> bytes(List<MemoryUse> uses) {
        return uses.stream().collect(Collectors.toMap(MemoryUse::what, MemoryUse::bytes));
    }

    private static EngineConfig config(Path model, int context) {
        return EngineConfig.builder(model)
                .backend(BackendChoice.CPU)
                .maxModelLength(context)
                .maxNumSequences(SEQUENCES)
                .kvCacheType(EngineConfig.ElementType.BFLOAT16)
                .numThreads(1)
                .build();
    }

    private static Fit fit(PlannedModel planned, Target target, int context) {
        return new Planner(planned, new Wanted(context, SEQUENCES, DType.BF16)).engineFit(target);
    }

    /** Byte for byte, row for row; the cache of the largest number of blocks that are of use. */
    @ParameterizedTest
    @MethodSource("models")
    void aMachineHoldsWhatIsPlanned(Path model) throws IOException {
        Outside.CPU_KERNELS.path();
        PlannedModel planned = PlannedModel.read(configuration(model));
        int context = Math.min(500, planned.context());
        Fit fit = fit(planned, Target.thisMachine(), context);
        EngineConfig config = config(model, context);
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            ModelConfig read = ModelConfig.of(checkpoint, "");
            try (Ops ops = Backends.open(config, read).ops()) {
                MemoryPlan plan = EnginePlan.of(config, checkpoint, read, ops).memory();
                assertEquals(bytes(plan.uses()), bytes(fit.uses()));
                assertEquals(plan.kvBytes(), fit.cacheBytes());
                assertEquals(plan.numBlocks() * 16L, fit.tokens());
            }
            assertEquals(
                    ModelWeights.of(read, checkpoint).numParameters(), planned.numParameters());
        }
        assertEquals(fit.cacheBytesPerToken(), planned.cacheBytesPerToken(DType.BF16));
        assertEquals(fit.cacheBytes(), fit.tokens() * fit.cacheBytesPerToken());
        // Files have norms and biases in 16 bits, the engine in 32.
        assertEquals(planned.weightBytes(), fit.weightBytes(), 0.03 * fit.weightBytes());
    }

    /** As the driver of a card hands it out: that plan is held against one in CardMemoryTest. */
    @ParameterizedTest
    @MethodSource("models")
    void aCardHoldsWhatIsPlanned(Path model) throws IOException {
        PlannedModel planned = PlannedModel.read(configuration(model));
        int context = Math.min(500, planned.context());
        Target card = Target.of("RTX-4090").orElseThrow();
        Footprint footprint = new CudaFootprint(DType.BF16, CudaOptions.USUAL, card.memoryBytes());
        EngineConfig config = config(model, context);
        List<MemoryUse> uses = new ArrayList<>();
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            ModelConfig read = ModelConfig.of(checkpoint, "");
            uses.addAll(
                    DecoderModel.memoryUses(
                            checkpoint, read, EnginePlan.modelLimits(config, context), footprint));
            BatchLimits steps =
                    new BatchLimits(
                            config.maxNumBatchedTokens(), SEQUENCES, Math.ceilDiv(context, 16), 16);
            uses.addAll(footprint.overheads(steps, read.vocabSize(), read.numLayers()));
        }
        assertEquals(bytes(uses), bytes(fit(planned, card, context).uses()));
    }

    @Test
    void aLoadedModelHoldsWhatIsPlanned() throws IOException {
        loaded(Path.of("models/quire-demo"));
    }

    @Test
    void aRealModelHoldsWhatIsPlanned() throws IOException {
        loaded(Outside.SMOLLM2.path());
    }

    private static void loaded(Path model) throws IOException {
        Outside.CPU_KERNELS.path();
        PlannedModel planned = PlannedModel.read(configuration(model));
        try (LoadedModel engine = LoadedModel.load(config(model, 1024), LoadProgress.SILENT)) {
            MemoryPlan plan = engine.plan();
            Fit fit = fit(planned, Target.thisMachine(), 1024);
            assertEquals(bytes(plan.uses()), bytes(fit.uses()));
            assertEquals(plan.kvBytes(), fit.cacheBytes());
            assertEquals(engine.info().numParameters(), planned.numParameters());
        }
    }
}
