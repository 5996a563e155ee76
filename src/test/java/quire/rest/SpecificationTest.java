package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.sampling.SamplingParams;

/** A limit is one number, whether the specification says it or the engine checks it. */
class SpecificationTest {

    private JsonNode schemas;

    @BeforeEach
    void read() throws IOException {
        Path file = Path.of("src/main/openapi/openapi.yaml");
        schemas = new YAMLMapper().readTree(file.toFile()).at("/components/schemas");
    }

    @ParameterizedTest
    @ValueSource(strings = {"CreateCompletionRequest", "CreateChatCompletionRequest"})
    void countsOfBothRequestsAreThoseOfTheEngine(String request) {
        JsonNode fields = schemas.path(request).path("properties");
        assertEquals(
                SamplingParams.MAX_STOP_TOKEN_IDS, fields.at("/stop_token_ids/maxItems").asInt());
        assertEquals(SamplingParams.MAX_LOGIT_BIAS, fields.at("/logit_bias/maxProperties").asInt());
        assertEquals(SamplingParams.MAX_BAD_WORDS, fields.at("/bad_words/maxItems").asInt());
        assertEquals(
                SamplingParams.MAX_BAD_WORD_LENGTH,
                fields.at("/bad_words/items/maxLength").asInt());
        assertEquals(SamplingParams.MAX_N, fields.at("/n/maximum").asInt());
    }

    @Test
    void promptsAreLimitedAlikeInBothSpellings() {
        JsonNode spellings = schemas.at("/Prompt/oneOf");
        assertEquals(Prompt.MAX_PROMPTS, spellings.at("/1/maxItems").asInt());
        assertEquals(Prompt.MAX_PROMPTS, spellings.at("/3/maxItems").asInt());
    }

    @Test
    void stopStringsAreLimitedAlikeInBothSpellings() {
        JsonNode spellings = schemas.at("/StopConfiguration/oneOf");
        JsonNode list = spellings.path(1);
        assertEquals(SamplingParams.MAX_STOP_STRINGS, list.path("maxItems").asInt());
        assertEquals(SamplingParams.MAX_STOP_LENGTH, list.at("/items/maxLength").asInt());
        assertEquals(SamplingParams.MAX_STOP_LENGTH, spellings.at("/0/maxLength").asInt());
    }
}
