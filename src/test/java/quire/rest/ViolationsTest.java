package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import jakarta.validation.ValidatorFactory;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.rest.api.model.CreateChatCompletionRequest;

class ViolationsTest {

    private static final ValidatorFactory FACTORY = Validation.buildDefaultValidatorFactory();
    private static final Validator VALIDATOR = FACTORY.getValidator();
    private static final ObjectMapper MAPPER = RequestBodyTest.mapper();

    @AfterAll
    static void close() {
        FACTORY.close();
    }

    private static CreateChatCompletionRequest request(String fields) throws IOException {
        return MAPPER.readValue("{" + fields + "}", CreateChatCompletionRequest.class);
    }

    private static ApiProblem problem(String fields) throws IOException {
        return Violations.problem(VALIDATOR.validate(request(fields)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            "messages": []                  | messages | 'messages' must have from 1 to 4096 entries, but has 0.
            "messages": [{"content": "a"}]  | messages.0.role | 'messages.0.role' is required.
            "messages": [{"role": "user", "content": "a"}, {"role": "", "content": "b"}] | messages.1.role | 'messages.1.role' must have at least 1 character.
            """)
    void messagesAreChecked(String fields, String param, String message) throws IOException {
        ApiProblem problem = problem("\"model\": \"m\", " + fields);
        assertEquals(param, problem.param());
        assertEquals(message, problem.message());
        assertEquals(400, problem.status());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            "max_completion_tokens": 0 | max_completion_tokens | 'max_completion_tokens' must be at least 1, but is 0.
            "max_tokens": -1           | max_tokens            | 'max_tokens' must be at least 1, but is -1.
            "temperature": -0.1        | temperature           | 'temperature' must be at least 0, but is -0.1.
            "top_p": 0                 | top_p                 | 'top_p' must be above 0, but is 0.0.
            "top_p": 1.1               | top_p                 | 'top_p' must be at most 1, but is 1.1.
            "top_k": -2                | top_k                 | 'top_k' must be at least -1, but is -2.
            "min_p": 2                 | min_p                 | 'min_p' must be at most 1, but is 2.0.
            "repetition_penalty": 0    | repetition_penalty    | 'repetition_penalty' must be above 0, but is 0.0.
            "presence_penalty": 2.5    | presence_penalty      | 'presence_penalty' must be at most 2, but is 2.5.
            "frequency_penalty": -2.5  | frequency_penalty     | 'frequency_penalty' must be at least -2, but is -2.5.
            "n": 0                     | n                     | 'n' must be at least 1, but is 0.
            "n": 129                   | n                     | 'n' must be at most 128, but is 129.
            "min_tokens": -1           | min_tokens            | 'min_tokens' must be at least 0, but is -1.
            "stop_token_ids": [1, -1]  | stop_token_ids.1      | 'stop_token_ids.1' must be at least 0, but is -1.
            """)
    void rangesAreChecked(String field, String param, String message) throws IOException {
        ApiProblem problem =
                problem(
                        "\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"a\"}], "
                                + field);
        assertEquals(param, problem.param());
        assertEquals(message, problem.message());
    }

    @Test
    void firstFieldByNameIsTold() throws IOException {
        assertEquals("messages", problem("\"n\": 0, \"top_p\": 3").param());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            "n": 128
            "top_p": 1, "min_p": 0, "top_k": -1
            "temperature": 0, "presence_penalty": -2, "frequency_penalty": 2
            """)
    void boundsThemselvesAreAllowed(String fields) throws IOException {
        assertEquals(
                0,
                VALIDATOR
                        .validate(
                                request(
                                        "\"model\": \"m\", \"messages\": [{\"role\": \"user\","
                                                + " \"content\": \"a\"}], "
                                                + fields))
                        .size());
    }
}
