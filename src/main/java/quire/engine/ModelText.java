package quire.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import quire.error.CheckpointException;
import quire.error.ConfigurationException;
import quire.error.Setting;
import quire.template.ChatTemplate;
import quire.template.TemplateException;
import quire.tokenizer.GgufVocabulary;
import quire.tokenizer.Tokenizer;
import quire.weights.Checkpoint;

/**
 * How a model reads and writes: its tokenizer, and the template that turns messages into a prompt.
 */
record ModelText(Tokenizer tokenizer, ChatRenderer chat) {

    private static final System.Logger LOG = System.getLogger("quire.engine");
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final String GGUF_TEMPLATE = "tokenizer.chat_template";
    private static final long MAX_TEMPLATE_BYTES = 1 << 20;
    private static final long MAX_CONFIG_BYTES = 64 << 20;

    /**
     * Reads both from a checkpoint.
     *
     * @param template {@code --chat-template}: a file, or the text of a template
     */
    static ModelText of(Checkpoint checkpoint, Optional<String> template) {
        // First what may be refused, so that a tokenizer, which holds memory, has an owner at once.
        Optional<ChatTemplate> compiled =
                template.isPresent()
                        ? Optional.of(asked(template.get()))
                        : source(checkpoint).flatMap(ModelText::own);
        Tokenizer tokenizer =
                switch (checkpoint.format()) {
                    case SAFETENSORS -> Tokenizer.load(checkpoint.path());
                    case GGUF -> Tokenizer.of(GgufVocabulary.from(checkpoint.metadata()));
                };
        return new ModelText(
                tokenizer, new ChatRenderer(compiled, tokenizer.specialTokens().named()));
    }

    /**
     * Makes sure that what begins a text has a row in a model's embedding.
     *
     * @param vocabSize rows of the embedding
     */
    void requireWithin(int vocabSize) {
        int bos = tokenizer.specialTokens().bos().orElse(0);
        if (bos >= vocabSize) {
            throw new CheckpointException(
                    "the tokenizer begins texts with the token "
                            + bos
                            + " ('"
                            + tokenizer.token(bos).orElse("")
                            + "'), and the model has embeddings for "
                            + vocabSize
                            + " tokens; tokenizer and weights belong to different models.");
        }
    }

    /**
     * What is known of the tokenizer, under the names of a {@code tokenizer_config.json}: what that
     * file says, and what there is where there is none.
     *
     * @param maxLength longest prompt and answer in tokens
     */
    Map<String, Object> tokenizerInfo(Checkpoint checkpoint, int maxLength) {
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("tokenizer_class", "PreTrainedTokenizerFast");
        info.put("model_max_length", maxLength);
        info.putAll(tokenizer.specialTokens().named());
        Path file = checkpoint.path().resolve(TOKENIZER_CONFIG);
        if (checkpoint.format() == Checkpoint.Format.SAFETENSORS && Files.isRegularFile(file)) {
            try {
                json(file)
                        .properties()
                        .forEach(field -> info.put(field.getKey(), field.getValue()));
            } catch (IOException e) {
                throw new CheckpointException(file + " cannot be read: " + e.getMessage(), e);
            }
        }
        if (!chat.source().isEmpty()) {
            info.put("chat_template", chat.source());
        }
        return info;
    }

    private static ChatTemplate asked(String fileOrText) {
        try {
            return ChatTemplate.compile(readAsked(fileOrText));
        } catch (TemplateException e) {
            throw new ConfigurationException(
                    Setting.CHAT_TEMPLATE + " is no template: " + described(e), e);
        }
    }

    private static String readAsked(String fileOrText) {
        if (fileOrText.contains("{{") || fileOrText.contains("{%")) {
            return fileOrText;
        }
        try {
            return read(Path.of(fileOrText), MAX_TEMPLATE_BYTES);
        } catch (IOException | InvalidPathException e) {
            throw new ConfigurationException(
                    Setting.CHAT_TEMPLATE
                            + " "
                            + fileOrText
                            + " is neither a file that can be read nor the text of a template",
                    e);
        }
    }

    /** A model's own template that we cannot compile costs the model its chats, not its service. */
    private static Optional<ChatTemplate> own(String source) {
        try {
            return Optional.of(ChatTemplate.compile(source));
        } catch (TemplateException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the model's chat template is not usable, chats are refused until another"
                            + " one is given: "
                            + described(e));
            return Optional.empty();
        }
    }

    private static String described(TemplateException e) {
        return e.line() > 0 ? "line " + e.line() + ": " + e.getMessage() : e.getMessage();
    }

    private static Optional<String> source(Checkpoint checkpoint) {
        if (checkpoint.format() == Checkpoint.Format.GGUF) {
            Object template = checkpoint.metadata().get(GGUF_TEMPLATE);
            if (template != null && !(template instanceof String)) {
                throw new CheckpointException(
                        checkpoint.path()
                                + ": '"
                                + GGUF_TEMPLATE
                                + "' is not a text in UTF-8; name another with "
                                + Setting.CHAT_TEMPLATE
                                + ".");
            }
            return Optional.ofNullable((String) template);
        }
        Path folder = checkpoint.path();
        Path jinja = folder.resolve("chat_template.jinja");
        try {
            if (Files.isRegularFile(jinja)) {
                return Optional.of(read(jinja, MAX_TEMPLATE_BYTES));
            }
            Optional<String> inConfig = field(folder.resolve(TOKENIZER_CONFIG));
            return inConfig.isPresent() ? inConfig : field(folder.resolve("chat_template.json"));
        } catch (IOException e) {
            throw new CheckpointException(
                    "the chat template of " + folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The field {@code chat_template}: a text, or a list of named ones with a default. */
    private static Optional<String> field(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        JsonNode template = json(file).path("chat_template");
        if (template.isTextual()) {
            return Optional.of(template.textValue());
        }
        for (JsonNode named : template) {
            if (named.path("name").asText().equals("default")) {
                return Optional.of(named.path("template").asText());
            }
        }
        return Optional.empty();
    }

    private static JsonNode json(Path file) throws IOException {
        try {
            return JSON.readTree(read(file, MAX_CONFIG_BYTES));
        } catch (JsonProcessingException e) {
            throw new IOException(file + " is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static String read(Path file, long maxBytes) throws IOException {
        if (Files.size(file) > maxBytes) {
            throw new IOException(file + " has more than " + maxBytes + " bytes");
        }
        return Files.readString(file);
    }
}
