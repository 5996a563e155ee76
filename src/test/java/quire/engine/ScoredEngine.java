package quire.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import quire.error.QuireException;
import quire.generation.Generation;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.generation.GenerationRequest;
import quire.generation.Submission;
import quire.model.LoadProgress;
import quire.sampling.SamplingParams;
import quire.sampling.TokenLogprobs;

/** An engine whose answers are log-probabilities. */
final class ScoredEngine implements AutoCloseable {

    private static final int MOST = 200;

    /** What came of a request, of all its choices in the order in which they told it. */
    static final class Scores implements GenerationListener {

        private final List<TokenLogprobs> prompt = new ArrayList<>();
        private final List<TokenLogprobs> output = new ArrayList<>();
        private final CompletableFuture<Scores> whole = new CompletableFuture<>();
        private int numCachedTokens;
        private int numOpen;

        Scores(int numChoices) {
            numOpen = numChoices;
        }

        @Override
        public void onOutput(GenerationOutput more) {
            prompt.addAll(more.promptLogprobs());
            output.addAll(more.logprobs());
            if (more.finishReason().isPresent() && --numOpen == 0) {
                whole.complete(this);
            }
        }

        @Override
        public void onError(QuireException error) {
            whole.completeExceptionally(error);
        }

        /** Of each token of the prompt; empty where nobody asked. */
        List<TokenLogprobs> prompt() {
            return prompt;
        }

        /** Of each token of the output; empty where nobody asked. */
        List<TokenLogprobs> output() {
            return output;
        }

        int numCachedTokens() {
            return numCachedTokens;
        }

        /** The prompt with its output behind. */
        int[] after(int[] promptIds) {
            int[] ids = Arrays.copyOf(promptIds, promptIds.length + output.size());
            for (int i = 0; i < output.size(); i++) {
                ids[promptIds.length + i] = output.get(i).tokenId();
            }
            return ids;
        }
    }

    /** One request. */
    record Question(int[] prompt, SamplingParams params) {}

    private final LlmEngine engine;

    ScoredEngine(EngineConfig config) {
        engine = LlmEngine.load(config, LoadProgress.SILENT);
    }

    LlmEngine engine() {
        return engine;
    }

    Scores ask(int[] prompt, SamplingParams params) throws Exception {
        return askAll(List.of(new Question(prompt, params))).getFirst();
    }

    /** All at once. */
    List<Scores> askAll(List<Question> questions) throws Exception {
        List<Scores> all = new ArrayList<>();
        List<Submission> submissions = new ArrayList<>();
        for (Question question : questions) {
            all.add(new Scores(question.params().n()));
            GenerationRequest request =
                    new GenerationRequest(
                            "scores-" + all.size(), question.prompt(), question.params());
            submissions.add(new Submission(request, all.getLast()));
        }
        List<Generation> generations = engine.submit(submissions, MOST);
        for (int i = 0; i < all.size(); i++) {
            all.get(i).whole.get(3, TimeUnit.MINUTES);
            all.get(i).numCachedTokens = generations.get(i).numCachedTokens();
        }
        return all;
    }

    @Override
    public void close() {
        engine.close();
    }
}
