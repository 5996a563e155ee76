package quire.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import quire.weights.Checkpoint;

/**
 * What a model's authors recommend for sampling, and where an answer ends.
 *
 * @param eosTokenIds any of these ends a sequence; the first is the model's own
 */
public record GenerationConfig(
        List<Integer> eosTokenIds,
        OptionalDouble temperature,
        OptionalDouble topP,
        OptionalInt topK,
        OptionalDouble minP,
        OptionalDouble repetitionPenalty,
        OptionalInt maxNewTokens) {

    public GenerationConfig {
        eosTokenIds = List.copyOf(eosTokenIds);
    }

    /**
     * Reads {@code generation_config.json} beside safetensors, where there is one, with the ends of
     * {@code config.json} where it names none. A GGUF file has none: its vocabulary knows the ends.
     *
     * @throws quire.error.CheckpointException if a file is malformed
     */
    public static GenerationConfig of(Checkpoint checkpoint) {
        return switch (checkpoint.format()) {
            case SAFETENSORS -> read(checkpoint.path());
            case GGUF -> endingAt(List.of());
        };
    }

    /** As {@link #of}, for a model's folder by itself. */
    public static GenerationConfig read(Path folder) {
        Path file = folder.resolve("generation_config.json");
        Fields fields =
                Files.exists(file)
                        ? new Fields(Fields.readFile(file), file.toString())
                        : new Fields(Fields.emptyObject(), file.toString());
        Path configJson = folder.resolve("config.json");
        Set<Integer> ends = tokenIds(fields);
        if (ends.isEmpty() && Files.exists(configJson)) {
            ends = tokenIds(new Fields(Fields.readFile(configJson), configJson.toString()));
        }
        return new GenerationConfig(
                List.copyOf(ends),
                fields.number("temperature"),
                fields.number("top_p"),
                topK(fields),
                fields.number("min_p"),
                fields.number("repetition_penalty"),
                fields.positiveInt("max_new_tokens"));
    }

    /** No recommendation but where an answer ends. */
    public static GenerationConfig endingAt(List<Integer> eosTokenIds) {
        return new GenerationConfig(
                eosTokenIds,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalInt.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalInt.empty());
    }

    /** One id or a list of them. */
    private static Set<Integer> tokenIds(Fields fields) {
        Set<Integer> ids = new LinkedHashSet<>();
        if (!fields.has("eos_token_id")) {
            return ids;
        }
        JsonNode node = fields.json().get("eos_token_id");
        for (JsonNode id : node.isArray() ? node : List.of(node)) {
            if (!id.isInt() || id.intValue() < 0) {
                throw fields.wrong("eos_token_id", "a token id or a list of token ids");
            }
            ids.add(id.intValue());
        }
        return ids;
    }

    /** Zero and -1 mean that no token is cut off. */
    private static OptionalInt topK(Fields fields) {
        OptionalDouble number = fields.number("top_k");
        return number.isPresent() && number.getAsDouble() >= 1
                ? OptionalInt.of((int) number.getAsDouble())
                : OptionalInt.empty();
    }
}
