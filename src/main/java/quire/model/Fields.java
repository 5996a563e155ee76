package quire.model;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import quire.error.CheckpointException;
import quire.weights.Checkpoint;

/**
 * Typed reading of a JSON object out of a file; a key that is absent or null has no value.
 *
 * @param source the file, for messages
 */
public record Fields(ObjectNode json, String source) {

    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    // Python writes Infinity and NaN; where nobody reads them they do no harm.
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .build();

    /** What some models have for each layer, and some tools write so for all. */
    private static final Set<String> BY_LAYER =
            Set.of("num_attention_heads", "num_key_value_heads", "head_dim", "intermediate_size");

    /** Configurations of whole model zoos are shorter. */
    private static final long MAX_BYTES = 16L << 20;

    /**
     * A {@code config.json}, in the spelling of transformers 5.
     *
     * @throws CheckpointException if there is none, or it is no JSON object
     */
    public static Fields of(Path configJson) {
        ObjectNode json = readFile(configJson);
        RopeSpelling.modernise(json);
        return new Fields(json, configJson.toString());
    }

    /** The metadata of a GGUF file, in the same spelling. */
    public static Fields of(Checkpoint gguf) {
        ObjectNode json = GgufConfig.asJson(gguf);
        RopeSpelling.modernise(json);
        return new Fields(json, gguf.path().toString());
    }

    /** Whether they are read of a GGUF file's tensor of that name, not of its metadata alone. */
    public static boolean areIn(String tensor) {
        return GgufConfig.reads(tensor);
    }

    static ObjectNode readFile(Path file) {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                // Opening a pipe would wait for somebody to write to it.
                throw new CheckpointException(file + " is not a file, but a file is needed.");
            }
            if (Files.exists(file) && Files.size(file) > MAX_BYTES) {
                throw new CheckpointException(
                        file
                                + " has "
                                + Files.size(file)
                                + " bytes, at most "
                                + MAX_BYTES
                                + " are read; download it again.");
            }
            return object(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new CheckpointException(
                    file + " is no JSON object: " + e.getOriginalMessage() + "; download it again.",
                    e);
        } catch (NoSuchFileException e) {
            throw new CheckpointException(file + " does not exist; a model's folder needs it.", e);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read: " + e.getMessage() + ".", e);
        }
    }

    /**
     * @throws JsonProcessingException if the text is not one JSON object
     */
    static ObjectNode object(String text) throws JsonProcessingException {
        JsonNode node = MAPPER.readTree(text);
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new JsonParseException(null, "it is " + node.getNodeType());
    }

    static ObjectNode emptyObject() {
        return MAPPER.createObjectNode();
    }

    public boolean has(String key) {
        return json.hasNonNull(key);
    }

    /** The object under a key; empty where there is none. */
    public Fields child(String key) {
        JsonNode node = json.path(key);
        if (node.isMissingNode() || node.isNull()) {
            return new Fields(emptyObject(), source);
        }
        if (node instanceof ObjectNode object) {
            return new Fields(object, source);
        }
        throw wrong(key, "an object");
    }

    /** The configuration of a part of the model, under a key, in the same spelling. */
    public Fields part(String key) {
        ObjectNode part = child(key).json.deepCopy();
        RopeSpelling.modernise(part);
        return new Fields(part, source + ", " + key);
    }

    public OptionalInt positiveInt(String key) {
        if (!has(key)) {
            return OptionalInt.empty();
        }
        JsonNode node = forAllLayers(key);
        // 32768.0 is how some tools write an integer.
        if (!node.isNumber()
                || node.asDouble() != Math.rint(node.asDouble())
                || node.asDouble() < 1
                || node.asDouble() > Integer.MAX_VALUE) {
            throw wrong(key, "a whole number from 1 to " + Integer.MAX_VALUE);
        }
        return OptionalInt.of(node.intValue());
    }

    public OptionalDouble number(String key) {
        if (!has(key)) {
            return OptionalDouble.empty();
        }
        JsonNode node = json.get(key);
        if (!node.isNumber() || !Double.isFinite(node.asDouble())) {
            throw wrong(key, "a number");
        }
        return OptionalDouble.of(node.asDouble());
    }

    /** The value, or the one that is given for each layer anew. */
    private JsonNode forAllLayers(String key) {
        JsonNode node = json.get(key);
        boolean alike =
                BY_LAYER.contains(key)
                        && node.isArray()
                        && node.valueStream().distinct().count() == 1;
        return alike ? node.get(0) : node;
    }

    /** As {@link #number}, above zero. */
    public OptionalDouble positive(String key) {
        OptionalDouble number = number(key);
        if (number.isPresent() && number.getAsDouble() <= 0) {
            throw wrong(key, "a number above 0");
        }
        return number;
    }

    double requirePositive(String key) {
        return positive(key).orElseThrow(() -> wrong(key, "a number above 0"));
    }

    /**
     * A list of {@code count} numbers above zero.
     *
     * @throws CheckpointException also if there is none
     */
    List<Double> requirePositives(String key, int count) {
        JsonNode list = json.path(key);
        List<Double> numbers = new ArrayList<>();
        for (JsonNode number : list) {
            if (number.isNumber() && number.asDouble() > 0 && Double.isFinite(number.asDouble())) {
                numbers.add(number.asDouble());
            }
        }
        if (!list.isArray() || numbers.size() != list.size() || numbers.size() != count) {
            throw wrong(key, "a list of " + count + " numbers above 0");
        }
        return numbers;
    }

    public boolean flag(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (!json.get(key).isBoolean()) {
            throw wrong(key, "true or false");
        }
        return json.get(key).booleanValue();
    }

    public String text(String key, String otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (!json.get(key).isTextual()) {
            throw wrong(key, "a string");
        }
        return json.get(key).textValue();
    }

    public CheckpointException wrong(String key, String needed) {
        JsonNode node = json.path(key);
        return new CheckpointException(
                source
                        + ": '"
                        + key
                        + "' is "
                        + (node.isMissingNode() ? "absent" : abbreviated(node.toString()))
                        + ", "
                        + needed
                        + " is needed.");
    }

    private static String abbreviated(String value) {
        return value.length() <= 80 ? value : value.substring(0, 80) + "…";
    }
}
