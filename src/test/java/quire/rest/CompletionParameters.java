package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.rest.ParameterCase.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Parameters that completions alone have, or have in a shape of their own. */
final class CompletionParameters {

    static final Map<String, ParameterCase> TABLE =
            table(
                    new ParameterCase("prompt", CompletionParameters::prompt, "\"\"", "[]", "1"),
                    new ParameterCase("max_tokens", CompletionParameters::maxTokens, "-1", "5000"),
                    new ParameterCase("logprobs", CompletionParameters::logprobs, "-1", "21"),
                    new ParameterCase("echo", CompletionParameters::echo, "1"));

    private CompletionParameters() {}

    private static void prompt(Asker asker) {
        ObjectNode body = asker.body();
        body.putArray("prompt").add("The capital of Iraq is").add(Asker.PROMPT);
        JsonNode choices = asker.answer(body).get("choices");
        assertEquals(" Baghdad.", asker.said(choices.get(0)));
        assertEquals(asker.text(asker.body()), asker.said(choices.get(1)));
    }

    private static void maxTokens(Asker asker) {
        assertEquals(3, asker.completionTokens(asker.longBody().put("max_tokens", 3)));
        assertEquals(16, asker.completionTokens(asker.longBody("max_tokens")));
    }

    private static void logprobs(Asker asker) {
        JsonNode answer = asker.answer(asker.body().put("logprobs", 2));
        JsonNode tops = answer.at("/choices/0/logprobs/top_logprobs");
        assertEquals(answer.at("/usage/completion_tokens").asInt(), tops.size());
        assertTrue(tops.get(0).size() >= 2);
    }

    private static void echo(Asker asker) {
        assertEquals(
                Asker.PROMPT + asker.text(asker.body()),
                asker.text(asker.body().put("echo", true)));
    }
}
