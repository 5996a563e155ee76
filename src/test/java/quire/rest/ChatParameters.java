package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.rest.ParameterCase.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import quire.chat.Reading;
import quire.chat.Said;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.toolcall.ToolCallFormat;

/** Parameters that chats alone have, or have in a shape of their own. */
final class ChatParameters {

    private static final String CITY =
            """
            "parameters": {"type": "object", "properties": {"city": {"type": "string",
                "description": "The name of the city."}}, "required": ["city"]}}}\
            """;

    /** Those that quire-demo was trained with. */
    static final String TOOLS =
            """
            [{"type": "function", "function": {"name": "get_weather",
                "description": "Get the current weather of a city.",\s\
            """
                    + CITY
                    + """
                    , {"type": "function", "function": {"name": "get_time",
                        "description": "Get the local time in a city.",\s\
                    """
                    + CITY
                    + "]";

    static final Map<String, ParameterCase> TABLE =
            table(
                    new ParameterCase("messages", ChatParameters::messages, "[]", "1", "[{}]"),
                    new ParameterCase("max_tokens", length("max_tokens"), "0", "5000"),
                    new ParameterCase(
                            "max_completion_tokens", length("max_completion_tokens"), "0", "5000"),
                    new ParameterCase("logprobs", ChatParameters::logprobs, "1"),
                    new ParameterCase("top_logprobs", ChatParameters::topLogprobs, "-1", "21", "1"),
                    new ParameterCase(
                            "add_generation_prompt", ChatParameters::addGenerationPrompt, "1"),
                    new ParameterCase(
                            "continue_final_message", ChatParameters::continueMessage, "1", "true"),
                    new ParameterCase(
                            "chat_template_kwargs",
                            ChatParameters::variables,
                            "1",
                            "{\"messages\": []}"),
                    new ParameterCase("chat_template", ChatParameters::template, "\"\"", "\"{{\""),
                    new ParameterCase("documents", ChatParameters::documents, "[1]", "[{}]"),
                    new ParameterCase("reasoning_effort", ChatParameters::effort, "\"most\""),
                    new ParameterCase("echo", ChatParameters::echo, "1"),
                    new ParameterCase("tools", ChatParameters::tools, "[]", "[1]", "[{}]"),
                    new ParameterCase("tool_choice", ChatParameters::toolChoice, "1", "\"any\""),
                    new ParameterCase(
                            "parallel_tool_calls", ChatParameters::parallelCalls, "\"no\""),
                    new ParameterCase("include_reasoning", ChatParameters::reasoning, "\"no\""));

    static final String NAMED = "{\"type\": \"function\", \"function\": {\"name\": \"get_time\"}}";

    private static final String TIME = "What time is it in Lima?";

    private ChatParameters() {}

    private static ParameterCase.Effect length(String name) {
        return asker ->
                assertEquals(3, asker.completionTokens(asker.longBody("max_tokens").put(name, 3)));
    }

    private static void messages(Asker asker) {
        ObjectNode body = asker.body();
        ((ObjectNode) body.at("/messages/0")).put("content", "Name the capital of Iraq.");
        assertTrue(asker.text(body).contains("Baghdad"));
        assertTrue(asker.text(asker.body()).contains("Paris"));
    }

    private static void logprobs(Asker asker) {
        JsonNode answer = asker.answer(asker.body().put("logprobs", true));
        assertEquals(
                answer.at("/usage/completion_tokens").asInt(),
                answer.at("/choices/0/logprobs/content").size());
    }

    private static void topLogprobs(Asker asker) {
        ObjectNode body = asker.body().put("logprobs", true);
        JsonNode answer = asker.answer(body.put("top_logprobs", 2));
        assertEquals(2, answer.at("/choices/0/logprobs/content/0/top_logprobs").size());
    }

    private static void addGenerationPrompt(Asker asker) {
        int with = asker.promptTokens(asker.body());
        int without = asker.promptTokens(asker.body().put("add_generation_prompt", false));
        assertTrue(without < with);
    }

    /** A chat that goes on with an assistant's words. */
    private static ObjectNode continued(Asker asker, String begun) {
        ObjectNode body = asker.body().put("add_generation_prompt", false);
        body.put("continue_final_message", true);
        body.withArray("/messages").addObject().put("role", "assistant").put("content", begun);
        return body;
    }

    private static void continueMessage(Asker asker) {
        String whole = asker.text(asker.body());
        String begun = whole.substring(0, whole.indexOf("Paris"));
        assertEquals(
                whole.substring(begun.length()),
                asker.text(continued(asker, begun.strip())).stripLeading());
    }

    private static void tools(Asker asker) throws IOException {
        ObjectNode body = asker.body().put("max_tokens", 64);
        ((ObjectNode) body.at("/messages/0")).put("content", TIME);
        assertFalse(asker.answer(body).at("/choices/0/message").has("tool_calls"));
        body.set("tools", DemoServer.MAPPER.readTree(TOOLS));
        JsonNode choice = asker.answer(body).at("/choices/0");
        assertEquals("tool_calls", choice.get("finish_reason").asText(), choice.toString());
        assertEquals("get_time", choice.at("/message/tool_calls/0/function/name").asText());
    }

    private static void toolChoice(Asker asker) throws IOException {
        ObjectNode body = asker.body().put("max_tokens", 64).put("tool_choice", "none");
        ((ObjectNode) body.at("/messages/0")).put("content", TIME);
        body.set("tools", DemoServer.MAPPER.readTree(TOOLS));
        JsonNode choice = asker.answer(body).at("/choices/0");
        assertFalse(choice.get("message").has("tool_calls"), choice.toString());
        assertEquals("stop", choice.get("finish_reason").asText());
        ObjectNode forced = asker.thoughtlessBody().put("max_tokens", 64);
        forced.set("tools", DemoServer.MAPPER.readTree(TOOLS));
        forced.set("tool_choice", DemoServer.MAPPER.readTree(NAMED));
        JsonNode named = asker.answer(forced).at("/choices/0/message/tool_calls/0/function");
        assertEquals("get_time", named.path("name").asText());
    }

    /** What is read from an answer that calls twice. */
    private static void parallelCalls(Asker asker) throws IOException {
        String call = "<tool_call>\n{\"name\": \"get_time\", \"arguments\": {}}\n</tool_call>";
        ChatPolicy policy =
                new ChatPolicy(true, Optional.of(ToolCallFormat.HERMES), false, Optional.empty());
        for (boolean parallel : new boolean[] {true, false}) {
            ObjectNode body = asker.body().put("parallel_tool_calls", parallel);
            body.set("tools", DemoServer.MAPPER.readTree(TOOLS));
            Reading reading =
                    new Reading(
                            Optional.empty(),
                            policy.of(
                                            RequestBodyTest.mapper()
                                                    .treeToValue(
                                                            body,
                                                            CreateChatCompletionRequest.class),
                                            "")
                                    .use());
            int numCalls = Said.of(call + "\n" + call, reading).calls().size();
            assertEquals(parallel ? 2 : 1, numCalls);
        }
    }

    private static void reasoning(Asker asker) {
        ObjectNode body = continued(asker, "<think>\n");
        JsonNode message = asker.answer(body).at("/choices/0/message");
        assertFalse(message.get("reasoning").asText().isEmpty());
        assertEquals(message.get("reasoning"), message.get("reasoning_content"));
        JsonNode without =
                asker.answer(body.put("include_reasoning", false)).at("/choices/0/message");
        assertFalse(without.has("reasoning") || without.has("reasoning_content"));
        assertEquals(message.path("content").asText(""), without.path("content").asText(""));
    }

    /** Tokens of a prompt that a template made, which is the request's own. */
    private static int templated(Asker asker, String template, String more) throws IOException {
        ObjectNode body = asker.body().put("chat_template", template).put("max_tokens", 1);
        body.setAll((ObjectNode) DemoServer.MAPPER.readTree(more));
        return asker.promptTokens(body);
    }

    private static void template(Asker asker) throws IOException {
        assertEquals(3, templated(asker, "<|im_start|>".repeat(3), "{}"));
    }

    private static void variables(Asker asker) throws IOException {
        String template = "<|im_start|>{{ '<|im_end|>' if loud }}{{ '<|im_end|>' if usual }}";
        assertEquals(2, templated(asker, template, "{}"), "usual is the server's");
        assertEquals(3, templated(asker, template, "{\"chat_template_kwargs\": {\"loud\": true}}"));
        assertEquals(
                1, templated(asker, template, "{\"chat_template_kwargs\": {\"usual\": false}}"));
    }

    private static void documents(Asker asker) throws IOException {
        String template = "<|im_start|>{% for d in documents %}{{ d.text }}{% endfor %}";
        String two = "{\"documents\": [{\"text\": \"<|im_end|>\"}, {\"text\": \"<|im_end|>\"}]}";
        assertEquals(3, templated(asker, template, two));
        String none = "<|im_start|>{{ '<|im_end|>' if documents is none }}";
        assertEquals(2, templated(asker, none, "{}"));
    }

    private static void effort(Asker asker) throws IOException {
        String template =
                "<|im_start|>{{ '<|im_end|>' if reasoning_effort == 'low' }}"
                        + "{{ '<|im_end|>' * 4 if enable_thinking }}";
        assertEquals(1, templated(asker, template, "{}"));
        assertEquals(6, templated(asker, template, "{\"reasoning_effort\": \"low\"}"));
        assertEquals(5, templated(asker, template, "{\"reasoning_effort\": \"xhigh\"}"));
        assertEquals(1, templated(asker, template, "{\"reasoning_effort\": \"none\"}"));
        assertEquals(
                2,
                templated(
                        asker,
                        template,
                        "{\"reasoning_effort\": \"low\","
                                + " \"chat_template_kwargs\": {\"enable_thinking\": false}}"));
    }

    private static void echo(Asker asker) {
        ObjectNode body = continued(asker, "The capital of France");
        String answer = asker.text(body);
        body.put("echo", true);
        assertEquals("The capital of France" + answer, asker.text(body));
        assertEquals(
                "The capital of France" + answer, asker.said(asker.joined(asker.chunks(body), 0)));
        assertEquals(asker.text(asker.body()), asker.text(asker.body().put("echo", true)));
    }
}
