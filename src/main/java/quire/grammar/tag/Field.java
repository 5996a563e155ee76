package quire.grammar.tag;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import quire.grammar.GrammarException;

/**
 * A value within a JSON document, and where it is.
 *
 * @param pointer a JSON pointer
 */
record Field(JsonNode value, String pointer) {

    boolean has(String name) {
        return value.has(name);
    }

    /** A field that there has to be. */
    Field field(String name) {
        if (!value.isObject()) {
            throw expected("an object");
        }
        JsonNode field = value.get(name);
        if (field == null) {
            throw error("'" + name + "' is missing");
        }
        return new Field(field, pointer + "/" + name);
    }

    /** Refuses fields that have no meaning here. */
    void allowOnly(String... names) {
        Set<String> known = Set.of(names);
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
            if (!known.contains(entry.getKey()) && !entry.getValue().isNull()) {
                throw new GrammarException(
                        "'"
                                + entry.getKey()
                                + "' is not known here; there are "
                                + Pieces.listed(names),
                        pointer + "/" + entry.getKey(),
                        entry.getKey());
            }
        }
    }

    List<Field> elements() {
        if (!value.isArray()) {
            throw expected("a list");
        }
        List<Field> elements = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            elements.add(new Field(value.get(i), pointer + "/" + i));
        }
        return elements;
    }

    /** The elements of a list that must not be empty. */
    List<Field> someElements() {
        List<Field> elements = elements();
        if (elements.isEmpty()) {
            throw expected("a list with at least one element");
        }
        return elements;
    }

    String text() {
        if (!value.isTextual()) {
            throw expected("a string");
        }
        return value.textValue();
    }

    /** The strings of an optional list. */
    List<String> texts(String name) {
        return isSet(name) ? field(name).elements().stream().map(Field::text).toList() : List.of();
    }

    boolean flag(String name) {
        if (!isSet(name)) {
            return false;
        }
        Field field = field(name);
        if (!field.value.isBoolean()) {
            throw field.expected("true or false");
        }
        return field.value.booleanValue();
    }

    /** A number that is not negative. */
    int count() {
        if (!value.isInt() || value.intValue() < 0) {
            throw expected("a number from 0 to " + Integer.MAX_VALUE);
        }
        return value.intValue();
    }

    boolean isSet(String name) {
        return value.hasNonNull(name);
    }

    GrammarException expected(String what) {
        String found = value.toString();
        return error(
                "expected "
                        + what
                        + ", found "
                        + (found.length() > 60 ? found.substring(0, 60) + "…" : found));
    }

    GrammarException error(String what) {
        return new GrammarException("structural tag: " + what, pointer);
    }

    GrammarException unsupported(String what) {
        return new GrammarException("structural tag: " + what + " is not supported", pointer, what);
    }
}
