package quire.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/** What an {@code $id} names: a schema, and in it the targets of anchors. */
final class SchemaResource {

    /** Absolute or not, without fragment; empty for a document without {@code $id}. */
    final String uri;

    final JsonNode root;

    /** Where it is in the document, a JSON pointer. */
    final String pointer;

    final Map<String, SchemaNode> anchors = new HashMap<>();

    /** Those of {@code $dynamicAnchor} alone. */
    final Map<String, SchemaNode> dynamicAnchors = new HashMap<>();

    SchemaResource(String uri, JsonNode root, String pointer) {
        this.uri = uri;
        this.root = root;
        this.pointer = pointer;
    }
}
