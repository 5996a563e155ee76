package quire.contract;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.junit.QuarkusTest;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.contract.ApiContract.Head;

/** That the watch sees answers, and that the contract finds what is planted in one. */
@QuarkusTest
class ContractTest {

    private static final String CHUNK =
            """
            {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":\
            [{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null}]}""";

    private static final String COMPLETION =
            """
            {"id":"x","object":"text_completion","created":1,"model":"m","choices":\
            [{"index":0,"text":"a","logprobs":null,"finish_reason":"stop","stop_reason":5}],\
            "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

    private static final String ERROR =
            """
            {"error":{"message":"a","type":"b","param":null,"code":null}}""";

    private static final Head CHAT_STREAM =
            new Head("POST", "/v1/chat/completions", 200, "text/event-stream;charset=UTF-8");
    private static final Head WHOLE =
            new Head("POST", "/v1/completions", 200, "application/json;charset=UTF-8");
    private static final Head REFUSAL =
            new Head("POST", "/v1/completions", 400, "application/json");

    private final ApiContract contract = new ApiContract();

    /** A page with a field too many. */
    @Singleton
    static final class Planted {

        private static final String PATH = "/v1/models/planted";

        void routes(@Observes Router router) {
            router.get(PATH)
                    .order(0)
                    .handler(
                            context ->
                                    context.response()
                                            .putHeader("Content-Type", "application/json")
                                            .end(
                                                    """
                                                    {"id":"m","object":"model","created":1,\
                                                    "owned_by":"q","colour":"red"}"""));
        }
    }

    @Test
    void whatIsPromisedPasses() {
        assertEquals("", contract.fault(CHAT_STREAM, CHUNK).orElse(""));
        assertEquals("", contract.fault(CHAT_STREAM, "[DONE]").orElse(""));
        assertEquals("", contract.fault(CHAT_STREAM, ERROR).orElse(""));
        assertEquals("", contract.fault(WHOLE, COMPLETION).orElse(""));
        assertEquals("", contract.fault(REFUSAL, ERROR).orElse(""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    "id":"x"           | "id":5
                    "id":"x",          |
                    "id"               | "ID"
                    "index":0          | "index":"0"
                    "index":0          | "index":0.5
                    "index":0,         |
                    "model":"m"        | "model":"m","colour":"red"
                    "model":"m"        | "model":null
                    "created":1        | "created":true
                    "created"          | "creation"
                    "finish_reason"    | "finishReason"
                    "choices":[        | "choice":[
                    "logprobs":null    | "logprobs":null,"colour":"red"
                    "logprobs":null    | "logprobs":"a"
                    """)
    void whatIsPlantedIsFound(String text, String planted) {
        for (String good : List.of(CHUNK, COMPLETION)) {
            String bad = good.replace(text, planted == null ? "" : planted);
            assertTrue(!bad.equals(good), text);
            Head head = good.equals(CHUNK) ? CHAT_STREAM : WHOLE;
            assertTrue(contract.fault(head, bad).isPresent(), bad);
        }
    }

    @Test
    void formsOfOneRouteAreNotThoseOfAnother() {
        assertTrue(contract.fault(CHAT_STREAM, COMPLETION).isPresent());
        assertTrue(contract.fault(WHOLE, CHUNK).isPresent());
        assertTrue(contract.fault(REFUSAL, COMPLETION).isPresent());
        assertTrue(contract.fault(REFUSAL, "").isPresent());
        assertTrue(contract.fault(REFUSAL, "{").isPresent());
        assertTrue(contract.fault(REFUSAL, ERROR.replace("\"param\":null,", "")).isPresent());
        assertTrue(contract.fault(CHAT_STREAM, CHUNK.replace("chat.", "")).isPresent());
        assertTrue(
                contract.fault(CHAT_STREAM, CHUNK.replace("\"content\"", "\"text\"")).isPresent());
    }

    @Test
    void eventThatItsClassDoesNotTakeIsFound() {
        String event = CHUNK.replace("\"index\":0", "\"index\":99999999999");
        assertTrue(contract.fault(CHAT_STREAM, event).orElse("").contains("out of range"));
    }

    @Test
    void everyAnswerIsRead() {
        long before = ContractWatch.numChecked();
        given().get("/v1/models").then().statusCode(200);
        given().get("/nope").then().statusCode(404);
        assertEquals(before + 2, ContractWatch.numChecked());
        assertEquals(List.of(), ContractWatch.takeFaults());
        given().get(Planted.PATH).then().statusCode(200);
        List<String> faults = ContractWatch.takeFaults();
        assertEquals(1, faults.size());
        assertTrue(faults.getFirst().contains("colour"), faults.getFirst());
    }
}
