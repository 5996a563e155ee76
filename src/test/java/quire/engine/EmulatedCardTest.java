package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import quire.CapturedLog;
import quire.Completion;
import quire.Embedded;
import quire.LLM;
import quire.Outside;
import quire.SamplingParams;
import quire.engine.EngineConfig.BackendChoice;
import quire.error.ConfigurationException;
import quire.ops.cuda.emulator.Emulator;
import quire.settings.Flags;

/** What a developer without a card gets by {@code --backend cuda --emulate}. */
class EmulatedCardTest {
    private static final String PROMPT = "Once upon a time";
    private static final SamplingParams GREEDY = SamplingParams.greedy(6);

    private static EngineConfig config(BackendChoice backend, boolean emulate) {
        return config(backend, emulate, CardConfig.DEFAULT);
    }

    private static EngineConfig config(BackendChoice backend, boolean emulate, CardConfig card) {
        return EngineConfig.builder(Path.of("models/quire-demo"))
                .backend(backend)
                .emulate(emulate)
                .maxModelLength(64)
                .maxNumSequences(4)
                .maxNumBatchedTokens(64)
                .kvCacheMemoryBytes(4L << 20)
                .numThreads(1)
                .card(card)
                .build();
    }

    private static CardConfig card(boolean eager, List<Integer> sizes, boolean async) {
        return new CardConfig(OptionalDouble.empty(), eager, sizes, async, false);
    }

    @Test
    void whatIsAskedOfACardChangesItsStepsAndNotTheirTokens() {
        try (Emulator emulator = new Emulator()) {
            String expected = answer(card(true, List.of(), false));
            long without = emulator.count("cuGraphLaunch");
            assertEquals(expected, answer(card(true, List.of(), true)));
            assertEquals(without, emulator.count("cuGraphLaunch"));
            assertEquals(expected, answer(card(false, List.of(3, 1), false)));
            assertTrue(emulator.count("cuGraphLaunch") > without);
        }
    }

    @Test
    void aTextIsTheSameAloneAndInCompanyWhereThatIsAskedFor() {
        Outside.CUDA_EMULATOR.path();
        CardConfig card = new CardConfig(OptionalDouble.empty(), false, List.of(), true, true);
        List<String> prompts = List.of(PROMPT, "The cat", "Tom and Lily went to the park");
        try (LLM llm = Embedded.load(config(BackendChoice.CUDA, true, card))) {
            List<String> alone =
                    prompts.stream().map(prompt -> llm.generate(prompt, GREEDY).text()).toList();
            List<String> together =
                    llm.generate(prompts, GREEDY).stream().map(Completion::text).toList();
            assertEquals(alone, together);
        }
    }

    private static String answer(CardConfig card) {
        try (LLM llm = Embedded.load(config(BackendChoice.CUDA, true, card))) {
            return llm.generate(PROMPT, GREEDY).text();
        }
    }

    @Test
    void whatIsRecordedOnACardIsRefusedByWhoHasNone() {
        EngineConfig config = config(BackendChoice.CPU, false, card(false, List.of(1), true));
        ConfigurationException refusal =
                assertThrows(ConfigurationException.class, () -> Embedded.load(config));
        assertEquals(
                "--cudagraph-capture-sizes says what is recorded on a card, and no card is used"
                        + " (cuda: the cpu backend was asked for); leave it out",
                refusal.message(Flags::spelled));
    }

    @Test
    void theDemoModelAnswersAsOnTheCpuAndTheLogNamesCardDriverAndCompiler() {
        Outside.CUDA_EMULATOR.path();
        Outside.CPU_KERNELS.path();
        String answer;
        List<String> log;
        try (CapturedLog captured = CapturedLog.withDetails("quire.engine");
                LLM llm = Embedded.load(config(BackendChoice.CUDA, true))) {
            answer = llm.generate(PROMPT, GREEDY).text();
            log = captured.details();
        }
        try (LLM llm = Embedded.load(config(BackendChoice.CPU, false))) {
            assertEquals(llm.generate(PROMPT, GREEDY).text(), answer);
        }
        assertTrue(
                log.stream().anyMatch(line -> line.matches("backend: cuda \\(.*, compute_.*")),
                log::toString);
        assertTrue(
                log.stream()
                        .anyMatch(
                                line ->
                                        line.matches(
                                                "compute: .+ \\(compute capability \\d+\\.\\d\\),"
                                                        + " driver \\(CUDA \\d+\\.\\d\\), kernels"
                                                        + " by CUDA 12\\.\\d+\\.\\d+ loaded as PTX for"
                                                        + " compute_\\d+a?, which the driver"
                                                        + " compiled")),
                log::toString);
    }
}
