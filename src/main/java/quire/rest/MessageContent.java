package quire.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import quire.error.InvalidRequestException;

/**
 * The {@code content} of a message: a string, or a list of text parts.
 *
 * @param parts the text of each part; a string is one part, null is none
 */
@JsonDeserialize(using = MessageContent.Reader.class)
public record MessageContent(List<String> parts) {

    public MessageContent {
        parts = List.copyOf(parts);
    }

    /** Whether null came: what an assistant said that said nothing. */
    boolean isNull() {
        return parts.isEmpty();
    }

    /** The parts as one text, a line break between two, as templates for plain text expect it. */
    String text() {
        return String.join("\n", parts);
    }

    static final class Reader extends JsonDeserializer<MessageContent> {

        /** What OpenAI's and vLLM's APIs call parts that are not text. */
        private static final Set<String> OTHER_PARTS =
                Set.of(
                        "image_url",
                        "image",
                        "input_image",
                        "image_pil",
                        "image_embeds",
                        "input_audio",
                        "audio_url",
                        "audio_embeds",
                        "video_url",
                        "file",
                        "refusal",
                        "thinking");

        @Override
        public MessageContent deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            if (parser.hasToken(JsonToken.VALUE_STRING)) {
                return new MessageContent(List.of(parser.getText()));
            }
            if (!parser.hasToken(JsonToken.START_ARRAY)) {
                throw StrictJson.mismatch(parser, "a string or a list of text parts");
            }
            List<String> parts = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                String path = StrictJson.path(parser);
                if (!parser.hasToken(JsonToken.START_OBJECT)) {
                    throw StrictJson.mismatch(
                            parser, "a text part: {\"type\": \"text\", \"text\": …}");
                }
                parts.add(text(path, context.readTree(parser)));
            }
            if (parts.isEmpty()) {
                throw new InvalidRequestException(
                        StrictJson.path(parser),
                        "'" + StrictJson.path(parser) + "' is empty; give at least one text part.");
            }
            return new MessageContent(parts);
        }

        @Override
        public MessageContent getNullValue(DeserializationContext context) {
            return new MessageContent(List.of());
        }

        private static String text(String path, JsonNode part) {
            String type = part.path("type").asText();
            if (OTHER_PARTS.contains(type)) {
                throw new InvalidRequestException(
                        path + ".type",
                        "'"
                                + path
                                + "' is a part of type '"
                                + type
                                + "', which is not supported yet; this server reads parts of type 'text'.");
            }
            if (!type.equals("text")) {
                throw new InvalidRequestException(
                        path + ".type",
                        "'"
                                + path
                                + ".type' must be 'text', but is "
                                + StrictJson.shorten(part.path("type").toString())
                                + ".");
            }
            JsonNode text = part.path("text");
            if (!text.isTextual()) {
                throw new InvalidRequestException(
                        path + ".text",
                        text.isMissingNode()
                                ? "'" + path + ".text' is required."
                                : "'"
                                        + path
                                        + ".text' must be a string"
                                        + (text.isNull() ? ", but is null." : "."));
            }
            part.fieldNames()
                    .forEachRemaining(
                            name -> {
                                if (!name.equals("type")
                                        && !name.equals("text")
                                        && !part.path(name).isNull()) {
                                    throw new InvalidRequestException(
                                            path + "." + name,
                                            "Unknown parameter '" + path + "." + name + "'.",
                                            "unknown_parameter");
                                }
                            });
            return text.textValue();
        }
    }
}
