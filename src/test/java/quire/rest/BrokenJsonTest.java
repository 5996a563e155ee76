package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.rest.api.model.CreateCompletionRequest;

class BrokenJsonTest {

    private static final ObjectMapper MAPPER = RequestBodyTest.mapper();

    private static ApiProblem problem(byte[] body) {
        return BrokenJson.problem(
                assertThrows(
                        JacksonException.class,
                        () -> MAPPER.readValue(body, CreateCompletionRequest.class)));
    }

    private static String message(String body) {
        return problem(body.getBytes(StandardCharsets.UTF_8)).message();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            {                          | it ends too early (line 1, column
            {"model": "m               | it ends too early (line 1, column
            {"model": "m"              | it ends too early (line 1, column
            {"model": [1, 2            |
            {"model": "m"} {}          | something follows behind its end (line 1, column
            {"model": "m"} x           | 'x' is not expected there (line 1, column
            {"model": "m"]             | ']' is not expected there (line 1, column
            {"model": "m",}            | '}' is not expected there (line 1, column
            {"model" "m"}              | '"' is not expected there (line 1, column
            {model: "m"}               | 'm' is not expected there (line 1, column
            {"model": NaN}             | 'NaN' is not expected there (line 1, column
            {"n": nul}                 | 'nul' is not expected there (line 1, column
            {"n": +1}                  |
            {"n": 01}                  | a number is malformed (line 1, column
            {"n": 1.}                  |
            {"user": "\\x"}             | 'x' is not expected there (line 1, column
            {"n": 1, "n": 2}           | 'n' stands there twice (line 1, column
            """)
    void whatIsWrongIsToldInOurWords(String body, String what) {
        String message = message(body);
        if (what != null) {
            assertTrue(message.startsWith("The body is not valid JSON: " + what), message);
        }
        for (String word :
                new String[] {"Feature", "expecting", "token", "marker", "Source", "quire.", "`"}) {
            assertTrue(!message.contains(word), message);
        }
    }

    @Test
    void limitsAreToldInNumbers() {
        assertLimit(
                "it is nested more than 1000 levels", "{\"metadata\": {\"a\": " + "[".repeat(1500));
        assertLimit("a number has more than 1000 digits", "{\"n\": " + "1".repeat(1500) + "}");
        assertLimit("a name has more than 50000 characters", "{\"" + "n".repeat(60_000) + "\": 1}");
    }

    private static void assertLimit(String what, String body) {
        String message = message(body);
        assertTrue(message.startsWith("The body is not valid JSON: " + what), message);
    }

    @Test
    void otherEncodingsAreNamed() {
        byte[] latin = "{\"user\": \"\u00e4\u00f6\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertTrue(
                problem(latin)
                        .message()
                        .startsWith("The body is not valid JSON: it is not text in UTF-8"));
    }

    @Test
    void entryThatIsNullNamesItsList() {
        ApiProblem problem =
                problem("{\"stop_token_ids\": [null]}".getBytes(StandardCharsets.UTF_8));
        assertEquals("stop_token_ids", problem.param());
        assertEquals("'stop_token_ids' has an entry that is null.", problem.message());
    }
}
