package quire.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import quire.grammar.GrammarException;

/**
 * One schema in a document.
 *
 * @param id which one, from 0
 * @param pointer where it is, a JSON pointer
 * @param resource what its references start from
 */
record SchemaNode(int id, JsonNode json, String pointer, SchemaResource resource) {

    JsonNode get(String keyword) {
        return json.get(keyword);
    }

    boolean has(String keyword) {
        return json.has(keyword);
    }

    String at(String keyword) {
        return pointer + "/" + escaped(keyword);
    }

    Goals.Origin origin(String keyword) {
        return new Goals.Origin(at(keyword), keyword);
    }

    static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    /** A keyword that is right and cannot be kept. */
    GrammarException refused(String keyword, String why) {
        return refused(origin(keyword), why);
    }

    static GrammarException refused(Goals.Origin origin, String why) {
        return new GrammarException(
                "the keyword '" + origin.keyword() + "' cannot be kept here: " + why,
                place(origin.pointer()),
                origin.keyword());
    }

    /** A keyword whose value JSON Schema does not allow. */
    GrammarException wrong(String keyword, String allowed) {
        String value = String.valueOf(json.get(keyword));
        String shown = value.length() > 60 ? value.substring(0, 60) + "…" : value;
        return new GrammarException(
                "the keyword '" + keyword + "' is to be " + allowed + " and is " + shown,
                place(at(keyword)));
    }

    static String place(String pointer) {
        return "#" + pointer;
    }
}
