package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
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

    /** The products of 0 to 12 were graded whole; the key has only some of them. */
    private static final int GREATEST_FACTOR = 12;

    private static final JsonMapper JSON = new JsonMapper();
    private static final JsonNode TRAINING = GoldenChat.read("training.json");

    @TestHTTPResource("/v1/chat/completions")
    URI chat;

    @Inject ServingEngine serving;

    record Question(String kind, String text, List<String> answers) {}

    private static final class Tally {

        private int asked;
        private int right;

        /** Up to the fourth decimal, to which the stated accuracy is rounded. */
        boolean isAsGoodAs(double stated) {
            return (double) right / asked > stated - ROUNDING;
        }
    }

    private static List<Question> questions() {
        List<Question> all = allQuestions();
        List<Question> some = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (ALL || i % 8 == 0 || stated(all.get(i).kind()) < 1) {
                some.add(all.get(i));
            }
        }
        return some;
    }

    static double stated(String kind) {
        JsonNode stated = TRAINING.path("accuracy").path(kind);
        assertTrue(stated.isNumber(), "training.json states no accuracy for " + kind);
        return stated.asDouble();
    }

    static List<Question> allQuestions() {
        Map<String, Question> questions = new LinkedHashMap<>();
        for (JsonNode node : GoldenChat.read("answer-key.json")) {
            List<String> answers = new ArrayList<>();
            node.path("answers").forEach(answer -> answers.add(answer.asText()));
            String text = node.path("question").asText();
            questions.put(text, new Question(node.path("kind").asText(), text, answers));
        }
        for (int a = 0; a <= GREATEST_FACTOR; a++) {
            for (int b = 0; b <= GREATEST_FACTOR; b++) {
                List<String> answer = List.of(a + " x " + b + " = " + a * b);
                for (String sign : List.of("x", "times")) {
                    String text = "What is " + a + " " + sign + " " + b + "?";
                    questions.putIfAbsent(text, new Question("product", text, answer));
                }
            }
        }
        return List.copyOf(questions.values());
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
                    double share = stated(kind);
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
