package quire.rest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import quire.engine.ChatRenderer;
import quire.engine.ModelInfo;
import quire.engine.SamplingDefaults;
import quire.generation.GenerationRequest;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;
import quire.rest.api.model.TokenizeRequest;
import quire.template.ChatTemplate;
import quire.tokenizer.Detokenizer;
import quire.tokenizer.Tokenizer;

/**
 * Shows parameters for which quire-demo has no use, with the tokenizer of another model: one that
 * puts a special token in front of a text and spaces between tokens.
 */
final class OtherTokenizer {

    private static final ObjectMapper MAPPER = RequestBodyTest.mapper();
    private static final int BEGIN = 1;

    private OtherTokenizer() {}

    private static Tokenizer load() throws IOException {
        Path folder = Files.createTempDirectory("tokenizer");
        Path file = folder.resolve("tokenizer.json");
        ObjectNode json =
                (ObjectNode) MAPPER.readTree(Path.of("models/quire-demo/tokenizer.json").toFile());
        json.putNull("decoder");
        json.set(
                "post_processor",
                MAPPER.readTree(
                        """
                        {"type": "TemplateProcessing",
                         "single": [{"SpecialToken": {"id": "<|im_start|>", "type_id": 0}},
                                    {"Sequence": {"id": "A", "type_id": 0}}],
                         "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                                  {"Sequence": {"id": "B", "type_id": 0}}],
                         "special_tokens": {"<|im_start|>":
                            {"id": "<|im_start|>", "ids": [1], "tokens": ["<|im_start|>"]}}}"""));
        Files.writeString(file, json.toString());
        try {
            return Tokenizer.load(folder);
        } finally {
            Files.delete(file);
            Files.delete(folder);
        }
    }

    private static Served served(Tokenizer tokenizer) {
        return new Served(
                new ModelInfo(List.of("m"), "X", 1, 64, 4096, Instant.EPOCH),
                tokenizer,
                new ChatRenderer(
                        Optional.of(ChatTemplate.compile("{{ messages[0].content }}")), Map.of()),
                SamplingDefaults.NONE,
                new RequestPolicy(20, false, false, Optional.empty(), Map.of()));
    }

    private static GenerationRequest mapped(Asker asker, Tokenizer tokenizer, String more)
            throws IOException {
        ApiMapper mapper = new ApiMapper(served(tokenizer));
        String text = "a<|im_start|><|im_end|>";
        String fields = "{\"model\": \"m\", " + more;
        GenerationPlan plan =
                asker.isChat()
                        ? mapper.chat(
                                MAPPER.readValue(
                                        fields
                                                + ", \"messages\": [{\"role\": \"user\","
                                                + " \"content\": \""
                                                + text
                                                + "\"}]}",
                                        CreateChatCompletionRequest.class),
                                new ChatPolicy(true, Optional.empty(), false, Optional.empty()),
                                "id")
                        : mapper.completion(
                                MAPPER.readValue(
                                        fields + ", \"prompt\": \"" + text + "\"}",
                                        CreateCompletionRequest.class),
                                "id");
        return plan.prompts().getFirst();
    }

    static void showAdded(Asker asker) throws IOException {
        try (Tokenizer tokenizer = load()) {
            int[] with = mapped(asker, tokenizer, "\"add_special_tokens\": true").promptTokenIds();
            int[] without =
                    mapped(asker, tokenizer, "\"add_special_tokens\": false").promptTokenIds();
            assertEquals(BEGIN, with[0]);
            assertEquals(with.length - 1, without.length);
            int[] silent = mapped(asker, tokenizer, "\"n\": 1").promptTokenIds();
            assertEquals(asker.isChat() ? without.length : with.length, silent.length);
        }
    }

    /** What {@code /tokenize} makes of a text: with the special token unless told otherwise. */
    static void showTokenized(FieldCase field) throws IOException {
        try (Tokenizer tokenizer = load()) {
            TokenizeRequest request = new TokenizeRequest().prompt("a");
            int[] silent = TokenizerResource.ids(served(tokenizer), request);
            assertEquals(BEGIN, silent[0]);
            request.addSpecialTokens(true);
            assertArrayEquals(silent, TokenizerResource.ids(served(tokenizer), request));
            request.addSpecialTokens(false);
            int[] without = TokenizerResource.ids(served(tokenizer), request);
            assertArrayEquals(Arrays.copyOfRange(silent, 1, silent.length), without);
        }
    }

    static void showSpaces(Asker asker) throws IOException {
        try (Tokenizer tokenizer = load()) {
            assertEquals("a <|im_start|> <|im_end|>", said(asker, tokenizer, "\"n\": 1"));
            String joined = "\"spaces_between_special_tokens\": false";
            assertEquals("a <|im_start|><|im_end|>", said(asker, tokenizer, joined));
        }
    }

    /** The text of the prompt's own tokens, as those of an answer. */
    private static String said(Asker asker, Tokenizer tokenizer, String more) throws IOException {
        GenerationRequest request =
                mapped(
                        asker,
                        tokenizer,
                        "\"add_special_tokens\": false, \"skip_special_tokens\": false, " + more);
        Detokenizer detokenizer =
                tokenizer.detokenizer(
                        new int[0],
                        request.params().skipSpecialTokens(),
                        request.display().joinsSpecialTokens());
        StringBuilder text = new StringBuilder();
        for (int id : request.promptTokenIds()) {
            text.append(detokenizer.append(id));
        }
        return text.append(detokenizer.finish()).toString();
    }
}
