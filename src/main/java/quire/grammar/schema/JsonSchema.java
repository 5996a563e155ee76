package quire.grammar.schema;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;

/**
 * JSON Schemas, read into grammars of the JSON texts that they allow: draft 2020-12, and what older
 * drafts write differently. What cannot be kept is refused by name and place; what says nothing of
 * values (title, default, and keywords that JSON Schema does not know) is not read.
 *
 * <p>Every text of the grammar is a value that the schema allows. Objects name no property twice
 * that the schema lists; a text with two properties of a name that it does not list is in the
 * grammar, where each of their values is right by itself.
 */
public final class JsonSchema {

    /** More text than that is no schema for a request. */
    private static final int MAX_CHARS = 4 << 20;

    private static final ObjectMapper JSON =
            new ObjectMapper()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private JsonSchema() {}

    /**
     * The grammar of a schema's values.
     *
     * @throws GrammarException if the text is not a schema, or has what cannot be kept; its
     *     position is a JSON pointer
     * @throws GrammarLimitException if it is too large
     */
    public static Grammar grammar(String schema, SchemaOptions options) {
        return grammar(schema, options, new Budget());
    }

    static Grammar grammar(String schema, SchemaOptions options, Budget budget) {
        if (schema.length() > MAX_CHARS) {
            throw new GrammarLimitException(
                    "the schema has "
                            + schema.length()
                            + " characters; at most "
                            + MAX_CHARS
                            + " are allowed");
        }
        try {
            return grammar(JSON.readTree(schema), options, budget);
        } catch (StreamConstraintsException e) {
            throw new GrammarLimitException("the schema is too large: " + e.getOriginalMessage());
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String place =
                    at == null ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr();
            throw new GrammarException("the schema is not JSON: " + e.getOriginalMessage(), place);
        }
    }

    /** As above, of a schema that was read. */
    public static Grammar grammar(JsonNode schema, SchemaOptions options) {
        return grammar(schema, options, new Budget());
    }

    static Grammar grammar(JsonNode schema, SchemaOptions options, Budget budget) {
        Goals goals = new Goals(budget);
        SchemaDocument document = new SchemaDocument(schema, budget);
        Expansion expansion = new Expansion(document, goals, options, budget);
        return new Emitter(expansion, goals, options, budget)
                .grammar(expansion.goal(document.root()));
    }
}
