package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.engine.EngineConfig.BackendChoice;
import quire.golden.GoldenData;
import quire.model.LoadProgress;
import quire.ops.MemoryUse;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.Device;
import quire.plan.Fit;
import quire.plan.PlannedModel;
import quire.plan.Planner;
import quire.plan.Target;
import quire.plan.Wanted;
import quire.tensor.DType;

/** What is planned from a config.json alone, beside what a driver then hands out for the model. */
class PlannedCardTest {

    private static final Path DEMO = Path.of("models/quire-demo");
    private static final int CONTEXT = 128;
    private static final int SEQUENCES = 4;

    @TempDir Path folder;

    private static long free(Device device) {
        try (Context context = Context.own(device)) {
            return context.memory().freeBytes();
        }
    }

    /** The checkpoint, with the tokenizer that a model needs to be loaded as a whole. */
    private Path whole(String name) throws IOException {
        if (name.equals("quire-demo")) {
            return DEMO;
        }
        Path model = Files.createDirectories(folder.resolve(name));
        try (Stream<Path> files = Files.list(GoldenData.golden().resolve("checkpoints/" + name))) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        Files.copy(DEMO.resolve("tokenizer.json"), model.resolve("tokenizer.json"));
        return model;
    }

    private Fit fit(Path model) throws IOException {
        Path alone = Files.createDirectories(folder.resolve("alone"));
        Files.copy(model.resolve("config.json"), alone.resolve("config.json"));
        Wanted wanted = new Wanted(CONTEXT, SEQUENCES, DType.BF16);
        Target target = Target.of("RTX-4090").orElseThrow();
        return new Planner(PlannedModel.read(alone), wanted).engineFit(target);
    }

    @ParameterizedTest
    @ValueSource(strings = {"quire-demo", "llama", "qwen3", "phi3", "mistral-window"})
    void theDriverHandsOutWhatIsPlanned(String name) throws IOException {
        Device card = EmulatedCuda.device();
        Path model = whole(name);
        EngineConfig config =
                EngineConfig.builder(model)
                        .backend(BackendChoice.CUDA)
                        .emulate(true)
                        .maxModelLength(CONTEXT)
                        .maxNumSequences(SEQUENCES)
                        .kvCacheType(EngineConfig.ElementType.BFLOAT16)
                        .kvCacheMemoryBytes(4L << 20)
                        .numThreads(1)
                        .build();
        Fit fit = fit(model);
        long before = free(card);
        try (LoadedModel loaded = LoadedModel.load(config, LoadProgress.SILENT)) {
            long taken = before - free(card);
            // Graphs and the reserve are what a driver takes by itself.
            long planned =
                    loaded.plan().numBlocks() * 16L * fit.cacheBytesPerToken()
                            + fit.uses().stream()
                                    .filter(
                                            use ->
                                                    !List.of("graphs", "reserve")
                                                            .contains(use.what()))
                                    .mapToLong(MemoryUse::bytes)
                                    .sum();
            assertEquals(taken, planned, 0.005 * taken, fit::toString);
        }
    }
}
