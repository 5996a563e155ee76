package quire.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.error.InvalidRequestException;
import quire.error.QuireException;
import quire.golden.GoldenData;
import quire.golden.GoldenModel;
import quire.grammar.constraint.Constraint;
import quire.model.DecoderModel;
import quire.model.LoadProgress;
import quire.model.ModelConfig;
import quire.model.ModelLimits;
import quire.ops.Ops;
import quire.ops.reference.ReferenceOps;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.sampling.TokenLogprobs;
import quire.scheduler.Pipeline;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerConfig;
import quire.sequence.FinishReason;
import quire.sequence.StopReason;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/** Beam searches of an engine over golden checkpoints, beside one that knows every logit. */
@Timeout(120)
class BeamSearchTest {

    private static final int MAX_LENGTH = 64;
    private static final int[] PROMPT = {7, 91, 200, 15, 3, 88, 41, 250, 17, 60};

    /** An engine of the reference backend. */
    private static final class Engine implements AutoCloseable {

        private final Ops ops = new ReferenceOps();
        private final Checkpoint checkpoint;
        private final ExecutorService executor = Executors.newSingleThreadExecutor();
        private final ModelRunner runner;
        private final Scheduler scheduler;
        private final EngineLoop loop;

        Engine(Path path, int[] eos, boolean prefixCaching) {
            checkpoint = Checkpoint.open(path);
            ModelConfig config = ModelConfig.of(checkpoint, "");
            SchedulerConfig limits =
                    new SchedulerConfig(4, MAX_LENGTH, 0, MAX_LENGTH, 40, 8, prefixCaching);
            DecoderModel model =
                    DecoderModel.load(
                            checkpoint,
                            config,
                            ops,
                            new ModelLimits(MAX_LENGTH, MAX_LENGTH, 4),
                            LoadProgress.SILENT);
            runner =
                    new ModelRunner(
                            ops,
                            model,
                            ops.allocateKvCache(config.kvCacheLayout(40, 8, DType.F32)),
                            limits,
                            config.vocabSize());
            scheduler = new Scheduler(limits, Pipeline.ofDepth(1));
            loop =
                    new EngineLoop(
                            scheduler,
                            StepPace.of(config),
                            runner,
                            new Choices(
                                    HeldLoop.TOKENIZER,
                                    EosTokens.of(eos),
                                    config.vocabSize(),
                                    MAX_LENGTH,
                                    0),
                            executor,
                            new EngineObservers(),
                            Duration.ofMinutes(1));
            loop.start();
        }

        Heard submit(SamplingParams params) {
            Heard heard = new Heard(params.n());
            GenerationRequest request =
                    new GenerationRequest(
                            "search",
                            PROMPT,
                            params,
                            0,
                            Optional.empty(),
                            new GenerationRequest.Display(new int[0], false, true));
            heard.generation = loop.submit(List.of(new Submission(request, heard)), 1).getFirst();
            return heard;
        }

        @Override
        public void close() {
            loop.close();
            executor.shutdown();
            runner.close();
            ops.close();
            checkpoint.close();
        }
    }

    private static final class Heard implements GenerationListener {

        private final List<GenerationOutput> outputs = new ArrayList<>();
        private final CompletableFuture<List<GenerationOutput>> all = new CompletableFuture<>();
        private final int width;
        private Generation generation;

        Heard(int width) {
            this.width = width;
        }

        @Override
        public void onOutput(GenerationOutput output) {
            outputs.add(output);
            if (outputs.size() == width) {
                all.complete(outputs);
            }
        }

        @Override
        public void onError(QuireException error) {
            all.completeExceptionally(error);
        }

        List<GenerationOutput> await() throws Exception {
            return all.get(2, TimeUnit.MINUTES);
        }
    }

    /** A text of the search that knows every logit; one that ended has its last token, too. */
    private record Text(int[] ids, double logprob, double score, boolean ended) {

        Text with(int id, double more, boolean ends, double penalty) {
            int[] longer = Arrays.copyOf(ids, ids.length + 1);
            longer[ids.length] = id;
            int length = PROMPT.length + ids.length + (ends ? 0 : 1);
            double sum = logprob + more;
            return new Text(longer, sum, sum / Math.pow(length, penalty), ends);
        }
    }

    private static double[] logprobs(GoldenModel model, int[] ids) {
        float[] all = model.logits(ids, ids.length);
        int vocabSize = all.length / ids.length;
        double[] last = new double[vocabSize];
        double sum = 0;
        for (int i = 0; i < vocabSize; i++) {
            last[i] = all[all.length - vocabSize + i];
            sum += Math.exp(last[i]);
        }
        for (int i = 0; i < vocabSize; i++) {
            last[i] -= Math.log(sum);
        }
        return last;
    }

    private static int[] likeliest(double[] logprobs, int count) {
        return IntStream.range(0, logprobs.length)
                .boxed()
                .sorted(Comparator.comparingDouble(id -> -logprobs[id]))
                .limit(count)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static List<Text> search(
            GoldenModel model, int width, int maxTokens, double penalty, List<Integer> ends) {
        List<Text> ended = new ArrayList<>();
        List<Text> beams = List.of(new Text(new int[0], 0, 0, false));
        Comparator<Text> best = Comparator.comparingDouble(text -> -text.score);
        for (int round = 0; round < maxTokens; round++) {
            List<Text> longer = new ArrayList<>();
            for (Text beam : beams) {
                int[] ids =
                        IntStream.concat(Arrays.stream(PROMPT), Arrays.stream(beam.ids)).toArray();
                double[] logprobs = logprobs(model, ids);
                for (int id : likeliest(logprobs, 2 * width + ends.size())) {
                    Text text = beam.with(id, logprobs[id], ends.contains(id), penalty);
                    (text.ended ? ended : longer).add(text);
                }
            }
            beams = longer.stream().sorted(best).limit(width).toList();
        }
        ended.addAll(beams);
        return ended.stream().sorted(best).limit(width).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "llama, 1, 1",
        "llama, 3, 1",
        "llama, 3, 0",
        "qwen3, 4, 2.5",
        "phi3, 2, -3",
        "qwen3, 6, 1"
    })
    void findsWhatASearchOverAllLogitsFinds(String name, int width, double penalty)
            throws Exception {
        Path path = GoldenData.golden().resolve("checkpoints").resolve(name);
        try (GoldenModel model = new GoldenModel(path, new ReferenceOps(), DType.F32)) {
            // Tokens that are likely, so that texts end early and late.
            int[] first = likeliest(logprobs(model, PROMPT), 40);
            int[] eos = {first[2], first[15]};
            int stop = first[30];
            List<Integer> ends = List.of(eos[0], eos[1], stop);
            for (boolean prefixCaching : new boolean[] {true, false}) {
                for (int maxTokens : new int[] {1, 7}) {
                    List<Text> wanted = search(model, width, maxTokens, penalty, ends);
                    try (Engine engine = new Engine(path, eos, prefixCaching)) {
                        SamplingParams params =
                                params(width, maxTokens)
                                        .stopTokenIds(List.of(stop))
                                        .lengthPenalty(penalty)
                                        .logprobs(2)
                                        .build();
                        assertTexts(wanted, engine.submit(params).await(), stop);
                        awaitEmpty(engine);
                    }
                }
            }
        }
    }

    private static void assertTexts(List<Text> wanted, List<GenerationOutput> found, int stop) {
        assertEquals(wanted.size(), found.size());
        for (int i = 0; i < wanted.size(); i++) {
            Text text = wanted.get(i);
            GenerationOutput output = found.get(i);
            assertEquals(i, output.choice());
            assertArrayEquals(text.ids, output.tokenIds(), "text " + i);
            assertEquals(text.ids.length, output.numTokens());
            double sum = 0;
            for (TokenLogprobs token : output.logprobs()) {
                sum += token.logprob();
                assertEquals(2, token.topIds().length);
            }
            assertEquals(text.logprob, sum, 1e-4);
            FinishReason reason = text.ended ? FinishReason.STOP : FinishReason.LENGTH;
            assertEquals(Optional.of(reason), output.finishReason());
            boolean stopped = text.ended && text.ids[text.ids.length - 1] == stop;
            assertEquals(
                    stopped ? Optional.of(new StopReason.Token(stop)) : Optional.empty(),
                    output.stopReason());
            int shown = text.ids.length - (text.ended ? 1 : 0);
            assertEquals(
                    HeldLoop.TOKENIZER.decode(Arrays.copyOf(text.ids, shown), true).length(),
                    output.text().length());
        }
    }

    private static SamplingParamsBuilder params(int width, int maxTokens) {
        return SamplingParams.builder().n(width).maxTokens(maxTokens).useBeamSearch(true);
    }

    private static void awaitEmpty(Engine engine) throws InterruptedException {
        // Blocks of who was cancelled are back with the step that had them.
        while (engine.loop.numInside() > 0 || engine.loop.stats().cacheUsage() > 0) {
            Thread.sleep(1);
        }
    }

    @Test
    void aSearchThatIsCancelledSaysNothingAndLeaves() throws Exception {
        Path path = GoldenData.golden().resolve("checkpoints").resolve("llama");
        try (Engine engine = new Engine(path, new int[0], true)) {
            for (int pause = 0; pause < 6; pause++) {
                Heard heard = engine.submit(params(3, 50).build());
                Thread.sleep(3L * pause);
                heard.generation.cancel();
                awaitEmpty(engine);
                assertFalse(heard.all.isDone());
            }
        }
    }

    @Test
    void whoWaitsForTheLastRequestsWaitsForAWholeSearch() throws Exception {
        Path path = GoldenData.golden().resolve("checkpoints").resolve("llama");
        try (Engine engine = new Engine(path, new int[0], true)) {
            Heard heard = engine.submit(params(3, 20).build());
            assertTrue(engine.loop.drain(Duration.ofMinutes(1)));
            for (GenerationOutput output : heard.all.getNow(List.of())) {
                assertEquals(20, output.numTokens());
            }
            assertEquals(3, heard.all.getNow(List.of()).size());
        }
    }

    /** What leads a text on its way is not for a search, which goes all ways. */
    @Test
    void formsAndLimitsOfThoughtsAreRefusedBesideASearch() {
        Choices choices = new Choices(HeldLoop.TOKENIZER, EosTokens.of(2), 320, MAX_LENGTH, 0);
        GenerationRequest plain = new GenerationRequest("search", PROMPT, params(2, 5).build());
        choices.check(plain);
        ThoughtLimit limit = new ThoughtLimit(5, new int[] {3}, new int[] {4});
        AnswerForm form = new AnswerForm("structured_outputs", new Constraint.Choice(List.of("a")));
        GenerationRequest formed =
                new GenerationRequest(
                        "search",
                        PROMPT,
                        plain.params(),
                        0,
                        Optional.empty(),
                        GenerationRequest.Display.TEXT,
                        Optional.of(form));
        assertEquals("thinking_token_budget", refused(choices, plain.within(Optional.of(limit))));
        assertEquals("structured_outputs", refused(choices, formed));
        choices.close();
    }

    private static String refused(Choices choices, GenerationRequest request) {
        return assertThrows(InvalidRequestException.class, () -> choices.check(request)).param();
    }
}
