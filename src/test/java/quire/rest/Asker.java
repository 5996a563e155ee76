package quire.rest;

import static io.restassured.RestAssured.given;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Asks one of the two routes of a running server, as tests of request parameters do. */
record Asker(boolean isChat) {

    static final String QUESTION = "What is the capital of France?";
    static final String PROMPT = "The capital of France is";

    /** The route's request schema. */
    String schema() {
        return isChat ? "CreateChatCompletionRequest" : "CreateCompletionRequest";
    }

    String path() {
        return isChat ? "/v1/chat/completions" : "/v1/completions";
    }

    /** A greedy request for 8 tokens at most. */
    ObjectNode body() {
        ObjectNode body = DemoServer.MAPPER.createObjectNode();
        body.put("model", "quire-demo").put("temperature", 0).put("max_tokens", 8);
        if (isChat) {
            body.putArray("messages").addObject().put("role", "user").put("content", QUESTION);
        } else {
            body.put("prompt", PROMPT);
        }
        return body;
    }

    /** A greedy request that goes on to its 40th token, whatever the model wants. */
    ObjectNode longBody() {
        return body().put("max_tokens", 40).put("ignore_eos", true);
    }

    /** The same, which does not say one thing. */
    ObjectNode longBody(String without) {
        ObjectNode body = longBody();
        body.remove(without);
        return body;
    }

    /** A request that draws wildly. */
    ObjectNode wildBody() {
        return body().put("temperature", 2).put("seed", 1);
    }

    /** A request whose prompt ends behind a thought, so that none may come. */
    ObjectNode thoughtlessBody() {
        ObjectNode body = body();
        if (isChat) {
            body.withArray("/messages")
                    .addObject()
                    .put("role", "assistant")
                    .put("content", "<think>\n\n</think>\n\n");
            body.put("add_generation_prompt", false).put("continue_final_message", true);
        }
        return body;
    }

    Response post(ObjectNode body) {
        return post(body.toString());
    }

    Response post(String body) {
        return given().contentType("application/json").body(body).post(path());
    }

    JsonNode answer(ObjectNode body) {
        Response response = post(body);
        if (response.statusCode() != 200) {
            throw new AssertionError(body + " is answered " + response.asString());
        }
        try {
            return DemoServer.MAPPER.readTree(response.asString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<JsonNode> chunks(ObjectNode body) {
        Response response = post(body.deepCopy().put("stream", true));
        if (response.statusCode() != 200) {
            throw new AssertionError(body + " is answered " + response.asString());
        }
        try {
            return DemoServer.chunks(response.asString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text of an answer's first choice. */
    String text(ObjectNode body) {
        return said(answer(body).at("/choices/0"));
    }

    /** The text of a choice. */
    String said(JsonNode choice) {
        return choice.at(isChat ? "/message/content" : "/text").asText("");
    }

    int promptTokens(ObjectNode body) {
        return answer(body).at("/usage/prompt_tokens").asInt();
    }

    int completionTokens(ObjectNode body) {
        return answer(body).at("/usage/completion_tokens").asInt();
    }

    /** What a choice comes to when its chunks are joined, under the names of a whole answer. */
    ObjectNode joined(List<JsonNode> chunks, int index) {
        ObjectNode joined = DemoServer.MAPPER.createObjectNode();
        for (JsonNode chunk : chunks) {
            if (chunk.has("prompt_token_ids")) {
                joined.set("prompt_token_ids", chunk.get("prompt_token_ids"));
            }
            for (JsonNode choice : chunk.get("choices")) {
                if (choice.get("index").asInt() == index) {
                    joinChoice(joined, choice);
                }
            }
        }
        return joined;
    }

    private static void joinChoice(ObjectNode joined, JsonNode choice) {
        for (Iterator<String> names = choice.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            JsonNode value = choice.get(name);
            switch (name) {
                case "delta" -> join(joined, "message", value);
                case "text" -> joined.put(name, joined.path(name).asText("") + value.asText());
                case "token_ids" -> value.forEach(joined.withArray("/" + name)::add);
                case "logprobs" -> join(joined, name, value);
                default -> joined.set(name, value);
            }
        }
    }

    /** Strings are joined, lists too, calls by their index. */
    private static void join(ObjectNode all, String name, JsonNode more) {
        if (more.isNull()) {
            all.putIfAbsent(name, more);
        } else if (more.isObject()) {
            ObjectNode object = all.path(name) instanceof ObjectNode o ? o : all.putObject(name);
            more.properties().forEach(field -> join(object, field.getKey(), field.getValue()));
        } else if (name.equals("tool_calls")) {
            for (JsonNode call : more) {
                ObjectNode own = call.deepCopy();
                int index = own.remove("index").asInt();
                var calls = all.withArray("/tool_calls");
                ObjectNode at =
                        index < calls.size() ? (ObjectNode) calls.get(index) : calls.addObject();
                own.properties().forEach(field -> join(at, field.getKey(), field.getValue()));
            }
        } else if (more.isArray()) {
            more.forEach(all.withArray("/" + name)::add);
        } else if (more.isTextual() && List.of("id", "type", "name", "role").contains(name)) {
            all.set(name, more);
        } else if (more.isTextual()) {
            all.put(name, all.path(name).asText("") + more.asText());
        } else {
            all.set(name, more);
        }
    }

    /** The ids that an answer or a choice tells. */
    static List<Integer> ids(JsonNode list) {
        List<Integer> ids = new ArrayList<>();
        list.forEach(id -> ids.add(id.asInt()));
        return ids;
    }
}
