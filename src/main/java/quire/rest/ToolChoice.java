package quire.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import quire.chat.ToolOffer;
import quire.error.InvalidRequestException;

/** The {@code tool_choice} of a request. */
@JsonDeserialize(using = ToolChoice.Reader.class)
public record ToolChoice(ToolOffer.Choice choice) {

    static final class Reader extends JsonDeserializer<ToolChoice> {

        private static final String ALLOWED =
                "'auto', 'none', 'required' or an object that names a function";

        @Override
        public ToolChoice deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            if (parser.hasToken(JsonToken.START_OBJECT)) {
                String path = StrictJson.path(parser);
                return named(path, context.readTree(parser));
            }
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                throw StrictJson.mismatch(parser, ALLOWED);
            }
            return new ToolChoice(
                    switch (parser.getText()) {
                        case "auto" -> new ToolOffer.Choice.Auto();
                        case "none" -> new ToolOffer.Choice.None();
                        case "required" -> new ToolOffer.Choice.Required();
                        default -> throw StrictJson.mismatch(parser, ALLOWED);
                    });
        }

        private static ToolChoice named(String path, JsonNode choice) {
            Optional<String> unknown = Optional.empty();
            for (String field : (Iterable<String>) choice::fieldNames) {
                if (!Set.of("type", "function").contains(field)) {
                    unknown = unknown.or(() -> Optional.of(field));
                }
            }
            JsonNode name = choice.path("function").path("name");
            if (unknown.isPresent()
                    || !choice.path("type").asText().equals("function")
                    || choice.path("function").size() != 1
                    || !name.isTextual()) {
                throw new InvalidRequestException(
                        path,
                        "'"
                                + path
                                + "' as an object must be {\"type\": \"function\", \"function\":"
                                + " {\"name\": …}}, but is "
                                + StrictJson.shorten(choice.toString())
                                + "; there are also 'auto', 'none' and 'required'.");
            }
            return new ToolChoice(new ToolOffer.Choice.Named(name.textValue()));
        }
    }
}
