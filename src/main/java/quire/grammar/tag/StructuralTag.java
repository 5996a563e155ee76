package quire.grammar.tag;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;

/**
 * Reads structural tags, as xgrammar defines them and vLLM takes them: a tree of formats below
 * {@code format}, or the older {@code structures} (begin, schema, end) and {@code triggers}.
 */
public final class StructuralTag {

    private static final int MAX_CHARS = 1 << 20;
    private static final int MAX_DEPTH = 200;

    private static final JsonMapper JSON =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(MAX_DEPTH)
                                                    .build())
                                    .build())
                    .build();

    /**
     * The grammar of a tag.
     *
     * @param text JSON
     * @param specialTokens ids of the model's special tokens by what they are called
     * @throws GrammarException with a JSON pointer to what is wrong or not supported
     */
    public static Grammar grammar(String text, Map<String, Integer> specialTokens) {
        if (text.length() > MAX_CHARS) {
            throw new GrammarLimitException(
                    "a structural tag of "
                            + text.length()
                            + " characters; at most "
                            + MAX_CHARS
                            + " are allowed");
        }
        JsonNode tag;
        try {
            tag = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new GrammarException("the structural tag is no JSON: " + e.getOriginalMessage());
        }
        Pieces pieces = new Pieces(Grammar.builder(), specialTokens);
        Field whole = new Field(tag, "");
        TagFormats formats = new TagFormats(pieces);
        if (whole.has("structures")) {
            return pieces.grammar(formats.structures(whole));
        }
        whole.allowOnly("type", "format");
        return pieces.grammar(formats.format(whole.field("format")));
    }

    private StructuralTag() {}
}
