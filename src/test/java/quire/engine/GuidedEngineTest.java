package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import quire.Outside;
import quire.engine.EngineConfig.BackendChoice;
import quire.error.QuireException;
import quire.generation.AnswerForm;
import quire.generation.EngineObserver;
import quire.generation.Generation;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.generation.GenerationRequest;
import quire.generation.Submission;
import quire.grammar.constraint.Constraint;
import quire.model.LoadProgress;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.sequence.FinishReason;

/** Answers of a real model with a form, in company, on each backend. */
class GuidedEngineTest {

    private static final String PERSON =
            "\\{\"name\": \"[a-z]{2,9}\", \"age\": [1-9][0-9]?, \"ok\": (true|false)\\}";

    /** Hears one choice. */
    private static final class Answer implements GenerationListener {

        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<GenerationOutput> last = new CompletableFuture<>();

        @Override
        public void onOutput(GenerationOutput output) {
            text.append(output.text());
            output.finishReason().ifPresent(any -> last.complete(output));
        }

        @Override
        public void onError(QuireException error) {
            last.completeExceptionally(error);
        }

        GenerationOutput await() throws Exception {
            return last.get(3, TimeUnit.MINUTES);
        }
    }

    private static EngineConfigBuilder config(BackendChoice backend) {
        return EngineConfig.builder(Path.of("models/quire-demo"))
                .backend(backend)
                .emulate(backend == BackendChoice.CUDA)
                .maxModelLength(160)
                .maxNumSequences(6)
                .maxNumBatchedTokens(64)
                .blockSize(16)
                .numThreads(2);
    }

    private static GenerationRequest request(
            LlmEngine engine, SamplingParamsBuilder params, Optional<AnswerForm> form) {
        int[] prompt = engine.tokenizer().encode("Once upon a time there was", false);
        return new GenerationRequest(
                "guided",
                prompt,
                params.build(),
                0,
                Optional.empty(),
                GenerationRequest.Display.TEXT,
                form);
    }

    private static Optional<AnswerForm> person() {
        return Optional.of(new AnswerForm("regex", new Constraint.Pattern(PERSON)));
    }

    private static SamplingParamsBuilder seeded(long seed) {
        return SamplingParams.builder().temperature(1).seed(seed).maxTokens(60);
    }

    private static List<Answer> askAll(LlmEngine engine, List<GenerationRequest> requests) {
        List<Answer> answers = new ArrayList<>();
        List<Submission> submissions = new ArrayList<>();
        for (GenerationRequest request : requests) {
            answers.add(new Answer());
            submissions.add(new Submission(request, answers.getLast()));
        }
        engine.submit(submissions, 100);
        return answers;
    }

    private static String alone(LlmEngine engine, GenerationRequest request) throws Exception {
        Answer answer = askAll(engine, List.of(request)).getFirst();
        answer.await();
        return answer.text.toString();
    }

    private static void assertGuided(EngineConfig config, int numAnswers) throws Exception {
        int[] numForced = {0};
        try (LlmEngine engine = LlmEngine.load(config, LoadProgress.SILENT)) {
            engine.observe(
                    new EngineObserver() {
                        @Override
                        public void tokensForced(int count) {
                            numForced[0] += count;
                        }
                    });
            String free = alone(engine, request(engine, seeded(1).maxTokens(20), Optional.empty()));
            List<GenerationRequest> requests = new ArrayList<>();
            for (int i = 0; i < numAnswers; i++) {
                requests.add(request(engine, seeded(i), person()));
            }
            requests.add(request(engine, seeded(1).maxTokens(20), Optional.empty()));
            List<Answer> together = askAll(engine, requests);
            for (int i = 0; i < numAnswers; i++) {
                GenerationOutput last = together.get(i).await();
                String text = together.get(i).text.toString();
                assertEquals(Optional.of(FinishReason.STOP), last.finishReason());
                assertTrue(text.matches(PERSON), text);
            }
            assertTrue(numForced[0] >= 4 * numAnswers, numForced[0] + " tokens forced");
            assertEquals(text(together.getLast()), free, "company has no say");
            assertEquals(text(together.get(1)), alone(engine, requests.get(1)));
            // Sampled one by one, the text is of the grammar just the same.
            String sampled = alone(engine, request(engine, seeded(1).logprobs(0), person()));
            assertTrue(sampled.matches(PERSON), sampled);
            assertEquals(0, engine.numInside());
        }
    }

    private static String text(Answer answer) throws Exception {
        answer.await();
        return answer.text.toString();
    }

    @Test
    void answersHaveTheirFormOnTheProcessor() throws Exception {
        Outside.CPU_KERNELS.path();
        assertGuided(config(BackendChoice.CPU).build(), 16);
    }

    @Test
    void answersHaveTheirFormOnTheReference() throws Exception {
        assertGuided(config(BackendChoice.REFERENCE).build(), 2);
    }

    @Test
    void answersHaveTheirFormOnTheEmulatedCard() throws Exception {
        Outside.CUDA_EMULATOR.path();
        CardConfig card = new CardConfig(OptionalDouble.empty(), false, List.of(), true, true);
        assertGuided(config(BackendChoice.CUDA).card(card).build(), 2);
    }

    @Test
    void whoIsPreemptedAmongForcedTokensSaysTheSame() throws Exception {
        Outside.CPU_KERNELS.path();
        EngineConfigBuilder crowded =
                config(BackendChoice.CPU).maxModelLength(80).blockSize(8).numGpuBlocksOverride(11);
        try (LlmEngine tight = LlmEngine.load(crowded.build(), LoadProgress.SILENT);
                LlmEngine wide =
                        LlmEngine.load(config(BackendChoice.CPU).build(), LoadProgress.SILENT)) {
            List<GenerationRequest> requests = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                requests.add(request(tight, seeded(i).n(1 + i % 2), person()));
            }
            List<Answer> together = new ArrayList<>();
            for (GenerationRequest request : requests) {
                together.add(askAll(tight, List.of(request)).getFirst());
            }
            Generation gone = tight.submit(requests.getFirst(), new Answer(), 100);
            gone.cancel();
            for (int i = 0; i < requests.size(); i += 2) {
                assertEquals(alone(wide, requests.get(i)), text(together.get(i)));
            }
            for (Answer answer : together) {
                answer.await();
            }
            assertTrue(tight.stats().numPreemptions() > 0, "nothing was preempted");
        }
    }
}
