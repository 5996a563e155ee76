package quire.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.io.IOException;
import quire.error.InvalidRequestException;

/** The {@code tool_choice} of a request, as far as it is supported. */
@JsonDeserialize(using = ToolChoice.Reader.class)
public enum ToolChoice {
    /** The model may call, or not. */
    AUTO,
    /** The model must not call. */
    NONE;

    static final class Reader extends JsonDeserializer<ToolChoice> {

        @Override
        public ToolChoice deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            if (parser.hasToken(JsonToken.START_OBJECT)) {
                String path = StrictJson.path(parser);
                parser.skipChildren();
                throw unsupported(path, "a named tool");
            }
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                throw StrictJson.mismatch(parser, "'auto' or 'none'");
            }
            return switch (parser.getText()) {
                case "auto" -> AUTO;
                case "none" -> NONE;
                case "required" -> throw unsupported(StrictJson.path(parser), "'required'");
                default -> throw StrictJson.mismatch(parser, "'auto' or 'none'");
            };
        }

        private static InvalidRequestException unsupported(String path, String what) {
            return new InvalidRequestException(
                    path,
                    "'"
                            + path
                            + "' is "
                            + what
                            + ", which is not supported yet: a call cannot be forced; use 'auto'"
                            + " or 'none'.",
                    "unsupported_parameter");
        }
    }
}
