package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.generation.GenerationOutput;

class BackgroundSinkTest {

    /** Hears what comes, on which thread. */
    private static final class Heard implements AnswerSink {

        private final List<String> words = new ArrayList<>();
        private final List<Thread> threads = new ArrayList<>();
        private final CountDownLatch ended = new CountDownLatch(1);

        @Override
        public void onOutput(int choice, GenerationOutput output) {
            words.add(output.text());
            threads.add(Thread.currentThread());
        }

        @Override
        public void onEnd(TokenUsage usage) {
            words.add("end");
            ended.countDown();
        }

        @Override
        public void onError(QuireException error) {
            words.add(error.getMessage());
            ended.countDown();
        }
    }

    private static GenerationOutput output(int i) {
        return new GenerationOutput(
                0, "" + i, i, Optional.empty(), Optional.empty(), new int[0], List.of(), List.of());
    }

    private static List<String> expected(int count, String last) {
        List<String> expected =
                new ArrayList<>(IntStream.range(0, count).mapToObj(Integer::toString).toList());
        expected.add(last);
        return expected;
    }

    @Test
    void everythingComesInItsOrderOnOtherThreads() throws Exception {
        Heard heard = new Heard();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            BackgroundSink sink = new BackgroundSink(heard, threads);
            for (int i = 0; i < 10_000; i++) {
                sink.onOutput(0, output(i));
            }
            sink.onEnd(new TokenUsage(1, 2, 3));
            assertTrue(heard.ended.await(10, TimeUnit.SECONDS));
        }
        assertEquals(expected(10_000, "end"), heard.words);
        heard.threads.forEach(thread -> assertNotSame(Thread.currentThread(), thread));
    }

    @Test
    void lastWordsOfAServerThatEndsAreSaidAllTheSame() {
        Heard heard = new Heard();
        BackgroundSink sink =
                new BackgroundSink(
                        heard,
                        task -> {
                            throw new RejectedExecutionException("the pool has ended");
                        });
        sink.onOutput(0, output(0));
        sink.onError(new UnavailableException("the engine is stopping"));
        assertEquals(expected(1, "the engine is stopping"), heard.words);
    }
}
