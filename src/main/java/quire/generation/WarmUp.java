package quire.generation;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import quire.error.EngineException;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.sampling.SamplingParams;

/** The first request of an engine: a few tokens through the whole path, before anybody else's. */
final class WarmUp implements GenerationListener {

    private static final int NUM_TOKENS = 2;

    private final CompletableFuture<Integer> ended = new CompletableFuture<>();

    private WarmUp() {}

    /**
     * Blocks until the engine made its tokens.
     *
     * @throws EngineException if it cannot
     * @throws UnavailableException if the thread is interrupted
     */
    static void run(EngineLoop loop, int promptToken) {
        WarmUp warmUp = new WarmUp();
        SamplingParams params =
                SamplingParams.greedy(NUM_TOKENS).toBuilder().ignoreEos(true).build();
        GenerationRequest request =
                new GenerationRequest("warm-up", new int[] {promptToken}, params);
        loop.submit(List.of(new Submission(request, warmUp)), Integer.MAX_VALUE);
        try {
            warmUp.ended.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("loading was interrupted");
        } catch (ExecutionException e) {
            throw new EngineException(
                    "the model cannot make a token: " + e.getCause().getMessage(), e.getCause());
        }
    }

    @Override
    public void onOutput(GenerationOutput output) {
        if (output.finishReason().isPresent()) {
            ended.complete(output.numTokens());
        }
    }

    @Override
    public void onError(QuireException error) {
        ended.completeExceptionally(error);
    }
}
