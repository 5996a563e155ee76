package plain;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Logger;
import quire.ClosedException;
import quire.CompletionCancelledException;
import quire.CompletionTimeoutException;
import quire.LLM;
import quire.Message;
import quire.PendingCompletion;
import quire.Prompt;
import quire.SamplingParams;

/** Does with a model what a service does, and logs as a service logs. */
final class Main {

    private static final int NUM_CALLERS = 64;
    private static final List<Message> QUESTION =
            List.of(Message.user("What is the capital of France?"));

    private Main() {}

    public static void main(String[] args) throws Exception {
        log("before");
        SamplingParams params = SamplingParams.greedy(12);
        LLM closed;
        try (LLM llm = LLM.load(Path.of(args[0]))) {
            System.out.println("generate:" + llm.generate("Once upon a time", params).text());
            System.out.println("chat: " + llm.chat(QUESTION, params).text());
            System.out.print("stream: ");
            llm.streamChat(QUESTION, params, System.out::print);
            System.out.println();
            System.out.println("together: " + together(llm, params));
            System.out.println("cancelled: " + cancelled(llm));
            closed = llm;
        }
        try {
            closed.generate("Once upon a time");
        } catch (ClosedException e) {
            System.out.println("closed: " + e.getMessage());
        }
        log("after");
    }

    /** What many threads are answered that ask the same at once. */
    private static Set<String> together(LLM llm, SamplingParams params) throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers =
                    callers.invokeAll(
                            Collections.nCopies(
                                    NUM_CALLERS, () -> llm.chat(QUESTION, params).text()));
            Set<String> all = new TreeSet<>();
            for (Future<String> answer : answers) {
                all.add(answer.get());
            }
            return all;
        }
    }

    /** Whether a generation without an end ends when it is cancelled. */
    private static boolean cancelled(LLM llm) {
        SamplingParams endless = SamplingParams.builder().ignoreEos(true).build();
        PendingCompletion pending = llm.submit(Prompt.text("Once upon a time"), endless);
        try {
            pending.await(Duration.ofMillis(20));
            return false;
        } catch (CompletionTimeoutException e) {
            pending.cancel();
        }
        try {
            pending.await();
            return false;
        } catch (CompletionCancelledException e) {
            return true;
        }
    }

    private static void log(String when) {
        Logger.getLogger("plain.jul").info(when);
        System.getLogger("plain.system").log(System.Logger.Level.INFO, when);
        Logger.getLogger("plain.jul").fine("not to be seen");
    }
}
