package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import quire.CapturedLog;
import quire.LLM;
import quire.Outside;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.EngineConfig.ElementType;
import quire.sampling.SamplingParams;

/** What a developer without a card gets by {@code --backend cuda --emulate}. */
class EmulatedCardTest {
    private static final String PROMPT = "Once upon a time";
    private static final SamplingParams GREEDY = SamplingParams.greedy(6);

    private static EngineConfig config(BackendChoice backend, boolean emulate) {
        return new EngineConfig(
                Path.of("models/quire-demo"),
                List.of(),
                backend,
                emulate,
                ElementType.AUTO,
                OptionalInt.of(64),
                4,
                64,
                16,
                ElementType.AUTO,
                OptionalLong.of(4L << 20),
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

    @Test
    void theDemoModelAnswersAsOnTheCpuAndTheLogNamesCardDriverAndCompiler() {
        Outside.CUDA_EMULATOR.path();
        Outside.CPU_KERNELS.path();
        String answer;
        List<String> log;
        try (CapturedLog captured = new CapturedLog("quire.engine");
                LLM llm = LLM.load(config(BackendChoice.CUDA, true))) {
            answer = llm.generate(PROMPT, GREEDY).text();
            log = captured.facts();
        }
        try (LLM llm = LLM.load(config(BackendChoice.CPU, false))) {
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
                                                        + " by CUDA 12\\.8\\.93")),
                log::toString);
    }
}
