package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.rest.ParameterCase.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parameters of both routes that say which tokens come next. */
final class TokenParameters {

    static final Map<String, ParameterCase> TABLE =
            table(
                    new ParameterCase(
                            "logit_bias",
                            TokenParameters::bias,
                            "{\"4096\": 1}",
                            "{\"-1\": 1}",
                            "{\"05\": 1}",
                            "{\"a\": 1}",
                            "{\"5\": 100.5}",
                            "{\"5\": -101}",
                            "{\"5\": \"1\"}",
                            "{\"5\": null}",
                            "[5]"),
                    new ParameterCase(
                            "allowed_token_ids",
                            TokenParameters::allowed,
                            "[]",
                            "[4096]",
                            "[-1]",
                            "[\"5\"]",
                            "[null]",
                            "5"),
                    new ParameterCase(
                            "bad_words",
                            TokenParameters::badWords,
                            "[\"\"]",
                            "[5]",
                            "[null]",
                            "\"word\"",
                            "[\"" + "x y ".repeat(64) + "z\"]"),
                    new ParameterCase("use_beam_search", TokenParameters::beams, "1", "\"a\""),
                    new ParameterCase(
                            "length_penalty", TokenParameters::lengthPenalty, "2", "\"a\""));

    private TokenParameters() {}

    private static List<Integer> ids(Asker asker, ObjectNode body) {
        return Asker.ids(
                asker.answer(body.put("return_token_ids", true)).at("/choices/0/token_ids"));
    }

    private static void bias(Asker asker) {
        int likeliest = ids(asker, asker.body()).getFirst();
        ObjectNode without = asker.body();
        without.putObject("logit_bias").put(String.valueOf(likeliest), -100);
        assertFalse(ids(asker, without).contains(likeliest));
        ObjectNode with = asker.longBody().put("max_tokens", 8);
        with.putObject("logit_bias").put("1234", 100);
        assertEquals(Collections.nCopies(8, 1234), ids(asker, with));
        ObjectNode empty = asker.body();
        empty.putObject("logit_bias");
        assertEquals(asker.text(asker.body()), asker.text(empty));
    }

    private static void allowed(Asker asker) {
        List<Integer> some = List.of(1234, 77, 2264);
        ObjectNode body = asker.longBody().put("temperature", 1.5).put("seed", 3);
        some.forEach(body.putArray("allowed_token_ids")::add);
        List<Integer> ids = ids(asker, body);
        assertEquals(40, ids.size());
        assertTrue(some.containsAll(ids), ids.toString());
        assertNotEquals(1, ids.stream().distinct().count());
    }

    private static void badWords(Asker asker) {
        String said = asker.text(asker.body()).strip();
        String word = said.split("[ .,]")[0];
        assertTrue(word.length() > 1, said);
        ObjectNode body = asker.body();
        body.putArray("bad_words").add(word);
        assertFalse(asker.text(body).contains(word), word);
        // What is ruled out as a whole leaves nothing to say, which is the request's doing.
        ObjectNode nothing = asker.body();
        nothing.putArray("allowed_token_ids").add(ids(asker, asker.body()).getFirst());
        String only = asker.text(nothing.put("max_tokens", 1));
        nothing.putArray("bad_words").add(only);
        var response = asker.post(nothing);
        assertEquals(400, response.statusCode(), response.asString());
        assertEquals("allowed_token_ids", response.jsonPath().getString("error.param"));
    }

    private static ObjectNode search(Asker asker, int width) {
        return asker.body().put("use_beam_search", true).put("n", width);
    }

    private static void beams(Asker asker) {
        JsonNode answer = asker.answer(search(asker, 3).put("return_token_ids", true));
        List<String> texts = new ArrayList<>();
        Set<List<Integer>> ids = new HashSet<>();
        for (JsonNode choice : answer.get("choices")) {
            texts.add(asker.said(choice));
            ids.add(Asker.ids(choice.get("token_ids")));
        }
        assertEquals(3, ids.size(), texts.toString());
        // One beam takes the likeliest token each time.
        assertEquals(asker.text(asker.body()), asker.text(search(asker, 1)));
        // Nothing is drawn.
        ObjectNode wild = search(asker, 3).put("temperature", 2).put("seed", 5);
        assertEquals(texts.getFirst(), asker.text(wild));
        List<JsonNode> chunks = asker.chunks(search(asker, 3));
        for (int i = 0; i < 3; i++) {
            assertEquals(texts.get(i), asker.said(asker.joined(chunks, i)));
        }
        for (String field :
                List.of(
                        "\"stop\": \"x\"",
                        "\"min_tokens\": 2",
                        "\"bad_words\": [\"x\"]",
                        "\"thinking_token_budget\": 2")) {
            String body = search(asker, 2).toString();
            var response = asker.post(body.substring(0, body.length() - 1) + ", " + field + "}");
            assertEquals(400, response.statusCode(), response.asString());
            String param = response.jsonPath().getString("error.param");
            assertTrue(field.contains("\"" + param + "\""), response.asString());
        }
    }

    private static void lengthPenalty(Asker asker) {
        // A text that ends at once is the likeliest, and the shortest.
        int first = ids(asker, asker.body()).getFirst();
        ObjectNode body = search(asker, 2);
        body.putArray("stop_token_ids").add(first);
        JsonNode avoided = asker.answer(body.put("length_penalty", -150)).at("/choices/0");
        assertEquals("", asker.said(avoided));
        assertEquals("stop", avoided.get("finish_reason").asText());
        assertEquals(first, avoided.get("stop_reason").asInt());
        assertNotEquals("", asker.text(body.put("length_penalty", 150)));
    }
}
