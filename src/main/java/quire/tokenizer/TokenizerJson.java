package quire.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import quire.error.CheckpointException;

/**
 * The parts of a tokenizer.json that Quire itself needs: which token has which id, which are
 * special, and the decoder.
 *
 * <p>Read as a stream, since the merges, most of the file, are of no use here.
 */
final class TokenizerJson {

    /** Ids beyond this are a broken file; the largest vocabularies have a quarter million. */
    private static final int MAX_TOKENS = 1 << 24;

    static final ObjectMapper MAPPER =
            new ObjectMapper(
                    JsonFactory.builder()
                            // Python writes Infinity, say for the longest text.
                            .configure(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS, true)
                            .streamReadConstraints(
                                    StreamReadConstraints.builder()
                                            .maxStringLength(1 << 26)
                                            .build())
                            .build());

    private final String source;
    private String[] tokens = new String[1 << 16];
    private int size;
    private JsonNode decoder = MissingNode.getInstance();
    private JsonNode addedTokens = MissingNode.getInstance();
    private JsonNode normalizer = MissingNode.getInstance();
    private JsonNode preTokenizer = MissingNode.getInstance();

    private TokenizerJson(String source) {
        this.source = source;
    }

    /**
     * @param json the whole file
     * @param source names the file in errors
     * @throws CheckpointException if it is not the JSON of a tokenizer
     */
    static TokenizerJson parse(String json, String source) {
        TokenizerJson file = new TokenizerJson(source);
        try (JsonParser in = MAPPER.createParser(json)) {
            file.readFile(in);
        } catch (JsonProcessingException e) {
            throw new CheckpointException(
                    source + " is not valid JSON: " + e.getOriginalMessage() + ".", e);
        } catch (IOException e) {
            throw new UncheckedIOException("A string in memory cannot fail to be read.", e);
        }
        if (file.size == 0) {
            throw new CheckpointException(
                    source + " has no vocabulary, so it is no tokenizer.json.");
        }
        return file;
    }

    /** The same file with top-level fields replaced or added. */
    static String withFields(String json, Map<String, JsonNode> replacements, String source) {
        StringWriter out = new StringWriter(json.length() + 4096);
        try (JsonParser in = MAPPER.createParser(json);
                JsonGenerator generator = MAPPER.createGenerator(out)) {
            in.nextToken();
            generator.writeStartObject();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                boolean replaced = replacements.containsKey(in.currentName());
                if (!replaced) {
                    generator.copyCurrentStructure(in);
                } else {
                    in.nextToken();
                    in.skipChildren();
                }
            }
            for (Map.Entry<String, JsonNode> field : replacements.entrySet()) {
                generator.writeFieldName(field.getKey());
                generator.writeTree(field.getValue());
            }
            generator.writeEndObject();
        } catch (IOException e) {
            throw new CheckpointException(source + " cannot be rewritten: " + e.getMessage(), e);
        }
        return out.toString();
    }

    /** The list {@code added_tokens}; missing or null in files without any. */
    JsonNode addedTokens() {
        return addedTokens;
    }

    /** The regular expressions that texts are normalised and split by. */
    List<String> patterns() {
        return Stream.of(normalizer, preTokenizer)
                .flatMap(node -> node.findValuesAsText("Regex").stream())
                .toList();
    }

    /**
     * The pre-tokenizer with patterns that split the same in linear time, where that is another.
     */
    Optional<JsonNode> linearPreTokenizer() {
        JsonNode linear = preTokenizer.deepCopy();
        for (JsonNode parent : linear.findParents("Regex")) {
            String pattern = parent.path("Regex").asText();
            ((ObjectNode) parent).put("Regex", SplitBudget.linear(pattern));
        }
        return linear.equals(preTokenizer) ? Optional.empty() : Optional.of(linear);
    }

    /** What every id, added tokens included, stands for. */
    TokenTable table() {
        BitSet special = new BitSet(size);
        for (JsonNode added : addedTokens) {
            int id = added.path("id").asInt(-1);
            put(added.path("content").asText(), id);
            special.set(id, added.path("special").asBoolean());
        }
        return new TokenTable(
                Arrays.copyOf(tokens, size), special, DecoderChain.parse(decoder, source));
    }

    private void readFile(JsonParser in) throws IOException {
        if (in.nextToken() != JsonToken.START_OBJECT) {
            throw new CheckpointException(source + " is not a JSON object, so no tokenizer.json.");
        }
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            in.nextToken();
            switch (field) {
                case "model" -> readModel(in);
                case "decoder" -> decoder = in.readValueAsTree();
                case "added_tokens" -> addedTokens = in.readValueAsTree();
                case "normalizer" -> normalizer = in.readValueAsTree();
                case "pre_tokenizer" -> preTokenizer = in.readValueAsTree();
                default -> in.skipChildren();
            }
        }
    }

    private void readModel(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            throw new CheckpointException(source + ": model is not an object.");
        }
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            JsonToken value = in.nextToken();
            if (!field.equals("vocab")) {
                in.skipChildren();
            } else if (value == JsonToken.START_OBJECT) {
                while (in.nextToken() == JsonToken.FIELD_NAME) {
                    String token = in.currentName();
                    in.nextToken();
                    put(token, in.getValueAsInt(-1));
                }
            } else {
                readScoredPieces(in);
            }
        }
    }

    /** A Unigram model lists [piece, score] in the order of the ids. */
    private void readScoredPieces(JsonParser in) throws IOException {
        JsonNode pieces = in.readValueAsTree();
        for (int id = 0; id < pieces.size(); id++) {
            put(pieces.get(id).path(0).asText(), id);
        }
    }

    private void put(String token, int id) {
        if (id < 0 || id >= MAX_TOKENS) {
            throw new CheckpointException(
                    source
                            + " gives the token '"
                            + token
                            + "' no id from 0 to "
                            + (MAX_TOKENS - 1)
                            + ".");
        }
        if (id >= tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(id + 1, 2 * tokens.length));
        }
        tokens[id] = token;
        size = Math.max(size, id + 1);
    }
}
