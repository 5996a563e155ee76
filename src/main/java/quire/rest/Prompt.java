package quire.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import quire.error.InvalidRequestException;

/**
 * The {@code prompt} of a completion in its four shapes: a string, a list of strings, token ids, or
 * a list of lists of token ids.
 *
 * @param inputs one for each prompt, at least one
 */
@JsonDeserialize(using = Prompt.Reader.class)
public record Prompt(List<Input> inputs) {

    /** Most prompts in one request. */
    static final int MAX_PROMPTS = 1024;

    /** One prompt. */
    public sealed interface Input {}

    /** A prompt that is still to be tokenized. */
    public record Text(String text) implements Input {}

    /** A prompt of token ids. */
    public record TokenIds(int[] ids) implements Input {}

    public Prompt {
        inputs = List.copyOf(inputs);
    }

    static final class Reader extends JsonDeserializer<Prompt> {

        private static final String SHAPES =
                "a string, a list of strings, a list of token ids or a list of lists of token ids";

        @Override
        public Prompt deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            if (parser.hasToken(JsonToken.VALUE_STRING)) {
                return new Prompt(List.of(text(parser)));
            }
            if (!parser.hasToken(JsonToken.START_ARRAY)) {
                throw StrictJson.mismatch(parser, SHAPES);
            }
            JsonToken first = parser.nextToken();
            return switch (first) {
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                        new Prompt(List.of(new TokenIds(ids(parser))));
                case VALUE_STRING, START_ARRAY -> new Prompt(list(parser, first));
                case END_ARRAY -> throw empty(parser);
                default -> throw StrictJson.mismatch(parser, SHAPES);
            };
        }

        private static List<Input> list(JsonParser parser, JsonToken kind) throws IOException {
            List<Input> inputs = new ArrayList<>();
            while (!parser.hasToken(JsonToken.END_ARRAY)) {
                if (inputs.size() == MAX_PROMPTS) {
                    throw new InvalidRequestException(
                            "prompt",
                            "'prompt' has more than "
                                    + MAX_PROMPTS
                                    + " prompts; send several requests.");
                }
                if (!parser.hasToken(kind)) {
                    throw StrictJson.mismatch(
                            parser,
                            kind == JsonToken.VALUE_STRING
                                    ? "a string like the prompts before it"
                                    : "a list of token ids like the prompts before it");
                }
                if (kind == JsonToken.VALUE_STRING) {
                    inputs.add(text(parser));
                } else {
                    parser.nextToken();
                    inputs.add(new TokenIds(ids(parser)));
                }
                parser.nextToken();
            }
            return inputs;
        }

        private static Text text(JsonParser parser) throws IOException {
            String text = parser.getText();
            if (text.isEmpty()) {
                throw empty(parser);
            }
            return new Text(text);
        }

        /** From the first element to the end of the list. */
        private static int[] ids(JsonParser parser) throws IOException {
            int[] ids = new int[16];
            int size = 0;
            while (!parser.hasToken(JsonToken.END_ARRAY)) {
                if (size == ids.length) {
                    ids = Arrays.copyOf(ids, size * 2);
                }
                ids[size++] = StrictJson.readInt(parser);
                parser.nextToken();
            }
            if (size == 0) {
                throw empty(parser);
            }
            return Arrays.copyOf(ids, size);
        }

        private static InvalidRequestException empty(JsonParser parser) {
            return new InvalidRequestException(
                    "prompt", "'prompt' is empty; give at least one character or token id.");
        }
    }
}
