package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.LLM;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.EngineConfig.ElementType;
import quire.model.LoadProgress;
import quire.ops.MemoryUse;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.Device;
import quire.sampling.SamplingParams;

/**
 * What a plan says of a card's memory, beside what the driver hands out: an allocation that the
 * plan does not know of, whoever makes it, fails here.
 */
class CardMemoryTest {

    private static EngineConfig config(int sequences, int tokens, OptionalLong kvBytes) {
        return new EngineConfig(
                Path.of("models/quire-demo"),
                List.of(),
                BackendChoice.CUDA,
                true,
                ElementType.AUTO,
                OptionalInt.of(128),
                sequences,
                tokens,
                16,
                ElementType.AUTO,
                kvBytes,
                OptionalInt.empty(),
                true,
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                "auto",
                OptionalInt.of(1),
                CardConfig.DEFAULT);
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

    /** Small steps, where weights are most of it, and large ones, where they are least. */
    @ParameterizedTest
    @CsvSource({"2, 16", "100, 1500"})
    void thePlanIsWhatTheDriverHandsOut(int sequences, int tokens) {
        Device device = EmulatedCuda.device();
        EngineConfig config = config(sequences, tokens, OptionalLong.of(3L << 20));
        MemoryPlan plan = planned(config);
        long planned =
                plan.kvBytes()
                        + plan.uses().stream()
                                .filter(use -> !use.what().equals("reserve"))
                                .mapToLong(MemoryUse::bytes)
                                .sum();
        long before = free(device);
        try (LLM llm = LLM.load(config)) {
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
}
