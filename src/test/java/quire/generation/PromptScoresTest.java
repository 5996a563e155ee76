package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.sampling.SamplingParams;
import quire.scheduler.SchedulerConfig;
import quire.tokenizer.Tokenizer;

/** A prompt whose tokens are scored is computed once for all choices of a request. */
class PromptScoresTest {

    private static final int BLOCK = 4;
    private static final int LENGTH = 18;
    private static final int CHOICES = 3;

    private static final HeldGrammars.Library LIBRARY =
            new HeldGrammars.Library(
                    Tokenizer.load(Path.of("models/quire-demo")), AnswerLife.VOCABULARY);

    private static SchedulerConfig config(boolean prefixCaching) {
        return new SchedulerConfig(4, 40, 0, 40, 60, BLOCK, prefixCaching);
    }

    private static GenerationRequest request(int maxTokens) {
        return new GenerationRequest(
                "scored",
                new Random(7).ints(LENGTH, 70, 200).toArray(),
                SamplingParams.builder()
                        .maxTokens(maxTokens)
                        .ignoreEos(true)
                        .seed(1)
                        .n(CHOICES)
                        .promptLogprobs(2)
                        .build(),
                0,
                Optional.empty(),
                new GenerationRequest.Display(new int[0], false, true));
    }

    /** Behind the full blocks there are two tokens, which each of the others computes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theOthersComputeWhatIsBehindItsFullBlocks(boolean prefixCaching) {
        for (int maxTokens : new int[] {1, 5}) {
            try (AnswerLife life = new AnswerLife(LIBRARY, config(prefixCaching))) {
                HeardAnswer answer = life.alone(request(maxTokens));
                answer.checkPrompt();
                int numBehind = LENGTH % BLOCK;
                assertEquals(
                        LENGTH + (CHOICES - 1) * numBehind + CHOICES * (maxTokens - 1),
                        life.numComputed());
            }
        }
    }

    @Test
    void eachSaysWhatItSaysWithoutScores() {
        GenerationRequest scored = request(9);
        GenerationRequest plain =
                new GenerationRequest(
                        "plain",
                        scored.promptTokenIds(),
                        SamplingParams.builder()
                                .maxTokens(9)
                                .ignoreEos(true)
                                .seed(1)
                                .n(CHOICES)
                                .build(),
                        0,
                        Optional.empty(),
                        scored.display());
        try (AnswerLife life = new AnswerLife(LIBRARY, config(true))) {
            assertEquals(life.alone(plain).texts(), life.alone(scored).texts());
        }
    }
}
