package quire.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What the demo model was graded on when its training ended, and how well it did then. */
public final class AnswerKey {

    private static final long SEED = 11;

    /** The products of 0 to 12 were graded whole; the key has only some of them. */
    private static final int GREATEST_FACTOR = 12;

    /**
     * A question.
     *
     * @param answers each of which is right
     */
    public record Question(String kind, String text, List<String> answers) {}

    private final JsonNode accuracy;
    private final List<Question> questions;

    private AnswerKey(JsonNode accuracy, List<Question> questions) {
        this.accuracy = accuracy;
        this.questions = questions;
    }

    /** Reads {@code answer-key.json} and {@code training.json} of a folder. */
    public static AnswerKey in(Path folder) {
        Map<String, Question> questions = new LinkedHashMap<>();
        for (JsonNode node : read(folder.resolve("answer-key.json"))) {
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
        JsonNode accuracy = read(folder.resolve("training.json")).path("accuracy");
        return new AnswerKey(accuracy, List.copyOf(questions.values()));
    }

    private static JsonNode read(Path file) {
        try {
            return new JsonMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All questions. */
    public List<Question> questions() {
        return questions;
    }

    /** Some questions, always the same. */
    public List<Question> some(int count) {
        List<Question> shuffled = new ArrayList<>(questions);
        Collections.shuffle(shuffled, new Random(SEED));
        return List.copyOf(shuffled.subList(0, count));
    }

    /** The share of right answers to questions of a kind when the training ended. */
    public double stated(String kind) {
        JsonNode stated = accuracy.path(kind);
        if (!stated.isNumber()) {
            throw new IllegalStateException("training.json states no accuracy for " + kind);
        }
        return stated.asDouble();
    }

    /** How many of these would have been right when the training ended. */
    public double expected(List<Question> asked) {
        return asked.stream().mapToDouble(one -> stated(one.kind())).sum();
    }
}
