package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import quire.batcher.ServingEngine;
import quire.e2e.AnswerKey.Question;
import quire.golden.GoldenData;

/**
 * The demo model knows what it was taught, as well as it did when its training ended: every
 * question that it was graded on then, 64 at once.
 *
 * <p>Of the kinds that it knows without fault every eighth is asked, and all with {@code
 * -Dquire.answers=all}; of the others all, since a part may well be harder than the whole.
 */
@QuarkusTest
class AnswerKeyTest {

    private static final int AT_ONCE = 64;
    private static final int MAX_TOKENS = 96;
    private static final double ROUNDING = 0.5e-4;
    private static final boolean ALL = System.getProperty("quire.answers", "").equals("all");

    private static final JsonMapper JSON = new JsonMapper();
    private static final AnswerKey KEY = AnswerKey.in(GoldenData.golden());

    @TestHTTPResource("/v1/chat/completions")
    URI chat;

    @Inject ServingEngine serving;

    private static final class Tally {

        private int asked;
        private int right;

        /** Up to the fourth decimal, to which the stated accuracy is rounded. */
        boolean isAsGoodAs(double stated) {
            return (double) right / asked > stated - ROUNDING;
        }
    }

    private static List<Question> questions() {
        List<Question> all = KEY.questions();
        List<Question> some = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (ALL || i % 8 == 0 || KEY.stated(all.get(i).kind()) < 1) {
                some.add(all.get(i));
            }
        }
        return some;
    }

    @Test
    void questionsAreAnsweredAsWellAsAfterTraining() throws Exception {
        EngineWatch watch = EngineWatch.of(serving);
        Map<String, Tally> tallies = new TreeMap<>();
        Semaphore permits = new Semaphore(AT_ONCE);
        try (HttpClient client = HttpClient.newHttpClient();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<Question, Future<Boolean>> right = new LinkedHashMap<>();
            for (Question question : questions()) {
                permits.acquire();
                right.put(
                        question,
                        threads.submit(
                                () -> {
                                    try {
                                        return isRight(client, question);
                                    } finally {
                                        permits.release();
                                    }
                                }));
            }
            for (Map.Entry<Question, Future<Boolean>> entry : right.entrySet()) {
                Tally tally = tallies.computeIfAbsent(entry.getKey().kind(), kind -> new Tally());
                tally.asked++;
                tally.right += entry.getValue().get() ? 1 : 0;
            }
        }
        grade(tallies);
        watch.awaitRest();
    }

    private boolean isRight(HttpClient client, Question question)
            throws IOException, InterruptedException {
        Map<String, Object> message = Map.of("role", "user", "content", question.text());
        Map<String, Object> body =
                Map.of(
                        "model",
                        "quire-demo",
                        "messages",
                        List.of(message),
                        "temperature",
                        0,
                        "max_tokens",
                        MAX_TOKENS);
        HttpRequest request =
                HttpRequest.newBuilder(chat)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                        .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response.body());
        String answer = Answer.of(response.body()).choices().getFirst().text();
        return question.answers().contains(answer.strip());
    }

    private static void grade(Map<String, Tally> tallies) {
        StringBuilder table = new StringBuilder("kind        asked  right  share   stated\n");
        List<String> worse = new ArrayList<>();
        tallies.forEach(
                (kind, tally) -> {
                    double share = KEY.stated(kind);
                    table.append(
                            "%-11s %5d  %5d  %.4f  %.4f%n"
                                    .formatted(
                                            kind,
                                            tally.asked,
                                            tally.right,
                                            (double) tally.right / tally.asked,
                                            share));
                    if (!tally.isAsGoodAs(share)) {
                        worse.add(kind);
                    }
                });
        System.out.println(table);
        assertTrue(worse.isEmpty(), worse + " are worse than after training:\n" + table);
    }
}
