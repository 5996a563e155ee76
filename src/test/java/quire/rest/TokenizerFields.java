package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.rest.ConversationFields.shows;

import java.util.Map;

/** Fields of requests to the tokenizer's routes. */
final class TokenizerFields {

    private static final String TEXT = "/tokenize {'prompt': 'Hello', ";
    private static final String CHAT =
            "/tokenize {'messages': [{'role': 'user', 'content': 'Hello'}], ";

    static final Map<String, FieldCase> TABLE =
            FieldCase.table(
                    new FieldCase(
                            "TokenizeRequest.model",
                            TEXT + "'model': @}",
                            shows("'other-name'", "Hello"),
                            "'nobody'",
                            "1"),
                    new FieldCase(
                            "TokenizeRequest.prompt",
                            "/tokenize {'prompt': @}",
                            field -> assertEquals("Good day", field.rendered("'Good day'")),
                            "1",
                            "null"),
                    new FieldCase(
                            "TokenizeRequest.messages",
                            "/tokenize {'messages': @}",
                            shows("[{'role': 'user', 'content': 'Good day'}]", "user\nGood day"),
                            "[]",
                            "1",
                            "[{}]"),
                    new FieldCase(
                            "TokenizeRequest.add_special_tokens",
                            TEXT + "'add_special_tokens': @}",
                            OtherTokenizer::showTokenized,
                            "1"),
                    new FieldCase(
                            "TokenizeRequest.return_token_strs",
                            TEXT + "'return_token_strs': @}",
                            field -> {
                                assertTrue(field.answer("false").path("token_strs").isEmpty());
                                assertEquals(
                                        "Hello", field.answer("true").at("/token_strs/0").asText());
                            },
                            "1"),
                    new FieldCase(
                            "TokenizeRequest.add_generation_prompt",
                            CHAT + "'add_generation_prompt': @}",
                            field -> {
                                assertTrue(field.rendered("true").endsWith("assistant\n"));
                                assertTrue(field.rendered("false").endsWith("<|im_end|>\n"));
                            },
                            "1"),
                    new FieldCase(
                            "TokenizeRequest.continue_final_message",
                            CHAT + "'add_generation_prompt': false, 'continue_final_message': @}",
                            field -> {
                                assertTrue(field.rendered("true").endsWith("Hello"));
                                assertTrue(field.rendered("false").endsWith("<|im_end|>\n"));
                            },
                            "1"),
                    new FieldCase(
                            "TokenizeRequest.tools",
                            CHAT + "'tools': @}",
                            shows(
                                    "[{'type': 'function', 'function': {'name': 'get_tide'}}]",
                                    "get_tide"),
                            "[]",
                            "1",
                            "[{}]"),
                    new FieldCase(
                            "TokenizeRequest.chat_template",
                            CHAT + "'chat_template': @}",
                            field -> assertEquals("Good day", field.rendered("'Good day'")),
                            "''",
                            "1",
                            "'{{'"),
                    new FieldCase(
                            "TokenizeRequest.chat_template_kwargs",
                            CHAT
                                    + "'chat_template': '{{ mood }}{{ usual }}',"
                                    + " 'chat_template_kwargs': @}",
                            field -> assertEquals("goodTrue", field.rendered("{'mood': 'good'}")),
                            "1"),
                    new FieldCase(
                            "DetokenizeRequest.model",
                            "/detokenize {'tokens': [1], 'model': @}",
                            field -> assertTrue(field.told("'other-name'").contains("im_start")),
                            "'nobody'",
                            "1"),
                    new FieldCase(
                            "DetokenizeRequest.tokens",
                            "/detokenize {'tokens': @}",
                            field ->
                                    assertTrue(field.told("[1, 1]").contains("<|im_start|><|im_s")),
                            "1",
                            "[-1]",
                            "[4096]",
                            "null"),
                    new FieldCase(
                            "retrieveModel.model",
                            "/v1/models/@",
                            field -> assertTrue(field.told("other-name").contains("other-name")),
                            "nobody"));

    private TokenizerFields() {}
}
