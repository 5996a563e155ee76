package quire.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import quire.golden.GoldenData;

/**
 * A conversation with the demo model and the one greedy answer to it.
 *
 * @param prompt the messages as the model's template renders them
 * @param numAnswerTokens tokens of the answer, the one that ends it included
 */
record GoldenChat(
        List<Message> messages,
        String prompt,
        List<Long> promptIds,
        String answer,
        int numAnswerTokens) {

    /** A choice closer than this may fall either way between two engines. */
    private static final double CLEAR_MARGIN = 0.05;

    private static final Set<String> ROLES = Set.of("system", "user", "assistant");

    record Message(String role, String content) {}

    /** All conversations of plain messages whose answer is clear at every token. */
    static List<GoldenChat> all() {
        List<GoldenChat> chats = new ArrayList<>();
        for (JsonNode node : read("quire-demo.json").path("cases")) {
            if (isPlain(node.path("messages")) && isClear(node.path("margin"))) {
                chats.add(of(node));
            }
        }
        if (chats.isEmpty()) {
            throw new IllegalStateException("no conversation in quire-demo.json can be asked");
        }
        return chats;
    }

    /** Reads a file of expected values. */
    static JsonNode read(String name) {
        try {
            return new JsonMapper().readTree(GoldenData.golden().resolve(name).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isPlain(JsonNode messages) {
        return !messages.isEmpty()
                && stream(messages)
                        .allMatch(
                                message ->
                                        ROLES.contains(message.path("role").asText())
                                                && message.path("content").isTextual()
                                                && message.size() == 2);
    }

    private static boolean isClear(JsonNode margins) {
        return stream(margins).allMatch(margin -> margin.asDouble() > CLEAR_MARGIN);
    }

    private static GoldenChat of(JsonNode node) {
        return new GoldenChat(
                stream(node.path("messages"))
                        .map(m -> new Message(m.path("role").asText(), m.path("content").asText()))
                        .toList(),
                node.path("prompt").asText(),
                stream(node.path("prompt_ids")).map(JsonNode::asLong).toList(),
                node.path("answer").asText(),
                node.path("greedy").size());
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
