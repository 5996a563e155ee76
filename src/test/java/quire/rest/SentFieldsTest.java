package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.error.InvalidRequestException;
import quire.error.Setting;
import quire.tokenizer.Tokenizer;

/** A refusal speaks of fields that the client sent, not of those that these mean inside. */
class SentFieldsTest {

    private static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("models/quire-demo"));
    private static final ApiMapper MAPPER = BareServer.mapper("m", TOKENIZER);

    @AfterAll
    static void close() {
        TOKENIZER.close();
    }

    private static void map(boolean isChat, String fields) throws IOException {
        if (isChat) {
            MAPPER.chat(
                    RequestBodyTest.chat(fields),
                    new ChatPolicy(true, Optional.empty(), false, Optional.empty()),
                    "id");
        } else {
            MAPPER.completion(RequestBodyTest.completion(fields), "id");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            false | "echo": true, "logprobs": 1, "use_beam_search": true | echo \
            | 'echo' is not available with 'logprobs' and 'use_beam_search' together; leave one of them out.
            false | "prompt_logprobs": 1, "use_beam_search": true | prompt_logprobs \
            | prompt_logprobs is not available with use_beam_search; leave one of them out.
            false | "echo": true, "logprobs": 1001 | logprobs \
            | 'logprobs' is 1001; this server tells at most 20 (--max-logprobs).
            true | "logprobs": true, "top_logprobs": 1001 | top_logprobs \
            | 'top_logprobs' is 1001; this server tells at most 20 (--max-logprobs).
            true | "prompt_logprobs": 1001 | prompt_logprobs \
            | 'prompt_logprobs' is 1001; this server tells at most 20 (--max-logprobs).
            true | "max_completion_tokens": 5, "min_tokens": 9 | min_tokens \
            | min_tokens is 9; allowed: at most max_completion_tokens, 5.
            true | "max_tokens": 5, "min_tokens": 9 | min_tokens \
            | min_tokens is 9; allowed: at most max_tokens, 5.
            true | "max_completion_tokens": 64 | max_completion_tokens \
            | 'max_completion_tokens' is 64, but this model's maximum context length is 64 tokens and the prompt has 1 of them; ask for at most 63.
            true | "max_completion_tokens": 64, "truncate_prompt_tokens": -1 | max_completion_tokens \
            | 'max_completion_tokens' is 64, but this model's maximum context length is 64 tokens and the prompt has 1 of them; ask for at most 63.
            """)
    void refusalNamesWhatWasSent(boolean isChat, String fields, String param, String sentence) {
        InvalidRequestException refusal =
                assertThrows(InvalidRequestException.class, () -> map(isChat, fields));
        assertEquals(param, refusal.param());
        assertEquals(sentence, refusal.message(Setting::name));
    }
}
