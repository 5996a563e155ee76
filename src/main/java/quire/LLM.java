package quire;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import quire.engine.EngineConfig;
import quire.engine.LlmEngine;
import quire.engine.ModelInfo;
import quire.error.InvalidRequestException;
import quire.generation.Generation;
import quire.generation.GenerationRequest;
import quire.generation.Submission;
import quire.model.LoadProgress;
import quire.sampling.SamplingParams;

/**
 * A model inside a Java program, with the engine and the continuous batching of the server.
 *
 * <pre>{@code
 * try (LLM llm = LLM.load(Path.of("models/quire-demo"))) {
 *     SamplingParams params = SamplingParams.greedy(32);
 *     for (Completion completion : llm.generate(List.of("The capital of France is"), params)) {
 *         System.out.println(completion.text());
 *     }
 *     llm.stream("Once upon a time", params, System.out::print);
 * }
 * }</pre>
 *
 * <p>Any thread; what several threads ask for at once is computed together.
 */
public final class LLM implements AutoCloseable {

    private final ExecutorService executor;
    private final LlmEngine engine;
    private final AtomicLong nextId = new AtomicLong();

    private LLM(ExecutorService executor, LlmEngine engine) {
        this.executor = executor;
        this.engine = engine;
    }

    /**
     * Loads a Hugging Face folder or a GGUF file with the defaults of {@code quire serve}.
     *
     * @throws quire.error.CheckpointException if the model's files cannot be used
     * @throws quire.error.ConfigurationException if the machine's memory does not hold it
     */
    public static LLM load(Path model) {
        return load(EngineConfig.builder(model).build());
    }

    /** As {@link #load(Path)}, with every setting in the caller's hand. */
    public static LLM load(EngineConfig config) {
        ExecutorService executor =
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().name("quire-scheduler").daemon(true).factory());
        try {
            return new LLM(executor, LlmEngine.load(config, executor, LoadProgress.SILENT));
        } catch (RuntimeException | Error e) {
            executor.shutdown();
            throw e;
        }
    }

    /**
     * Continues each prompt; all are computed together, whatever their number.
     *
     * @return completions in the order of the prompts
     * @throws InvalidRequestException if one of the prompts or params can never be served; nothing
     *     is generated then
     */
    public List<Completion> generate(List<String> prompts, SamplingParams params) {
        List<int[]> tokenIds = new ArrayList<>();
        prompts.forEach(prompt -> tokenIds.add(engine.tokenizer().encode(prompt, true)));
        return generateFromTokens(tokenIds, params);
    }

    /** Continues one prompt. */
    public Completion generate(String prompt, SamplingParams params) {
        return generate(List.of(prompt), params).getFirst();
    }

    /** As {@link #generate(List, SamplingParams)}, for prompts that are token ids already. */
    public List<Completion> generateFromTokens(List<int[]> prompts, SamplingParams params) {
        List<PendingCompletion> pending = submit(prompts, params);
        List<Completion> completions = new ArrayList<>();
        try {
            pending.forEach(one -> completions.add(one.await(text -> {})));
            return completions;
        } finally {
            pending.subList(completions.size(), pending.size()).forEach(PendingCompletion::cancel);
        }
    }

    /** Answers the last message of a conversation, through the model's chat template. */
    public Completion chat(List<Message> messages, SamplingParams params) {
        return submit(render(messages), params).await(text -> {});
    }

    /**
     * Continues a prompt and gives the first choice's text away while it grows.
     *
     * @param onText called on this thread with each piece; what it throws ends the generation
     */
    public Completion stream(String prompt, SamplingParams params, Consumer<String> onText) {
        return submit(engine.tokenizer().encode(prompt, true), params).await(onText);
    }

    /** As {@link #stream}, for a conversation. */
    public Completion streamChat(
            List<Message> messages, SamplingParams params, Consumer<String> onText) {
        return submit(render(messages), params).await(onText);
    }

    /** The engine, for what this class does not wrap: tokenizer, template, figures. */
    public LlmEngine engine() {
        return engine;
    }

    /** What is known of the model. */
    public ModelInfo info() {
        return engine.info();
    }

    private int[] render(List<Message> messages) {
        List<Map<String, Object>> turns = new ArrayList<>();
        messages.forEach(
                message -> turns.add(Map.of("role", message.role(), "content", message.content())));
        String prompt = engine.chat().render(turns, true, Map.of());
        return engine.tokenizer().encode(prompt, false);
    }

    private PendingCompletion submit(int[] tokenIds, SamplingParams params) {
        return submit(List.of(tokenIds), params).getFirst();
    }

    private List<PendingCompletion> submit(List<int[]> prompts, SamplingParams params) {
        List<PendingCompletion> pending = new ArrayList<>();
        List<Submission> submissions = new ArrayList<>();
        for (int[] tokenIds : prompts) {
            PendingCompletion one = new PendingCompletion(params.n());
            pending.add(one);
            submissions.add(
                    new Submission(
                            new GenerationRequest(
                                    "llm-" + nextId.incrementAndGet(), tokenIds, params),
                            one));
        }
        List<Generation> generations = engine.submit(submissions, Integer.MAX_VALUE);
        for (int i = 0; i < generations.size(); i++) {
            pending.get(i).generation(generations.get(i));
        }
        return pending;
    }

    /**
     * Ends the engine; calls under way in other threads throw. Returns when the engine has ended,
     * even if this thread is interrupted.
     */
    @Override
    public void close() {
        engine.close();
        // What is left in its queue tells callers that their generations ended.
        executor.shutdown();
    }
}
