package quire.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Brings the keys of transformers 4 ({@code rope_theta}, {@code rope_scaling} with {@code type} or
 * {@code rope_type}, {@code torch_dtype}) into the spelling of transformers 5 ({@code
 * rope_parameters}, {@code dtype}), and lays overrides over a configuration.
 */
final class RopeSpelling {

    private RopeSpelling() {}

    /** Rewrites {@code config} in place. Where both spellings are given, the older one rules. */
    static void modernise(ObjectNode config) {
        if (config.hasNonNull("torch_dtype")) {
            config.set("dtype", config.get("torch_dtype"));
        }
        config.remove("torch_dtype");
        if (config.has("rope_scaling")) {
            JsonNode scaling = config.remove("rope_scaling");
            if (!scaling.isNull() || !config.hasNonNull("rope_parameters")) {
                config.set("rope_parameters", scaling.isNull() ? Fields.emptyObject() : scaling);
            }
        }
        for (String key : List.of("rope_theta", "partial_rotary_factor")) {
            if (config.hasNonNull(key)) {
                if (!config.hasNonNull("rope_parameters")) {
                    config.set("rope_parameters", Fields.emptyObject());
                }
                for (ObjectNode rope : parameters(config)) {
                    if (!rope.has(key)) {
                        rope.set(key, config.get(key));
                    }
                }
            }
            config.remove(key);
        }
        for (ObjectNode rope : parameters(config)) {
            if (rope.has("type")) {
                JsonNode type = rope.remove("type");
                if (!rope.hasNonNull("rope_type")) {
                    rope.set("rope_type", type);
                }
            }
        }
        uniteLayerTypes(config);
    }

    /** Whether parameters are given for each type of layer, as transformers 5 may write them. */
    static boolean isByLayerType(ObjectNode rope) {
        return !rope.isEmpty() && rope.valueStream().allMatch(JsonNode::isObject);
    }

    private static List<ObjectNode> parameters(ObjectNode config) {
        if (!(config.get("rope_parameters") instanceof ObjectNode rope)) {
            return List.of();
        }
        return isByLayerType(rope)
                ? rope.valueStream().map(ObjectNode.class::cast).toList()
                : List.of(rope);
    }

    /** Parameters by layer type become plain ones where the layers that there are agree. */
    private static void uniteLayerTypes(ObjectNode config) {
        if (!(config.get("rope_parameters") instanceof ObjectNode rope) || !isByLayerType(rope)) {
            return;
        }
        Set<String> used = new HashSet<>();
        config.path("layer_types").forEach(type -> used.add(type.asText()));
        List<JsonNode> distinct =
                rope.propertyStream()
                        .filter(entry -> used.isEmpty() || used.contains(entry.getKey()))
                        .map(Map.Entry::getValue)
                        .distinct()
                        .toList();
        if (distinct.size() == 1) {
            config.set("rope_parameters", distinct.getFirst());
        }
    }

    /**
     * Lays modernised overrides over a modernised configuration: their keys replace its keys. New
     * rope parameters replace the old ones as a whole, since factors of another kind mean nothing,
     * but keep the base and the rotating share of a head where they do not give their own; given
     * without a kind, they change the old ones.
     */
    static void override(ObjectNode config, ObjectNode overrides) {
        JsonNode before = config.path("rope_parameters");
        config.setAll(overrides);
        if (!(overrides.get("rope_parameters") instanceof ObjectNode after)
                || !(before instanceof ObjectNode kept)) {
            return;
        }
        ObjectNode merged = Fields.emptyObject();
        boolean otherKind = after.has("rope_type") || after.isEmpty();
        kept.properties()
                .forEach(
                        entry -> {
                            boolean ofAnyKind =
                                    entry.getKey().equals("rope_theta")
                                            || entry.getKey().equals("partial_rotary_factor");
                            if (ofAnyKind || !otherKind) {
                                merged.set(entry.getKey(), entry.getValue());
                            }
                        });
        merged.setAll(after);
        config.set("rope_parameters", merged);
    }
}
