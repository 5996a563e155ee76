package quire.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.io.IOException;
import java.io.StringWriter;
import quire.error.InvalidRequestException;

/**
 * JSON within a request that is for others to read: members in their order, numbers to the digit.
 *
 * @param text as JSON
 * @param quoted whether it came as a string that has JSON in it
 */
@JsonDeserialize(using = JsonText.Reader.class)
public record JsonText(String text, boolean quoted) {

    static final int MAX_CHARS = 1 << 20;

    static final class Reader extends JsonDeserializer<JsonText> {

        @Override
        public JsonText deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            String path = StrictJson.path(parser);
            JsonText read = read(parser);
            if (read.text.length() > MAX_CHARS) {
                throw new InvalidRequestException(
                        path,
                        "'%s' has %d characters; %d are the most."
                                .formatted(path, read.text.length(), MAX_CHARS));
            }
            return read;
        }

        private static JsonText read(JsonParser parser) throws IOException {
            if (parser.hasToken(JsonToken.VALUE_STRING)) {
                return new JsonText(parser.getText(), true);
            }
            StringWriter text = new StringWriter();
            try (JsonGenerator copy = parser.getCodec().getFactory().createGenerator(text)) {
                copy.copyCurrentStructureExact(parser);
            }
            return new JsonText(text.toString(), false);
        }
    }
}
