package quire.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import quire.grammar.Grammar;

/**
 * The schemas of one answer, which together may take what one alone may. One thread's at a time.
 */
public final class JsonSchemas {

    private final Budget budget = new Budget();

    /**
     * The grammar of a schema's values.
     *
     * @throws quire.grammar.GrammarException as {@link JsonSchema#grammar(String, SchemaOptions)}
     */
    public Grammar grammar(String schema, SchemaOptions options) {
        return JsonSchema.grammar(schema, options, budget);
    }

    /** As above, of a schema that was read. */
    public Grammar grammar(JsonNode schema, SchemaOptions options) {
        return JsonSchema.grammar(schema, options, budget);
    }
}
