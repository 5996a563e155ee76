package quire.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import quire.grammar.GrammarException;

/** Versions of JSON Schema, as far as they read the same keywords differently. */
enum Draft {
    /** Draft 4 and older: {@code id} names a schema. */
    FOUR,
    /** Drafts 6 and 7: what stands beside {@code $ref} is not read, as in draft 4. */
    SIX_OR_SEVEN,
    /** Drafts 2019-09 and 2020-12. */
    NEW,
    /** A document that does not say: 2020-12, with what older ones have besides. */
    UNSAID;

    static Draft of(JsonNode document) {
        JsonNode named = document.get("$schema");
        if (named == null) {
            return UNSAID;
        }
        String uri = named.asText().replaceFirst("^https?://", "").replaceFirst("#$", "");
        if (List.of("json-schema.org/draft-03/schema", "json-schema.org/draft-04/schema")
                .contains(uri)) {
            return FOUR;
        }
        if (List.of("json-schema.org/draft-06/schema", "json-schema.org/draft-07/schema")
                .contains(uri)) {
            return SIX_OR_SEVEN;
        }
        if (List.of("json-schema.org/draft/2019-09/schema", "json-schema.org/draft/2020-12/schema")
                .contains(uri)) {
            return NEW;
        }
        if (List.of("json-schema.org/schema", "json-schema.org/draft/schema").contains(uri)) {
            return UNSAID;
        }
        throw new GrammarException(
                "the keyword '$schema' names a dialect that is not known: "
                        + named.asText()
                        + "; known are drafts 4, 6, 7, 2019-09 and 2020-12 of json-schema.org",
                "#/$schema",
                "$schema");
    }

    /** Whether {@code $ref} hides its siblings. */
    boolean isOld() {
        return this == FOUR || this == SIX_OR_SEVEN;
    }

    /** Whether a reference that its base does not have may be one into the document. */
    boolean isLenient() {
        return this != NEW;
    }
}
