package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.Embedded;
import quire.LLM;
import quire.SamplingParams;
import quire.engine.EngineConfig.BackendChoice;
import quire.error.ConfigurationException;
import quire.error.UnavailableException;
import quire.model.LoadProgress;
import quire.ops.MemoryUse;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.Device;
import quire.ops.cuda.emulator.Emulator;
import quire.settings.Flags;

/**
 * What a plan says of a card's memory, beside what the driver hands out: an allocation that the
 * plan does not know of, whoever makes it, fails here.
 */
class CardMemoryTest {

    /** Of quire-demo: 6 layers of 2 heads of 64 elements, keys and values of 16 tokens. */
    private static final long BLOCK_BYTES = 48L << 10;

    /** What a small card keeps. */
    private static final long RESERVE = 16L << 20;

    /** What a card has less than its size when it is asked. */
    private static final long SLACK = 4096;

    private static EngineConfig config(int sequences, int tokens, OptionalLong kvBytes) {
        return config(sequences, tokens, kvBytes, CardConfig.DEFAULT);
    }

    private static EngineConfig config(
            int sequences, int tokens, OptionalLong kvBytes, CardConfig card) {
        EngineConfigBuilder config =
                EngineConfig.builder(Path.of("models/quire-demo"))
                        .backend(BackendChoice.CUDA)
                        .emulate(true)
                        .maxModelLength(128)
                        .maxNumSequences(sequences)
                        .maxNumBatchedTokens(tokens)
                        .numThreads(1)
                        .card(card);
        kvBytes.ifPresent(config::kvCacheMemoryBytes);
        return config.build();
    }

    private static long free(Device device) {
        try (Context context = Context.own(device)) {
            return context.memory().freeBytes();
        }
    }

    private static MemoryPlan planned(EngineConfig config) {
        LoadedModel loaded = LoadedModel.load(config, LoadProgress.SILENT);
        try (loaded) {
            return loaded.plan();
        }
    }

    /** What is asked of the driver; what it takes by itself on a card is not to be seen here. */
    private static long planned(MemoryPlan plan) {
        return plan.kvBytes()
                + plan.uses().stream()
                        .filter(use -> !List.of("graphs", "reserve").contains(use.what()))
                        .mapToLong(MemoryUse::bytes)
                        .sum();
    }

    /** Small steps, where weights are most of it, and large ones, where they are least. */
    @ParameterizedTest
    @CsvSource({"2, 16", "100, 1500"})
    void thePlanIsWhatTheDriverHandsOut(int sequences, int tokens) {
        Device device = EmulatedCuda.device();
        EngineConfig config = config(sequences, tokens, OptionalLong.of(3L << 20));
        MemoryPlan plan = planned(config);
        long planned = planned(plan);
        long before = free(device);
        try (LLM llm = Embedded.load(config)) {
            long loaded = before - free(device);
            assertTrue(
                    Math.abs(planned - loaded) <= planned / 1000,
                    () -> loaded + " bytes were taken, " + planned + " planned: " + plan.words());
            SamplingParams greedy = SamplingParams.greedy(4);
            llm.generate(List.of("Once upon a time", "The capital of France is"), greedy);
            assertEquals(loaded, before - free(device), "steps allocate nothing");
        }
        assertEquals(before, free(device), "all is given back");
    }

    /** It is this machine's memory, and four gigabytes of it for a toy would be no kindness. */
    @Test
    void anEmulatedCardPlansAsMuchCacheAsItCanFill() {
        EmulatedCuda.device();
        MemoryPlan plan = planned(config(256, 256, OptionalLong.empty()));
        assertTrue(plan.kvBytes() <= 64L << 20, plan::words);
        assertEquals(128, plan.maxModelLength());
    }

    /** What weights pass through, and whatever else is taken for a while, is in the reserve. */
    @Test
    void aCardThatHasWhatThePlanSaysIsEnoughAndOneWithLessRefusesBeforeAnythingIsLoaded() {
        EngineConfig config = config(8, 64, OptionalLong.of(30 * BLOCK_BYTES));
        EmulatedCuda.device();
        MemoryPlan plan = planned(config);
        long graphs =
                plan.uses().stream()
                        .filter(use -> use.what().equals("graphs"))
                        .mapToLong(MemoryUse::bytes)
                        .sum();
        // Four sizes of 6 layers of 9 kernels and 9 others, as counted on a card.
        assertEquals(4 * 63 * 3_200, graphs);
        long needed = planned(plan) + graphs + RESERVE + SLACK;
        try (Emulator emulator = new Emulator()) {
            emulator.set("MEMORY", Long.toString(needed));
            try (LLM llm = Embedded.load(config)) {
                llm.generate("Once upon a time", SamplingParams.greedy(2));
            }
            emulator.set("MEMORY", Long.toString(needed - (2 << 20)));
            long allocations = emulator.count("cuMemAlloc_v2");
            List<String> progress = new ArrayList<>();
            String refusal =
                    assertThrows(
                                    ConfigurationException.class,
                                    () ->
                                            LoadedModel.load(
                                                    config,
                                                    (stage, done, all) -> progress.add(stage)))
                            .message(Flags::spelled);
            assertTrue(refusal.startsWith("the model does not fit: "), refusal);
            for (String row : List.of("weights", "sampling", "reserve", "the card has")) {
                assertTrue(refusal.contains("\n    " + row + "  "), refusal);
            }
            assertTrue(refusal.contains("--backend cpu"), refusal);
            assertEquals(List.of(), progress);
            assertEquals(allocations, emulator.count("cuMemAlloc_v2"));
        }
    }

    private static EngineConfig part(double part) {
        CardConfig card = new CardConfig(OptionalDouble.of(part), false, List.of(), true, false);
        return config(256, 256, OptionalLong.empty(), card);
    }

    @Test
    void thePartOfTheCardThatWasAskedForIsFilledToTheLastBlock() {
        try (Emulator emulator = new Emulator()) {
            emulator.set("MEMORY", Long.toString(1L << 30));
            MemoryPlan plan = planned(part(0.08));
            long all = plan.kvBytes() + plan.uses().stream().mapToLong(MemoryUse::bytes).sum();
            long asked = (long) (0.08 * (1L << 30));
            assertTrue(all <= asked && all > asked - BLOCK_BYTES, plan::words);
            String refusal =
                    assertThrows(ConfigurationException.class, () -> planned(part(0.03)))
                            .message(Flags::spelled);
            assertTrue(refusal.contains("; raise --gpu-memory-utilization to 0.07"), refusal);
        }
    }

    @Test
    void aLoadThatIsInterruptedLeavesNothing() {
        Device device = EmulatedCuda.device();
        long before = free(device);
        List<String> progress = new ArrayList<>();
        LoadProgress interrupting =
                (stage, done, all) -> {
                    progress.add(stage);
                    if (progress.size() == 20) {
                        Thread.currentThread().interrupt();
                    }
                };
        EngineConfig config = config(8, 64, OptionalLong.of(30 * BLOCK_BYTES));
        assertThrows(UnavailableException.class, () -> LoadedModel.load(config, interrupting));
        assertTrue(Thread.interrupted(), "who interrupted is told of it");
        assertTrue(progress.size() < 25, () -> progress.size() + " tensors");
        assertEquals(before, free(device));
    }
}
