package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.error.InvalidRequestException;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;
import quire.tokenizer.Tokenizer;

/** What a server refuses that was not started for it: each time with the flag that it wants. */
class HandlingTest {

    private static final ObjectMapper MAPPER = RequestBodyTest.mapper();
    private static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("models/quire-demo"));
    private static final ApiMapper STRICT = BareServer.mapper("quire-demo", TOKENIZER);

    @AfterAll
    static void close() {
        TOKENIZER.close();
    }

    private static void map(Asker asker, String name, String value) throws Exception {
        ObjectNode body = asker.body();
        body.set(name, MAPPER.readTree(value));
        if (asker.isChat()) {
            STRICT.chat(
                    MAPPER.readValue(body.toString(), CreateChatCompletionRequest.class),
                    new ChatPolicy(true, Optional.empty(), false, Optional.empty()),
                    "id");
        } else {
            STRICT.completion(
                    MAPPER.readValue(body.toString(), CreateCompletionRequest.class), "id");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            false | priority | -1 | start the server with --scheduling-policy priority.
            true  | priority | 7  | start the server with --scheduling-policy priority.
            true  | chat_template | "{{ 1 }}" | start the server with --trust-request-chat-template.
            false | thinking_token_budget | 5 | start it with --reasoning-parser, or leave it out.
            true  | thinking_token_budget | 0 | start it with --reasoning-parser, or leave it out.
            true  | documents | [{"text": "a"}] | does not speak of any; write them into a message.
            """)
    void whatThisServerWasNotStartedForIsRefused(
            boolean isChat, String name, String value, String wayOut) {
        InvalidRequestException refusal =
                assertThrows(
                        InvalidRequestException.class, () -> map(new Asker(isChat), name, value));
        assertEquals(name, refusal.param());
        assertTrue(refusal.getMessage().endsWith(wayOut), refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            false | priority | 0
            true  | thinking_token_budget | -1
            true  | chat_template | null
            true  | documents | []
            true  | documents | null
            """)
    void whatAsksForNothingPasses(boolean isChat, String name, String value) throws Exception {
        map(new Asker(isChat), name, value);
    }
}
