package quire.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.LLM;
import quire.Outside;
import quire.Prompt;
import quire.ResponseFormat;
import quire.SamplingParams;

/**
 * The engine thread allocates nothing per token once its code is compiled. What remains is one node
 * of the executor's queue per step, whatever the number of sequences, when the step is handed back.
 */
class DecodeAllocationTest {

    private static final int SEQUENCES = 8;
    private static final int TOKENS = 1000;
    private static final int ROUNDS = 6;

    /** A queue's node per step; an object per token would be four times that at least. */
    private static final long TOLERANCE_BYTES = 32L * TOKENS;

    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void greedyDecodeAllocatesNothing() {
        measure(SamplingParams.greedy(TOKENS).toBuilder().ignoreEos(true).build());
    }

    @Test
    void sampledDecodeAllocatesNothing() {
        measure(
                SamplingParams.builder()
                        .maxTokens(TOKENS)
                        .temperature(0.8)
                        .topP(0.9)
                        .topK(40)
                        .repetitionPenalty(1.1)
                        .frequencyPenalty(0.2)
                        .seed(1)
                        .ignoreEos(true)
                        .build());
    }

    @Test
    void decodeOfAnswersWithAFormAllocatesNothing() {
        measure(
                SamplingParams.builder()
                        .maxTokens(TOKENS)
                        .seed(1)
                        .ignoreEos(true)
                        .responseFormat(ResponseFormat.regex("[^\"\\\\\\x00-\\x1f]*"))
                        .build());
    }

    private void measure(SamplingParams params) {
        Outside.CPU_KERNELS.path();
        try (LLM llm = LLM.load(Path.of("models/quire-demo"))) {
            long engine = engineThread();
            List<Prompt> prompts =
                    IntStream.range(0, SEQUENCES)
                            .mapToObj(i -> Prompt.tokens(300 + i, 17))
                            .toList();
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least > TOLERANCE_BYTES; round++) {
                long before = threads.getThreadAllocatedBytes(engine);
                llm.generateAll(prompts, params);
                least = Math.min(least, threads.getThreadAllocatedBytes(engine) - before);
            }
            assertTrue(
                    least <= TOLERANCE_BYTES,
                    "the engine thread allocated "
                            + least
                            + " bytes for "
                            + SEQUENCES * TOKENS
                            + " tokens in "
                            + TOKENS
                            + " steps");
        }
    }

    private long engineThread() {
        for (long id : threads.getAllThreadIds()) {
            var info = threads.getThreadInfo(id);
            if (info != null && info.getThreadName().equals("quire-engine")) {
                return id;
            }
        }
        throw new AssertionError("no thread is called quire-engine");
    }
}
