package quire.settings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import quire.error.ConfigurationException;

/**
 * An object of a YAML file as JSON. Unquoted scalars that JSON has are taken for what JSON means by
 * them ({@code 1e6}, {@code true}, {@code null}); everything else is a string.
 */
final class YamlJson {

    /** Also ends a cycle of aliases. */
    private static final int MAX_DEPTH = 50;

    /** Aliases can make a short file a long object. */
    private static final int MAX_NODES = 10_000;

    private static final Pattern LITERAL =
            Pattern.compile("true|false|null|-?(0|[1-9]\\d*)(\\.\\d+)?([eE][-+]?\\d{1,3})?");
    private static final JsonNodeFactory NODES = new JsonNodeFactory(true);

    private final String spelled;
    private int numNodes;

    private YamlJson(String spelled) {
        this.spelled = spelled;
    }

    /**
     * The object's text as JSON.
     *
     * @param spelled the flag that it is given for
     * @throws ConfigurationException if it is too large, or has a key that is no word
     */
    static String json(String spelled, MappingNode object) {
        return new YamlJson(spelled).tree(object, 0).toString();
    }

    private JsonNode tree(Node node, int depth) {
        if (depth > MAX_DEPTH || ++numNodes > MAX_NODES) {
            throw new ConfigurationException(
                    spelled
                            + " has more than "
                            + (depth > MAX_DEPTH ? MAX_DEPTH + " levels" : MAX_NODES + " values"));
        }
        return switch (node) {
            case ScalarNode scalar -> scalar(scalar);
            case SequenceNode list -> {
                ArrayNode array = NODES.arrayNode();
                list.getValue().forEach(item -> array.add(tree(item, depth + 1)));
                yield array;
            }
            case MappingNode mapping -> {
                ObjectNode object = NODES.objectNode();
                for (NodeTuple entry : mapping.getValue()) {
                    if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                        throw new ConfigurationException(spelled + " has a key that is no word");
                    }
                    if (object.replace(key.getValue(), tree(entry.getValueNode(), depth + 1))
                            != null) {
                        throw new ConfigurationException(
                                spelled + " has " + key.getValue() + " twice");
                    }
                }
                yield object;
            }
            default -> throw new IllegalStateException("composed nodes are of three kinds");
        };
    }

    private static JsonNode scalar(ScalarNode scalar) {
        String text = scalar.getValue();
        if (scalar.getScalarStyle() != ScalarStyle.PLAIN || !LITERAL.matcher(text).matches()) {
            return NODES.textNode(text);
        }
        return switch (text) {
            case "null" -> NODES.nullNode();
            case "true", "false" -> NODES.booleanNode(text.equals("true"));
            default -> NODES.numberNode(new BigDecimal(text));
        };
    }
}
