package quire.e2e;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import quire.error.QuireException;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.sequence.FinishReason;
import quire.tokenizer.Tokenizer;

/** Hears the tokens of one choice, and when they came. */
final class HeardTokens implements GenerationListener {

    private final List<Integer> ids = new ArrayList<>();
    private final CompletableFuture<FinishReason> finish = new CompletableFuture<>();
    private long last;
    private long longestPauseNanos;

    @Override
    public void onOutput(GenerationOutput output) {
        long now = System.nanoTime();
        longestPauseNanos = last == 0 ? 0 : Math.max(longestPauseNanos, now - last);
        last = now;
        for (int id : output.tokenIds()) {
            ids.add(id);
        }
        output.finishReason().ifPresent(finish::complete);
    }

    @Override
    public void onError(QuireException error) {
        finish.completeExceptionally(error);
    }

    /** Waits for the end. */
    FinishReason await() throws Exception {
        return finish.get(5, TimeUnit.MINUTES);
    }

    /** All that were heard up to now. */
    List<Integer> ids() {
        return ids;
    }

    /** The longest time between two outputs. */
    long longestPauseMillis() {
        return longestPauseNanos / 1_000_000;
    }

    /** The text, of which the last character may be cut off. */
    byte[] bytes(Tokenizer tokenizer) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int id : ids) {
            if (!tokenizer.isSpecial(id)) {
                all.writeBytes(tokenizer.bytes(id));
            }
        }
        return all.toByteArray();
    }
}
