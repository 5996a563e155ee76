package quire.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;

/** A document with a schema: the schemas in it, and what their references mean. */
final class SchemaDocument {

    /** Each takes some hundred bytes. */
    private static final int MAX_SCHEMAS = 200_000;

    private final Map<JsonNode, SchemaNode> nodes = new IdentityHashMap<>();
    private final Map<String, SchemaResource> resources = new HashMap<>();
    private final Map<JsonNode, SchemaNode> constants = new HashMap<>();
    private final Map<String, Integer> dynamicAnchors = new HashMap<>();
    private final SchemaNode root;
    private final Draft draft;
    private final Budget budget;
    private int made;
    private boolean hasUnevaluated;

    SchemaDocument(JsonNode json, Budget budget) {
        this.budget = budget;
        this.draft = Draft.of(json);
        SchemaResource whole = new SchemaResource("", json, "");
        resources.put("", whole);
        this.root = register(json, "", whole);
    }

    SchemaNode root() {
        return root;
    }

    Draft draft() {
        return draft;
    }

    /** Whether {@code unevaluatedItems} or {@code unevaluatedProperties} occurs anywhere. */
    boolean hasUnevaluated() {
        return hasUnevaluated;
    }

    /** Makes a node of a schema, and of all in it. */
    private SchemaNode register(JsonNode json, String pointer, SchemaResource around) {
        if (json.isBoolean()) {
            return new SchemaNode(-1, json, pointer, around);
        }
        if (!json.isObject()) {
            throw new GrammarException(
                    "a schema is to be an object, true or false and is " + json.getNodeType(),
                    SchemaNode.place(pointer));
        }
        SchemaNode known = nodes.get(json);
        if (known != null) {
            return known;
        }
        budget.spend(1);
        if (made == MAX_SCHEMAS) {
            throw new GrammarLimitException(
                    "the document has more than " + MAX_SCHEMAS + " schemas; make it smaller",
                    SchemaNode.place(pointer));
        }
        SchemaResource resource = identified(json, pointer, around);
        SchemaNode node = new SchemaNode(made++, json, pointer, resource);
        nodes.put(json, node);
        addAnchors(node, resource);
        json.properties()
                .forEach(
                        entry -> {
                            String keyword = entry.getKey();
                            String place = node.at(keyword);
                            JsonNode value = entry.getValue();
                            hasUnevaluated |= keyword.startsWith("unevaluated");
                            if (Keywords.SCHEMAS.contains(keyword) && !value.isArray()) {
                                register(value, place, resource);
                            } else if (Keywords.LISTS.contains(keyword) && value.isArray()) {
                                for (int i = 0; i < value.size(); i++) {
                                    register(value.get(i), place + "/" + i, resource);
                                }
                            } else if (Keywords.MAPS.contains(keyword) && value.isObject()) {
                                registerAll(value, place, resource);
                            }
                        });
        return node;
    }

    private void registerAll(JsonNode map, String place, SchemaResource resource) {
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            // A dependency may also be a list of names.
            if (!entry.getValue().isArray()) {
                String pointer = place + "/" + SchemaNode.escaped(entry.getKey());
                register(entry.getValue(), pointer, resource);
            }
        }
    }

    private SchemaResource identified(JsonNode json, String pointer, SchemaResource around) {
        JsonNode id = json.get(draft == Draft.FOUR && !json.has("$id") ? "id" : "$id");
        if (id == null || !id.isTextual() || draft.isOld() && json.has("$ref")) {
            return around;
        }
        String name = id.asText();
        if (name.startsWith("#")) {
            return around;
        }
        int hash = name.indexOf('#');
        String uri = resolved(around.uri, hash < 0 ? name : name.substring(0, hash));
        SchemaResource resource = new SchemaResource(uri, json, pointer);
        resources.putIfAbsent(uri, resource);
        return resource;
    }

    private void addAnchors(SchemaNode node, SchemaResource resource) {
        for (String keyword : new String[] {"$anchor", "$dynamicAnchor", "$id", "id"}) {
            JsonNode value = node.get(keyword);
            if (value == null || !value.isTextual()) {
                continue;
            }
            String text = value.asText();
            boolean isId = keyword.endsWith("id");
            if (isId && text.startsWith("#") && text.length() > 1) {
                resource.anchors.putIfAbsent(text.substring(1), node);
            } else if (!isId) {
                resource.anchors.putIfAbsent(text, node);
            }
            if (keyword.equals("$dynamicAnchor")) {
                resource.dynamicAnchors.put(text, node);
                dynamicAnchors.merge(text, 1, Integer::sum);
            }
        }
    }

    /** The schema that is the value of a keyword. */
    SchemaNode schema(SchemaNode node, String keyword) {
        return node(node.get(keyword), node.at(keyword), node);
    }

    /** The schema in a list that is the value of a keyword. */
    SchemaNode schema(SchemaNode node, String keyword, int index) {
        return node(node.get(keyword).get(index), node.at(keyword) + "/" + index, node);
    }

    /** The schema in an object that is the value of a keyword. */
    SchemaNode schema(SchemaNode node, String keyword, String name) {
        String pointer = node.at(keyword) + "/" + SchemaNode.escaped(name);
        return node(node.get(keyword).get(name), pointer, node);
    }

    private SchemaNode node(JsonNode json, String pointer, SchemaNode around) {
        return register(json, pointer, around.resource());
    }

    /** A schema that allows one value. */
    SchemaNode constant(JsonNode value, SchemaNode around, String keyword) {
        return constants.computeIfAbsent(
                value,
                key -> {
                    JsonNode json = JsonNodeFactory.instance.objectNode().set("const", key);
                    return new SchemaNode(made++, json, around.at(keyword), around.resource());
                });
    }

    /** The schema that a {@code $ref} or the like means. */
    SchemaNode referred(SchemaNode from, String keyword) {
        JsonNode value = from.get(keyword);
        if (!value.isTextual()) {
            throw from.wrong(keyword, "a string");
        }
        String reference = value.asText();
        int hash = reference.indexOf('#');
        String base = hash < 0 ? reference : reference.substring(0, hash);
        String fragment = hash < 0 ? "" : decoded(reference.substring(hash + 1));
        String uri = base.isEmpty() ? from.resource().uri : resolved(from.resource().uri, base);
        SchemaResource resource = base.isEmpty() ? from.resource() : resources.get(uri);
        SchemaNode target = resource == null ? null : target(resource, fragment);
        if (target == null && draft.isLenient()) {
            // Old schemas have ids that nobody ever resolved anything against.
            target = target(resources.get(""), fragment);
        }
        if (target == null) {
            throw from.refused(
                    keyword,
                    "'" + reference + "' is nowhere in the schema, and nothing is fetched for it");
        }
        return keyword.equals("$dynamicRef") ? dynamic(from, target, fragment) : target;
    }

    /** Which schema is meant is known if there is only one of the name. */
    private SchemaNode dynamic(SchemaNode from, SchemaNode target, String fragment) {
        boolean isDynamic = target.resource().dynamicAnchors.get(fragment) == target;
        if (isDynamic && dynamicAnchors.get(fragment) > 1) {
            throw from.refused(
                    "$dynamicRef",
                    "there are several $dynamicAnchor '"
                            + fragment
                            + "', and which one is meant depends on the value; use $ref");
        }
        return target;
    }

    private SchemaNode target(SchemaResource resource, String fragment) {
        if (!fragment.isEmpty() && !fragment.startsWith("/")) {
            return resource.anchors.get(fragment);
        }
        JsonNode json = resource.root;
        String pointer = resource.pointer;
        SchemaResource around = resource;
        String[] parts = fragment.split("/", -1);
        for (int i = 1; i < parts.length; i++) {
            String name = parts[i].replace("~1", "/").replace("~0", "~");
            json = json.isArray() ? item(json, name) : json.get(name);
            if (json == null) {
                return null;
            }
            pointer += "/" + parts[i];
            SchemaNode known = nodes.get(json);
            around = known == null ? around : known.resource();
        }
        return json.isObject() || json.isBoolean() ? register(json, pointer, around) : null;
    }

    private static JsonNode item(JsonNode array, String index) {
        return index.matches("0|[1-9]\\d{0,8}") ? array.get(Integer.parseInt(index)) : null;
    }

    private static String decoded(String fragment) {
        try {
            return URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return fragment;
        }
    }

    private static String resolved(String base, String reference) {
        try {
            if (base.isEmpty() || base.startsWith("urn:")) {
                return new URI(reference).normalize().toString();
            }
            return new URI(base).resolve(new URI(reference)).normalize().toString();
        } catch (URISyntaxException | IllegalArgumentException e) {
            return reference;
        }
    }
}
