package quire.grammar.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import java.util.StringJoiner;

/** Values as JSON text in the ways in which they are usually written. */
final class JsonTexts {

    /** Keeps numbers as they are. */
    static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    private JsonTexts() {}

    static String compact(JsonNode value) {
        return written(value, ",", ":");
    }

    static String spaced(JsonNode value) {
        return written(value, ", ", ": ");
    }

    private static String written(JsonNode value, String comma, String colon) {
        try {
            if (value.isArray()) {
                StringJoiner items = new StringJoiner(comma, "[", "]");
                value.forEach(item -> items.add(written(item, comma, colon)));
                return items.toString();
            }
            if (value.isObject()) {
                StringJoiner properties = new StringJoiner(comma, "{", "}");
                for (Map.Entry<String, JsonNode> property : value.properties()) {
                    properties.add(
                            JSON.writeValueAsString(property.getKey())
                                    + colon
                                    + written(property.getValue(), comma, colon));
                }
                return properties.toString();
            }
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
