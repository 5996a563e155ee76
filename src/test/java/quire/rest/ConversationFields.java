package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import quire.rest.FieldCase.Effect;

/** Fields of messages and of tools. What they come to is seen in the prompt. */
final class ConversationFields {

    private static final String MESSAGE = "/tokenize {'messages': [{";

    /** An assistant's call, whose rest follows. */
    private static final String CALL =
            MESSAGE + "'role': 'assistant', 'tool_calls': [{'type': 'function', ";

    private static final String TIME = "'function': {'name': 'get_time', 'arguments': '{}'}";
    private static final String TOOL =
            "/tokenize {'messages': [{'role': 'user', 'content': 'Hello'}], 'tools': [{";
    private static final String FUNCTION = TOOL + "'type': 'function', 'function': {";

    /** A question for which the demo model calls {@code get_time} with Lima. */
    private static final String CHAT =
            "/v1/chat/completions {'model': 'quire-demo', 'temperature': 0, 'max_tokens': 64,"
                    + " 'messages': [{'role': 'user', 'content': 'What time is it in Lima?'}],"
                    + " 'tools': [{'type': 'function', 'function': {'name': 'get_time',"
                    + " 'description': 'Get the local time in a city.', 'parameters': {'type':"
                    + " 'object', 'properties': {'city': {'enum': ['Oslo']}}, 'required': ['city'],"
                    + " 'additionalProperties': false}";

    private static final String CHOICE =
            CHAT
                    + "}}, {'type': 'function', 'function': {'name': 'get_weather'}}],"
                    + " 'tool_choice': {";

    static final Map<String, FieldCase> TABLE =
            FieldCase.table(
                    new FieldCase(
                            "ChatMessage.role",
                            MESSAGE + "'role': @, 'content': 'Hello'}]}",
                            field -> {
                                shows("'user'", "<|im_start|>user\nHello").show(field);
                                shows("'developer'", "<|im_start|>system\nHello").show(field);
                            },
                            "1",
                            "''",
                            "null"),
                    new FieldCase(
                            "ChatMessage.content",
                            MESSAGE + "'role': 'user', 'content': @}]}",
                            field -> {
                                shows("'Good day'", "user\nGood day<").show(field);
                                String parts =
                                        "[{'type': 'text', 'text': 'Good'},"
                                                + " {'type': 'text', 'text': 'day'}]";
                                shows(parts, "user\nGood\nday<").show(field);
                            },
                            "1",
                            "[]",
                            "null"),
                    new FieldCase(
                            "ChatMessage.name",
                            MESSAGE
                                    + "'role': 'user', 'content': 'Hello', 'name': @}],"
                                    + " 'chat_template': '{{ messages[0].name }}'}",
                            shows("'Ada'", "Ada"),
                            "1"),
                    new FieldCase(
                            "ChatMessage.tool_calls",
                            MESSAGE + "'role': 'assistant', 'tool_calls': @}]}",
                            shows("[{'id': 'a', 'type': 'function', " + TIME + "}]", "get_time"),
                            "1",
                            "[{}]"),
                    new FieldCase(
                            "ChatMessage.reasoning", thought("reasoning"), shownThought(), "1"),
                    new FieldCase(
                            "ChatMessage.reasoning_content",
                            thought("reasoning_content"),
                            shownThought(),
                            "1"),
                    new FieldCase(
                            "ChatMessage.tool_call_id",
                            MESSAGE
                                    + "'role': 'tool', 'content': 'Hello', 'tool_call_id': @}],"
                                    + " 'chat_template': '{{ messages[0].tool_call_id }}'}",
                            shows("'call_7'", "call_7"),
                            "1"),
                    new FieldCase(
                            "TextPart.type",
                            MESSAGE
                                    + "'role': 'user', 'content': [{'type': @, 'text': 'Good day'}]}]}",
                            shows("'text'", "Good day"),
                            "'image_url'",
                            "1"),
                    new FieldCase(
                            "TextPart.text",
                            MESSAGE + "'role': 'user', 'content': [{'type': 'text', 'text': @}]}]}",
                            shows("'Good day'", "Good day"),
                            "1",
                            "null"),
                    new FieldCase(
                            "ToolCall.index",
                            CALL + "'id': 'a', " + TIME + ", 'index': @}]}]}",
                            field -> assertEquals(field.rendered("0"), field.rendered("3")),
                            "'a'"),
                    new FieldCase(
                            "ToolCall.id",
                            CALL
                                    + TIME
                                    + ", 'id': @}]}], 'chat_template':"
                                    + " '{{ messages[0].tool_calls[0].id }}'}",
                            shows("'call_7'", "call_7"),
                            "1",
                            "''"),
                    new FieldCase(
                            "ToolCall.type",
                            MESSAGE
                                    + "'role': 'assistant', 'tool_calls': [{'id': 'a', 'type': @, "
                                    + TIME
                                    + "}]}]}",
                            shows("'function'", "get_time"),
                            "'custom'",
                            "1"),
                    new FieldCase(
                            "ToolCall.function",
                            CALL + "'id': 'a', 'function': @}]}]}",
                            shows("{'name': 'get_tide', 'arguments': '{}'}", "get_tide"),
                            "1",
                            "{}"),
                    new FieldCase(
                            "CalledFunction.name",
                            CALL + "'id': 'a', 'function': {'arguments': '{}', 'name': @}}]}]}",
                            shows("'get_tide'", "get_tide"),
                            "1",
                            "''"),
                    new FieldCase(
                            "CalledFunction.arguments",
                            CALL + "'id': 'a', 'function': {'name': 'f', 'arguments': @}}]}]}",
                            shows("'{\\'city\\': \\'Lima\\'}'", "{\"city\": \"Lima\"}"),
                            "1"),
                    new FieldCase(
                            "ChatTool.type",
                            TOOL + "'function': {'name': 'get_tide'}, 'type': @}]}",
                            shows("'function'", "get_tide"),
                            "'custom'",
                            "1"),
                    new FieldCase(
                            "ChatTool.function",
                            TOOL + "'type': 'function', 'function': @}]}",
                            shows("{'name': 'get_tide'}", "get_tide"),
                            "1",
                            "{}"),
                    new FieldCase(
                            "ToolFunction.name",
                            FUNCTION + "'name': @}}]}",
                            shows("'get_tide'", "get_tide"),
                            "1",
                            "''"),
                    new FieldCase(
                            "ToolFunction.description",
                            FUNCTION + "'name': 'f', 'description': @}}]}",
                            shows("'How high the water is.'", "How high the water is."),
                            "1"),
                    new FieldCase(
                            "ToolFunction.parameters",
                            FUNCTION + "'name': 'f', 'parameters': @}}]}",
                            shows("{'type': 'object', 'properties': {'city': {}}}", "\"city\""),
                            "1",
                            "[]"),
                    new FieldCase(
                            "ToolFunction.strict",
                            CHAT + ", 'strict': @}}]}",
                            field -> {
                                assertTrue(calledWith(field, "false").contains("Lima"));
                                assertTrue(calledWith(field, "true").contains("Oslo"));
                            },
                            "1"),
                    new FieldCase(
                            "ToolChoice.type",
                            CHOICE + "'function': {'name': 'get_weather'}, 'type': @}}",
                            calls("'function'", "get_weather"),
                            "'custom'",
                            "1"),
                    new FieldCase(
                            "ToolChoice.function",
                            CHOICE + "'type': 'function', 'function': @}}",
                            calls("{'name': 'get_weather'}", "get_weather"),
                            "{'name': 'get_tide'}",
                            "1"),
                    new FieldCase(
                            "ToolChoice.name",
                            CHOICE + "'type': 'function', 'function': {'name': @}}}",
                            calls("'get_weather'", "get_weather"),
                            "'get_tide'",
                            "1"));

    private ConversationFields() {}

    /** With this value the prompt says a text that it does not say without. */
    static Effect shows(String value, String text) {
        return field -> {
            String prompt = field.rendered(value);
            assertTrue(prompt.contains(text), prompt);
        };
    }

    private static String thought(String name) {
        return MESSAGE
                + "'role': 'assistant', 'content': 'Hello', '"
                + name
                + "': @}], 'chat_template': '{{ messages[0].reasoning }}'}";
    }

    private static Effect shownThought() {
        return field -> {
            assertEquals("Why not?", field.rendered("'Why not?'"));
            assertFalse(field.rendered("null").contains("Why"));
        };
    }

    private static Effect calls(String value, String name) {
        return field -> assertEquals(name, field.call(value).path("name").asText());
    }

    private static String calledWith(FieldCase field, String value) {
        return field.call(value).path("arguments").asText();
    }
}
