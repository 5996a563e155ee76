package quire.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.matchesRegex;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class HttpErrorsTest {

    /** What a JSON library tells its programmer. */
    private static final String LIBRARY_WORDS =
            "(?s).*(Feature|Read|expecting|was expected|from `|marker|deserializ|code"
                    + " \\d|Source|type \\[).*";

    @TestHTTPResource("/")
    URI server;

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    private static ValidatableResponse assertProblem(ValidatableResponse response, int status) {
        return response.statusCode(status)
                .contentType(containsString("application/json"))
                .body("error.message", notNullValue())
                .body("error.message", not(containsString("quire.rest")))
                .body("error.message", not(matchesRegex(LIBRARY_WORDS)))
                .body("error.type", notNullValue())
                .body("error", hasKey("param"))
                .body("error", hasKey("code"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nope", "/v1", "/v1/nope", "/v1/chat/completions/x", "/q/nope"})
    void unknownPathIsNotFound(String path) {
        assertProblem(given().get(path).then(), 404).body("error.code", equalTo("not_found"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models/gpt-9", "/v1/models/gpt%2F9", "/v1/models/open/gpt"})
    void unknownModelIsNotFound(String path) {
        assertProblem(given().urlEncodingEnabled(false).get(path).then(), 404)
                .body("error.code", equalTo("model_not_found"));
    }

    @ParameterizedTest
    @CsvSource({"/v1/completions, prompt, a", "/v1/completions, prompt, b"})
    void unknownModelOfARequestIsNotFound(String path, String field, String value) {
        assertProblem(
                        DemoServer.post(
                                path,
                                "{\"model\": \"gpt-9\", \"" + field + "\": \"" + value + "\"}"),
                        404)
                .body("error.param", equalTo("model"))
                .body("error.code", equalTo("model_not_found"));
    }

    @Test
    void wrongMethodIsNotAllowed() {
        assertProblem(given().delete("/v1/models").then(), 405)
                .header("Allow", equalTo("GET, HEAD"));
        assertProblem(given().get("/v1/chat/completions").then(), 405)
                .header("Allow", equalTo("POST"));
        assertProblem(given().delete("/ping").then(), 405)
                .header("Allow", equalTo("GET, HEAD, POST"));
        assertProblem(given().put("/v1/models/open/gpt").then(), 405)
                .header("Allow", equalTo("GET, HEAD"));
    }

    @Test
    void everyRouteOfTheSpecificationTellsItsMethods() throws IOException {
        JsonNode paths =
                DemoServer.MAPPER
                        .readTree(given().get("/openapi.json").then().extract().asString())
                        .get("paths");
        for (Map.Entry<String, JsonNode> path : paths.properties()) {
            Set<String> methods = new TreeSet<>();
            path.getValue()
                    .fieldNames()
                    .forEachRemaining(name -> methods.add(name.toUpperCase(Locale.ROOT)));
            if (methods.contains("GET")) {
                methods.add("HEAD");
            }
            assertProblem(given().patch(path.getKey().replace("{model}", "quire-demo")).then(), 405)
                    .header("Allow", equalTo(String.join(", ", methods)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/page/main.js", "/engine/live", "/docs", "/openapi.json", "/metrics"})
    void pagesAreOnlyRead(String path) {
        assertProblem(given().post(path).then(), 405).header("Allow", equalTo("GET, HEAD"));
        given().redirects().follow(false).head(path).then().statusCode(lessThan(400));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "br", "gzip, identity", "identity, zstd"})
    void packedBodiesAreRefusedByName(String encoding) {
        assertProblem(
                        given().contentType("application/json")
                                .header("Content-Encoding", encoding)
                                .body("{}")
                                .post("/v1/completions")
                                .then(),
                        415)
                .body("error.message", containsString("'Content-Encoding: " + encoding + "'"))
                .header("Accept-Encoding", equalTo("identity"));
    }

    @Test
    void identityIsNoPacking() {
        given().contentType("application/json")
                .header("Content-Encoding", "identity")
                .body("{\"prompt\": \"a\"}")
                .post("/tokenize")
                .then()
                .statusCode(200);
    }

    @Test
    void otherMediaTypesAreNotSupported() {
        assertProblem(
                given().contentType("text/plain").body("{}").post("/v1/completions").then(), 415);
        assertProblem(
                given().contentType("application/x-www-form-urlencoded")
                        .body("a=b")
                        .post("/v1/completions")
                        .then(),
                415);
        assertProblem(given().accept("application/xml").get("/v1/models").then(), 406);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"model\": ",
                "nul",
                "[]",
                "5",
                "null",
                "{} {}",
                "{\"a\": 01}",
                "{\"model\": \"quire-demo\" \"prompt\"}",
                "{\"model\": 'x'}",
                "{model: 1}",
                "{\"model\": NaN}",
                "{\"model\": \"\\x\"}",
                "{\"model\": \"\n\"}",
                "{\"model\": \"a\"]",
                "// comment",
                "{\"model\": \"quire-demo\", \"prompt\": \"a\", \"prompt\": \"b\"}"
            })
    void brokenJsonIsABadRequest(String body) {
        assertProblem(DemoServer.post("/v1/completions", body), 400);
        assertProblem(DemoServer.post("/v1/chat/completions", body), 400);
        assertProblem(DemoServer.post("/tokenize", body), 400);
        assertProblem(DemoServer.post("/detokenize", body), 400);
    }

    @Test
    void invalidUtf8IsABadRequest() {
        byte[] body =
                "{\"model\": \"quire-demo\", \"prompt\": \"\u00ff\"}"
                        .getBytes(StandardCharsets.ISO_8859_1);
        assertProblem(
                        given().contentType("application/json")
                                .body(body)
                                .post("/v1/completions")
                                .then(),
                        400)
                .body("error.message", containsString("UTF-8"));
    }

    @Test
    void deeplyNestedBodyIsABadRequest() {
        assertProblem(
                DemoServer.post("/v1/completions", "{\"metadata\": " + "[".repeat(1500)), 400);
        assertProblem(
                DemoServer.post(
                        "/v1/chat/completions", "{\"metadata\": " + "{\"a\": ".repeat(1500)),
                400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    /v1/completions | {}                                                  | prompt
                    /v1/completions | {"model": "quire-demo", "prompt": ""}               | prompt
                    /v1/completions | {"model": "quire-demo", "prompt": []}               | prompt
                    /v1/completions | {"model": "quire-demo", "prompt": [99999]}          | prompt
                    /v1/completions | {"model": "quire-demo", "prompt": "a", "n": 129}    | n
                    /v1/completions | {"model": "quire-demo", "prompt": "a", "max_tokens": 0} | max_tokens
                    /v1/completions | {"model": "quire-demo", "prompt": "a", "max_tokens": 3000000000} | max_tokens
                    /v1/completions | {"model": "quire-demo", "prompt": "a", "temperature": -1} | temperature
                    /v1/completions | {"model": "quire-demo", "prompt": "a", "stop": [""]} | stop
                    /v1/completions | {"model": "quire-demo", "prompt": "a", "min_tokens": 17} | min_tokens
                    /v1/completions | {"model": "quire-demo", "prompt": "a", "stop_token_ids": [null]} | stop_token_ids
                    /v1/completions | {"model": "quire-demo", "prompt": "a", "suffix": "b"} | suffix
                    /v1/completions | {"model": "quire-demo", "prompt": "a", "stream_options": {}} | stream_options
                    /v1/chat/completions | {"model": "quire-demo"}                        | messages
                    /v1/chat/completions | {"model": "quire-demo", "messages": []}        | messages
                    /v1/chat/completions | {"model": "quire-demo", "messages": [null]}    | messages
                    /v1/chat/completions | {"model": "quire-demo", "messages": [{"role": "user"}]} | messages.0.content
                    /v1/chat/completions | {"model": "quire-demo", "messages": [{"role": "x", "content": "a"}]} | messages.0.role
                    /v1/chat/completions | {"model": "quire-demo", "messages": [{"role": "user", "content": "a"}], "tools": [{}]} | tools.0.function
                    /v1/chat/completions | {"model": "quire-demo", "messages": [{"role": "user", "content": "a"}], "colour": 1} | colour
                    /tokenize            | {}                                             | prompt
                    /tokenize            | {"prompt": "a", "messages": [{"role": "user", "content": "a"}]} | prompt
                    /tokenize            | {"prompt": "a", "add_generation_prompt": true} | add_generation_prompt
                    /detokenize          | {}                                             | tokens
                    /detokenize          | {"tokens": [4096]}                             | tokens
                    /detokenize          | {"tokens": [-1]}                               | tokens.0
                    /v1/chat/completions | {"model": "quire-demo", "messages": null}      | messages
                    /v1/chat/completions | {"model": "quire-demo", "messages": [{"role": "user", "content": null}]} | messages.0.content
                    /v1/completions | {"model": "quire-demo", "prompt": null}             | prompt
                    /detokenize          | {"tokens": null}                               | tokens
                    """)
    void mistakeNamesItsField(String path, String body, String param) {
        assertProblem(DemoServer.post(path, body), 400).body("error.param", equalTo(param));
    }

    @Test
    void promptThatDoesNotFitIsToldInNumbers() {
        String tooLong = "[" + "5, ".repeat(4095) + "5]";
        assertProblem(
                        DemoServer.post(
                                "/v1/completions",
                                "{\"model\": \"quire-demo\", \"prompt\": " + tooLong + "}"),
                        400)
                .body("error.code", equalTo("context_length_exceeded"))
                .body(
                        "error.message",
                        containsString(
                                "maximum context length is 4096 tokens, but the prompt has 4096"));
        assertProblem(
                        DemoServer.post(
                                "/v1/chat/completions",
                                "{\"model\": \"quire-demo\", \"messages\":"
                                        + " [{\"role\": \"user\", \"content\": \""
                                        + "word ".repeat(5000)
                                        + "\"}]}"),
                        400)
                .body("error.param", equalTo("messages"))
                .body("error.code", equalTo("context_length_exceeded"));
    }

    @Test
    void bodyOverTheLimitIsTooLarge() throws IOException {
        String body = "{\"model\": \"quire-demo\", \"prompt\": \"" + "a".repeat(11 << 20) + "\"}";
        String announced = exchange("Content-Length: " + body.length(), body);
        assertTrue(announced.startsWith("HTTP/1.1 413 "), announced);
        assertTrue(announced.contains("{\"error\":{\"message\":\"The body is larger"), announced);
        String chunked =
                exchange(
                        "Transfer-Encoding: chunked",
                        Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n");
        assertTrue(chunked.startsWith("HTTP/1.1 413 "), chunked);
        assertTrue(chunked.contains("{\"error\":{\"message\":\"The body is larger"), chunked);
    }

    @Test
    void chunkedBodyIsReadLikeAnyOther() throws IOException {
        String body = "{\"prompt\": \"Name the capital\"}";
        String answer =
                exchange(
                        "/tokenize",
                        "Transfer-Encoding: chunked",
                        Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
        assertTrue(answer.contains("[619,269,320]"), answer);
    }

    private String exchange(String header, String body) throws IOException {
        return exchange("/v1/completions", header, body);
    }

    /** Sends as much as the server takes, and reads its answer to the end. */
    private String exchange(String path, String header, String body) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(
                    ("POST "
                                    + path
                                    + " HTTP/1.1\r\n"
                                    + "Host: quire\r\n"
                                    + "Content-Type: application/json\r\n"
                                    + "Connection: close\r\n"
                                    + header
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            Thread writer =
                    Thread.startVirtualThread(
                            () -> {
                                try {
                                    out.write(body.getBytes(StandardCharsets.UTF_8));
                                    out.flush();
                                } catch (IOException e) {
                                    // The server closes the connection instead of reading a body it
                                    // refused.
                                }
                            });
            StringBuilder answer = new StringBuilder();
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[4096];
            try {
                for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                    answer.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                assertTrue(answer.toString().contains("}}"), "reset before the answer: " + answer);
            }
            writer.interrupt();
            return answer.toString();
        }
    }

    @Test
    void probesAnswerWithoutABody() {
        assertEquals("", given().get("/health").then().statusCode(200).extract().asString());
        assertEquals("", given().get("/ping").then().statusCode(200).extract().asString());
        assertEquals("", given().post("/ping").then().statusCode(200).extract().asString());
    }

    @Test
    void defectIsNotExplainedToTheClient() {
        ApiProblem problem = ApiProblem.internal();
        assertEquals(500, problem.status());
        assertEquals("server_error", problem.type());
    }
}
