package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.error.QuireException;
import quire.golden.Backend;
import quire.golden.GoldenData;
import quire.model.DecoderModel;
import quire.model.LoadProgress;
import quire.model.ModelConfig;
import quire.model.ModelLimits;
import quire.ops.LateOps;
import quire.ops.Ops;
import quire.ops.cuda.CudaOps;
import quire.ops.cuda.CudaOptions;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.emulator.Emulator;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.scheduler.Pipeline;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.SchedulerStats;
import quire.tensor.DType;
import quire.tokenizer.Tokenizer;
import quire.weights.Checkpoint;

/**
 * A real model, sampler and engine thread over a backend that tells tokens a step late: seeds,
 * penalties, stop strings and preemption give the answers that they give one step after the other.
 */
class TwoStepsInFlightTest {

    private static final int MAX_LENGTH = 96;
    private static final int MAX_SEQUENCES = 6;
    private static final int MAX_TOKENS = 48;
    private static final int BLOCK = 16;
    private static final int NUM_BLOCKS = 15;
    private static final int NUM_REQUESTS = 24;
    private static final long SEED = 11;

    @ParameterizedTest
    @EnumSource(Backend.class)
    void answersAreThoseOfOneStepAfterTheOther(Backend backend) throws Exception {
        try (Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"));
                Ops ops = backend.open();
                Ops late = LateOps.of(backend.open())) {
            List<String> expected = answers(tokenizer, ops, DType.F32);
            assertEquals(expected, answers(tokenizer, late, DType.F32));
            long numFilledIn = ((LateOps.Lateness) late).numFilledIn();
            assertTrue(numFilledIn > 5 * NUM_REQUESTS, numFilledIn + " tokens were pending");
            long different = expected.stream().distinct().count();
            assertTrue(different > NUM_REQUESTS / 2, "the answers are all alike: " + expected);
        }
    }

    /** One step and two at once, computed and played back, and each request by itself. */
    @Test
    void theCardsAnswersAreThoseOfOneStepAfterTheOther() throws Exception {
        try (Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"));
                Emulator emulator = new Emulator()) {
            List<String> expected = answers(tokenizer, new CudaOptions(false, List.of(), 1));
            for (CudaOptions options :
                    List.of(
                            new CudaOptions(false, List.of(), 2),
                            new CudaOptions(true, List.of(), 1),
                            new CudaOptions(true, List.of(), 2),
                            new CudaOptions(true, List.of(4, MAX_SEQUENCES), 2))) {
                long before = emulator.count("cuGraphLaunch");
                assertEquals(expected, answers(tokenizer, options), options.toString());
                long replays = emulator.count("cuGraphLaunch") - before;
                assertTrue(replays > 50 || !options.graphs(), replays + " were played back");
            }
            try (Ops ops = card(CudaOptions.USUAL)) {
                assertEquals(expected, answers(tokenizer, ops, DType.BF16, 1), "alone");
            }
            // What the host fills in too early, or looks at, is what the card gets, or has not.
            emulator.set("STREAMS", "lazy");
            assertEquals(expected, answers(tokenizer, CudaOptions.USUAL), "lazy streams");
        }
    }

    private static List<String> answers(Tokenizer tokenizer, CudaOptions options) throws Exception {
        try (Ops ops = card(options)) {
            assertEquals(options.stepsInFlight(), ops.stepsInFlight());
            return answers(tokenizer, ops, DType.BF16);
        }
    }

    private static Ops card(CudaOptions options) {
        return new CudaOps(EmulatedCuda.device(), KernelFiles.ofThisProgram(), DType.BF16, options);
    }

    private static List<String> answers(Tokenizer tokenizer, Ops ops, DType cacheType)
            throws Exception {
        return answers(tokenizer, ops, cacheType, MAX_SEQUENCES);
    }

    private static List<String> answers(
            Tokenizer tokenizer, Ops ops, DType cacheType, int maxSequences) throws Exception {
        Path llama = GoldenData.golden().resolve("checkpoints/llama");
        SchedulerConfig limits =
                new SchedulerConfig(
                        maxSequences, MAX_TOKENS, 0, MAX_LENGTH, NUM_BLOCKS, BLOCK, true);
        try (Checkpoint checkpoint = Checkpoint.open(llama);
                ExecutorService executor = Executors.newSingleThreadExecutor()) {
            ModelConfig config = ModelConfig.of(checkpoint, "");
            DecoderModel model =
                    DecoderModel.load(
                            checkpoint,
                            config,
                            ops,
                            new ModelLimits(MAX_LENGTH, MAX_TOKENS, maxSequences),
                            LoadProgress.SILENT);
            Scheduler scheduler = new Scheduler(limits, Pipeline.ofDepth(ops.stepsInFlight()));
            try (ModelRunner runner =
                            new ModelRunner(
                                    ops,
                                    model,
                                    ops.allocateKvCache(
                                            config.kvCacheLayout(NUM_BLOCKS, BLOCK, cacheType)),
                                    limits,
                                    config.vocabSize());
                    EngineLoop loop =
                            new EngineLoop(
                                    scheduler,
                                    StepPace.of(config),
                                    runner,
                                    new Choices(
                                            tokenizer,
                                            EosTokens.of(2),
                                            config.vocabSize(),
                                            scheduler.maxLength(),
                                            0),
                                    executor,
                                    new EngineObservers(),
                                    Duration.ofMinutes(5))) {
                loop.start();
                List<Answer> answers = new ArrayList<>();
                List<Submission> submissions = new ArrayList<>();
                for (GenerationRequest request : requests(tokenizer, config.vocabSize())) {
                    answers.add(new Answer(request.params().n()));
                    submissions.add(new Submission(request, answers.getLast()));
                }
                loop.submit(submissions, NUM_REQUESTS);
                List<String> texts = new ArrayList<>();
                for (Answer answer : answers) {
                    texts.addAll(answer.await());
                }
                SchedulerStats stats = executor.submit(scheduler::stats).get();
                boolean alone = maxSequences == 1;
                assertTrue(alone || stats.numPreemptions() > 0, "nothing was preempted");
                assertTrue(stats.prefixHits() > 0, "no prefix was found");
                IllegalStateException refused =
                        assertThrows(IllegalStateException.class, runner::isDone);
                assertTrue(refused.getMessage().contains("quire-engine"), refused.getMessage());
                return texts;
            }
        }
    }

    private static List<GenerationRequest> requests(Tokenizer tokenizer, int vocabSize) {
        Random random = new Random(SEED);
        int[] shared = random.ints(40, 3, vocabSize).toArray();
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < NUM_REQUESTS; i++) {
            int[] prompt = random.ints(1 + random.nextInt(50), 3, vocabSize).toArray();
            int common = random.nextInt(prompt.length);
            System.arraycopy(shared, 0, prompt, 0, Math.min(common, shared.length));
            SamplingParamsBuilder params =
                    SamplingParams.builder()
                            .maxTokens(5 + random.nextInt(40))
                            .temperature(i % 3 == 0 ? 0 : 1.5)
                            .topP(i % 4 == 0 ? 0.9 : 1)
                            .minTokens(i % 5)
                            .n(i % 8 == 7 ? 3 : 1)
                            .ignoreEos(i % 2 == 0);
            if (i % 2 == 0) {
                params.repetitionPenalty(1.2).frequencyPenalty(0.7).presencePenalty(0.3);
            }
            if (i % 3 == 1) {
                params.seed((long) i);
            }
            if (i % 4 == 3) {
                params.stop(tokenizer.text(70 + random.nextInt(26)));
            }
            requests.add(new GenerationRequest("request " + i, prompt, params.build()));
        }
        return requests;
    }

    /** Texts of a request's choices, and how each ended. */
    private static final class Answer implements GenerationListener {

        private final StringBuilder[] texts;
        private final CountDownLatch ended;
        private volatile String error = "";

        Answer(int choices) {
            texts = new StringBuilder[choices];
            for (int i = 0; i < choices; i++) {
                texts[i] = new StringBuilder();
            }
            ended = new CountDownLatch(choices);
        }

        @Override
        public void onOutput(GenerationOutput output) {
            texts[output.choice()].append(output.text());
            if (output.finishReason().isPresent()) {
                texts[output.choice()]
                        .append(" | " + output.numTokens())
                        .append(" " + output.finishReason().get())
                        .append(" " + output.stopReason());
                ended.countDown();
            }
        }

        @Override
        public void onError(QuireException theError) {
            error = theError.toString();
            while (ended.getCount() > 0) {
                ended.countDown();
            }
        }

        List<String> await() throws InterruptedException {
            assertTrue(ended.await(60, TimeUnit.SECONDS), "a request has no answer");
            assertEquals("", error);
            return List.of(texts).stream().map(StringBuilder::toString).toList();
        }
    }
}
