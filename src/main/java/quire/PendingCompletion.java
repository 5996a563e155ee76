package quire;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/**
 * A completion under way. Any thread may wait for it, listen to it or cancel it, several at once,
 * and each listener gets the whole text, from its beginning. It goes on whether anybody waits or
 * not.
 */
public interface PendingCompletion {

    /**
     * One that has ended already, for an {@link LLM} that is none of Quire's.
     *
     * @param completion what it became
     * @return a handle on it
     */
    static PendingCompletion completed(Completion completion) {
        RunningCompletion ended = new RunningCompletion();
        ended.growReasoning(completion.reasoning());
        ended.grow(completion.text());
        ended.end(() -> completion);
        return ended;
    }

    /**
     * Waits for the end.
     *
     * @return what it became
     * @throws CompletionCancelledException if it was cancelled
     * @throws CompletionInterruptedException if this thread is interrupted; the completion goes on
     * @throws EngineFailedException if the engine failed at it
     * @throws ClosedException if the {@link LLM} was closed meanwhile
     */
    Completion await();

    /**
     * Waits for the end, but not for ever.
     *
     * @param timeout the most to wait; zero or less looks whether it has ended
     * @return what it became
     * @throws CompletionTimeoutException if it did not end in time; it goes on
     * @throws CompletionCancelledException if it was cancelled
     * @throws CompletionInterruptedException if this thread is interrupted; the completion goes on
     * @throws EngineFailedException if the engine failed at it
     * @throws ClosedException if the {@link LLM} was closed meanwhile
     */
    Completion await(Duration timeout);

    /**
     * Waits for the end and gives the first choice's text away while it grows.
     *
     * @param onText called on this thread with each piece, never with an empty one; pieces are
     *     longer where it is slower than the model. What it throws cancels the completion and goes
     *     on to the caller
     * @return what it became
     * @throws CompletionCancelledException if it was cancelled
     * @throws CompletionInterruptedException if this thread is interrupted; the completion goes on
     * @throws EngineFailedException if the engine failed at it
     * @throws ClosedException if the {@link LLM} was closed meanwhile
     */
    Completion await(Consumer<String> onText);

    /**
     * Waits for the end and gives the first choice's text and its thought away, each by itself,
     * while they grow: first the thought, then the text.
     *
     * @param onText called on this thread with each piece of the text, never with an empty one.
     *     What it throws cancels the completion and goes on to the caller
     * @param onReasoning the same for the thought, see {@link Completion.Choice#reasoning}
     * @return what it became
     * @throws CompletionCancelledException if it was cancelled
     * @throws CompletionInterruptedException if this thread is interrupted; the completion goes on
     * @throws EngineFailedException if the engine failed at it
     * @throws ClosedException if the {@link LLM} was closed meanwhile
     */
    Completion await(Consumer<String> onText, Consumer<String> onReasoning);

    /**
     * Ends it, if it still runs: its memory is free after the step under way, and who waits gets a
     * {@link CompletionCancelledException}. Returns at once.
     */
    void cancel();

    /**
     * Whether it has ended, well or not.
     *
     * @return true if {@link #await()} would not wait
     */
    boolean isDone();

    /**
     * A future of it, a new one each time. It is completed on a virtual thread, so that what
     * depends on it may wait as it likes; exceptionally with the {@link LLMException} that {@link
     * #await()} would throw. Whoever ends the future early, by cancelling it or by a timeout of its
     * own, cancels the completion.
     *
     * @return the future
     */
    CompletableFuture<Completion> toCompletableFuture();

    /**
     * The first choice's text as it comes, with back pressure: a piece is given for each that was
     * requested, and what comes while none is requested goes into the next. Each subscriber gets
     * the text from its beginning, on virtual threads, one call after the other; and at the end,
     * also that of the other choices, {@code onComplete}, or {@code onError} with the {@link
     * LLMException} that {@link #await()} would throw. A cancelled subscription cancels the
     * completion, as does a subscriber that throws.
     *
     * @return a publisher that does nothing until somebody subscribes
     */
    Flow.Publisher<String> text();
}
