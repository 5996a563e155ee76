package quire.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Writes the tokenizer.json that does what llama.cpp does with a vocabulary of a GGUF file. */
final class GgufTokenizerJson {

    private static final String SPACE = "\u2581";

    private final GgufVocabulary vocabulary;
    private final String[] tokens;

    private GgufTokenizerJson(GgufVocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.tokens = vocabulary.tokens().toArray(String[]::new);
        for (int id = 0; id < tokens.length; id++) {
            if (tokens[id].isEmpty()) {
                // An empty token can be neither written nor generated from text.
                tokens[id] = "[EMPTY_" + id + "]";
            }
        }
    }

    static String of(GgufVocabulary vocabulary) {
        StringWriter out = new StringWriter(1 << 20);
        try (JsonGenerator json = TokenizerJson.MAPPER.createGenerator(out)) {
            new GgufTokenizerJson(vocabulary).write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("A string in memory cannot fail to be written.", e);
        }
        return out.toString();
    }

    private void write(JsonGenerator json) throws IOException {
        boolean scored = vocabulary.model().equals("llama");
        ObjectNode head = object();
        head.put("version", "1.0").putNull("truncation").putNull("padding");
        head.set("added_tokens", addedTokens());
        if (scored) {
            head.set("normalizer", spacesToPieces());
            head.putNull("pre_tokenizer").set("decoder", piecesToSpaces());
        } else {
            head.putNull("normalizer").set("pre_tokenizer", preTokenizer());
            head.set("decoder", byteLevel());
        }
        head.set("post_processor", template());
        json.writeStartObject();
        for (var field : head.properties()) {
            json.writeFieldName(field.getKey());
            json.writeTree(field.getValue());
        }
        json.writeObjectFieldStart("model");
        writeModel(json, scored);
        json.writeEndObject();
        json.writeEndObject();
    }

    private void writeModel(JsonGenerator json, boolean scored) throws IOException {
        json.writeStringField("type", "BPE");
        json.writeNullField("dropout");
        if (scored && vocabulary.unk().isPresent()) {
            json.writeStringField("unk_token", tokens[vocabulary.unk().getAsInt()]);
        } else {
            json.writeNullField("unk_token");
        }
        json.writeNullField("continuing_subword_prefix");
        json.writeNullField("end_of_word_suffix");
        json.writeBooleanField("fuse_unk", scored);
        json.writeBooleanField("byte_fallback", scored && hasBytes());
        json.writeBooleanField("ignore_merges", !scored && preTokenizerOf().wholeTokensFirst());
        json.writeObjectFieldStart("vocab");
        for (int id = 0; id < tokens.length; id++) {
            json.writeNumberField(tokens[id], id);
        }
        json.writeEndObject();
        json.writeArrayFieldStart("merges");
        if (scored) {
            for (SentencePieceMerges.Merge merge : SentencePieceMerges.of(vocabulary)) {
                writeMerge(json, merge.left(), merge.right());
            }
        } else {
            writeMerges(json);
        }
        json.writeEndArray();
    }

    /** A merge whose parts or union are no tokens never happens, and the library refuses it. */
    private void writeMerges(JsonGenerator json) throws IOException {
        Set<String> known = new HashSet<>(List.of(tokens));
        for (String merge : vocabulary.merges()) {
            int space = merge.indexOf(' ', 1);
            if (space < 0) {
                continue;
            }
            String left = merge.substring(0, space);
            String right = merge.substring(space + 1);
            if (known.contains(left) && known.contains(right) && known.contains(left + right)) {
                writeMerge(json, left, right);
            }
        }
    }

    private static void writeMerge(JsonGenerator json, String left, String right)
            throws IOException {
        json.writeStartArray();
        json.writeString(left);
        json.writeString(right);
        json.writeEndArray();
    }

    private boolean hasBytes() {
        Set<String> known = new HashSet<>(List.of(tokens));
        for (int b = 0; b < 256; b++) {
            if (!known.contains("<0x%02X>".formatted(b))) {
                return false;
            }
        }
        return true;
    }

    /** Tokens that are found in a text as they are spelled, before anything else happens to it. */
    private ArrayNode addedTokens() {
        ArrayNode added = TokenizerJson.MAPPER.createArrayNode();
        for (int id = 0; id < tokens.length; id++) {
            int type = vocabulary.types()[id];
            boolean special = type == GgufVocabulary.CONTROL || type == GgufVocabulary.UNKNOWN;
            if (!special && type != GgufVocabulary.USER_DEFINED) {
                continue;
            }
            added.addObject()
                    .put("id", id)
                    .put("content", tokens[id])
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", eatsSpaces(id, special))
                    .put("normalized", false)
                    .put("special", special);
        }
        return added;
    }

    private boolean eatsSpaces(int id, boolean special) {
        // Phi-3's own tokenizer.json says so for all but these.
        return vocabulary.flags().eatSpaces()
                && special
                && !Set.of("<unk>", "<s>", "<|endoftext|>").contains(tokens[id]);
    }

    private ObjectNode spacesToPieces() {
        ObjectNode sequence = object().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("normalizers");
        if (vocabulary.flags().addSpacePrefix()) {
            steps.addObject().put("type", "Prepend").put("prepend", SPACE);
        }
        addReplace(steps, " ", SPACE);
        return sequence;
    }

    private ObjectNode piecesToSpaces() {
        ObjectNode sequence = object().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("decoders");
        addReplace(steps, SPACE, " ");
        steps.addObject().put("type", "ByteFallback");
        steps.addObject().put("type", "Fuse");
        if (vocabulary.flags().addSpacePrefix()) {
            steps.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
        return sequence;
    }

    private static void addReplace(ArrayNode steps, String from, String to) {
        ObjectNode replace = steps.addObject().put("type", "Replace").put("content", to);
        replace.putObject("pattern").put("String", from);
    }

    private ObjectNode preTokenizer() {
        ObjectNode sequence = object().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("pretokenizers");
        for (String pattern : preTokenizerOf().patterns()) {
            ObjectNode split =
                    steps.addObject()
                            .put("type", "Split")
                            .put("behavior", "Isolated")
                            .put("invert", false);
            split.putObject("pattern").put("Regex", pattern);
        }
        steps.add(byteLevel());
        return sequence;
    }

    private GgufPreTokenizer preTokenizerOf() {
        return GgufPreTokenizer.named(vocabulary.pre()).orElseThrow();
    }

    private static ObjectNode byteLevel() {
        return object().put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", false)
                .put("use_regex", false);
    }

    private JsonNode template() {
        OptionalInt none = OptionalInt.empty();
        SpecialTokens special = vocabulary.specialTokens();
        Optional<String> bos = token(vocabulary.flags().addBos() ? special.bos() : none);
        Optional<String> eos = token(vocabulary.flags().addEos() ? special.eos() : none);
        return TokenizerConfig.template(bos, eos, List.of(tokens)::indexOf);
    }

    private Optional<String> token(OptionalInt id) {
        return id.isPresent() ? Optional.of(tokens[id.getAsInt()]) : Optional.empty();
    }

    private static ObjectNode object() {
        return TokenizerJson.MAPPER.createObjectNode();
    }
}
