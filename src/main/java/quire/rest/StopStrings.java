package quire.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The {@code stop} of a request: one string or a list of them. */
@JsonDeserialize(using = StopStrings.Reader.class)
public record StopStrings(List<String> values) {

    public StopStrings {
        values = List.copyOf(values);
    }

    static final class Reader extends JsonDeserializer<StopStrings> {

        @Override
        public StopStrings deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            if (parser.hasToken(JsonToken.VALUE_STRING)) {
                return new StopStrings(List.of(parser.getText()));
            }
            if (!parser.hasToken(JsonToken.START_ARRAY)) {
                throw StrictJson.mismatch(parser, "a string or a list of strings");
            }
            List<String> values = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                values.add(StrictJson.readString(parser));
            }
            return new StopStrings(values);
        }
    }
}
