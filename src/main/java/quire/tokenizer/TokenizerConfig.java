package quire.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.StreamSupport;
import quire.error.CheckpointException;

/**
 * What tokenizer_config.json and special_tokens_map.json, both optional, say beside the
 * tokenizer.json, and how it changes that file: the way Hugging Face transformers reads them.
 */
final class TokenizerConfig {

    /** The classes whose {@code add_bos_token} replaces the post-processor of tokenizer.json. */
    private static final Set<String> OWN_TEMPLATE =
            Set.of(
                    "LlamaTokenizer",
                    "LlamaTokenizerFast",
                    "CodeLlamaTokenizer",
                    "CodeLlamaTokenizerFast",
                    "GemmaTokenizer",
                    "GemmaTokenizerFast");

    private static final List<String> NAMED =
            List.of(
                    "bos_token",
                    "eos_token",
                    "unk_token",
                    "sep_token",
                    "pad_token",
                    "cls_token",
                    "mask_token");

    private final JsonNode config;
    private final JsonNode specialTokensMap;

    private TokenizerConfig(JsonNode config, JsonNode specialTokensMap) {
        this.config = config;
        this.specialTokensMap = specialTokensMap;
    }

    /** Reads the files of the folder that there are. */
    static TokenizerConfig read(Path folder) {
        return new TokenizerConfig(
                tree(folder.resolve("tokenizer_config.json")),
                tree(folder.resolve("special_tokens_map.json")));
    }

    private static JsonNode tree(Path file) {
        if (!Files.isRegularFile(file)) {
            return MissingNode.getInstance();
        }
        try {
            return TokenizerJson.MAPPER.readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The text of a token such as {@code bos_token}, spelled plainly or as an object. */
    Optional<String> token(String name) {
        return text(field(name));
    }

    /** The special tokens that chat templates may name: texts, or lists of texts. */
    Map<String, Object> named() {
        Map<String, Object> named = new LinkedHashMap<>();
        NAMED.forEach(name -> token(name).ifPresent(text -> named.put(name, text)));
        for (String name : List.of("additional_special_tokens", "extra_special_tokens")) {
            JsonNode more = field(name);
            if (more.isArray()) {
                named.put(
                        name,
                        StreamSupport.stream(more.spliterator(), false)
                                .flatMap(token -> text(token).stream())
                                .toList());
            } else {
                // Tokens of one model's own, such as image_token, by name.
                more.properties()
                        .forEach(
                                token ->
                                        text(token.getValue())
                                                .ifPresent(
                                                        text -> named.put(token.getKey(), text)));
            }
        }
        return named;
    }

    private JsonNode field(String name) {
        return config.hasNonNull(name) ? config.path(name) : specialTokensMap.path(name);
    }

    private static Optional<String> text(JsonNode token) {
        JsonNode content = token.isObject() ? token.path("content") : token;
        return content.isTextual() ? Optional.of(content.asText()) : Optional.empty();
    }

    /**
     * The tokenizer.json with the tokens and the template that the configuration adds to it, and
     * with patterns that split in linear time.
     */
    String applyTo(String json, TokenizerJson file, String source) {
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        ArrayNode added = missingTokens(file);
        if (!added.isEmpty()) {
            ArrayNode all = TokenizerJson.MAPPER.createArrayNode();
            file.addedTokens().forEach(all::add);
            fields.put("added_tokens", all.addAll(added));
        }
        template(file).ifPresent(template -> fields.put("post_processor", template));
        file.linearPreTokenizer().ifPresent(splits -> fields.put("pre_tokenizer", splits));
        return fields.isEmpty() ? json : TokenizerJson.withFields(json, fields, source);
    }

    /** Tokens of added_tokens_decoder that tokenizer.json lacks, by ascending id. */
    private ArrayNode missingTokens(TokenizerJson file) {
        Map<Integer, ObjectNode> missing = new TreeMap<>();
        config.path("added_tokens_decoder")
                .properties()
                .forEach(
                        entry -> {
                            if (entry.getKey().matches("\\d{1,8}") && entry.getValue().isObject()) {
                                ObjectNode token = entry.getValue().deepCopy();
                                missing.put(
                                        Integer.parseInt(entry.getKey()),
                                        token.put("id", Integer.parseInt(entry.getKey())));
                            }
                        });
        for (JsonNode present : file.addedTokens()) {
            missing.values()
                    .removeIf(token -> token.path("content").equals(present.path("content")));
        }
        ArrayNode tokens = TokenizerJson.MAPPER.createArrayNode();
        missing.values().forEach(tokens::add);
        return tokens;
    }

    private Optional<JsonNode> template(TokenizerJson file) {
        if (!OWN_TEMPLATE.contains(config.path("tokenizer_class").asText())
                || !config.has("add_bos_token") && !config.has("add_eos_token")) {
            return Optional.empty();
        }
        TokenTable table = file.table();
        Optional<String> bos = known("bos_token", "add_bos_token", true, table);
        Optional<String> eos = known("eos_token", "add_eos_token", false, table);
        return Optional.of(template(bos, eos, token -> table.id(token).orElseThrow()));
    }

    private Optional<String> known(String name, String flag, boolean byDefault, TokenTable table) {
        return config.path(flag).asBoolean(byDefault)
                ? token(name).filter(token -> table.id(token).isPresent())
                : Optional.empty();
    }

    /** A post-processor that puts the first token before every text and the second behind it. */
    static JsonNode template(
            Optional<String> before, Optional<String> after, ToIntFunction<String> ids) {
        ObjectNode template = TokenizerJson.MAPPER.createObjectNode();
        template.put("type", "TemplateProcessing");
        ArrayNode single = template.putArray("single");
        before.ifPresent(token -> addSpecial(single, token));
        single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        after.ifPresent(token -> addSpecial(single, token));
        ArrayNode pair = template.putArray("pair").addAll(single);
        pair.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
        ObjectNode tokens = template.putObject("special_tokens");
        for (Optional<String> token : List.of(before, after)) {
            token.ifPresent(
                    text -> {
                        ObjectNode entry = tokens.putObject(text);
                        entry.put("id", text);
                        entry.putArray("ids").add(ids.applyAsInt(text));
                        entry.putArray("tokens").add(text);
                    });
        }
        return template;
    }

    private static void addSpecial(ArrayNode sequence, String token) {
        sequence.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
    }
}
