package quire.toolcall;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Random;

/**
 * JSON as one model or another writes it.
 *
 * @param comma what stands between two members
 * @param colon what stands between a name and its value
 * @param padding what stands inside brackets that are not empty
 * @param ascii whether other characters are escaped
 */
record JsonText(String comma, String colon, String padding, boolean ascii) {

    /** As Python's and Quire's own. */
    static final JsonText PLAIN = new JsonText(", ", ": ", "", false);

    static JsonText random(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> new JsonText(",", ":", "", false);
            case 1 -> new JsonText(",\n  ", ": ", "\n", false);
            case 2 -> new JsonText(" , ", " : ", " ", true);
            case 3 -> new JsonText(", ", ": ", "", true);
            default -> PLAIN;
        };
    }

    String of(JsonNode value) {
        StringBuilder text = new StringBuilder();
        write(value, text);
        return text.toString();
    }

    private void write(JsonNode value, StringBuilder text) {
        if (value.isObject()) {
            String between = "{" + (value.isEmpty() ? "" : padding);
            for (Map.Entry<String, JsonNode> member : value.properties()) {
                text.append(between).append(quoted(member.getKey())).append(colon);
                write(member.getValue(), text);
                between = comma;
            }
            text.append(value.isEmpty() ? between : padding).append('}');
        } else if (value.isArray()) {
            String between = "[" + (value.isEmpty() ? "" : padding);
            for (JsonNode element : value) {
                text.append(between);
                write(element, text);
                between = comma;
            }
            text.append(value.isEmpty() ? between : padding).append(']');
        } else if (value.isTextual()) {
            text.append(quoted(value.textValue()));
        } else if (value.isBigDecimal()) {
            text.append(value.decimalValue().toPlainString());
        } else {
            text.append(value.asText());
        }
    }

    String quoted(String value) {
        StringBuilder text = new StringBuilder("\"");
        for (char c : value.toCharArray()) {
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\t' -> text.append("\\t");
                default -> {
                    if (c < ' ' || ascii && c > '~') {
                        text.append("\\u%04X".formatted((int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        return text.append('"').toString();
    }
}
