package quire.grammar.schema;

import java.util.Set;

/** Where in a schema other schemas are. */
final class Keywords {

    /** Keywords whose value is a schema. */
    static final Set<String> SCHEMAS =
            Set.of(
                    "additionalItems",
                    "additionalProperties",
                    "contains",
                    "contentSchema",
                    "else",
                    "if",
                    "items",
                    "not",
                    "propertyNames",
                    "then",
                    "unevaluatedItems",
                    "unevaluatedProperties");

    /** Keywords whose value is a list of schemas. */
    static final Set<String> LISTS = Set.of("allOf", "anyOf", "items", "oneOf", "prefixItems");

    /** Keywords whose value is an object of schemas. */
    static final Set<String> MAPS =
            Set.of(
                    "$defs",
                    "definitions",
                    "dependencies",
                    "dependentSchemas",
                    "patternProperties",
                    "properties");

    private Keywords() {}
}
