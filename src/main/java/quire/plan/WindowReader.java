package quire.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import quire.model.Fields;

/** Which layers of a model see the last tokens alone, as its configuration says. */
record WindowReader(Fields config, Family family, int numLayers) {

    /** Default of the configuration classes of Qwen; it may exceed the layers. */
    private static final int MAX_WINDOW_LAYERS = 28;

    /** Of so many layers of Llama 4 and OLMo 3 the last sees all. */
    private static final int WHOLE_AT = 4;

    private static final Set<String> WINDOWED = Set.of("sliding_attention", "chunked_attention");

    /** Of so many layers of Gemma 3 the last sees all. */
    private static final int GEMMA3_PATTERN = 6;

    ModelShape.Window window() {
        String key = family == Family.LLAMA4 ? "attention_chunk_size" : "sliding_window";
        int tokens = config.positiveInt(key).orElse(0);
        int sliding = tokens == 0 ? 0 : numSliding();
        return sliding == 0 ? ModelShape.Window.NONE : new ModelShape.Window(tokens, sliding);
    }

    private int numSliding() {
        boolean qwen =
                family == Family.QWEN2
                        || family == Family.QWEN3
                        || family == Family.QWEN2_MOE
                        || family == Family.QWEN3_MOE;
        if (qwen && !config.flag("use_sliding_window", false)) {
            return 0;
        }
        JsonNode types = config.json().path("layer_types");
        if (types.isArray() && !types.isEmpty() && family != Family.LLAMA) {
            return (int)
                    StreamSupport.stream(types.spliterator(), false)
                            .filter(type -> WINDOWED.contains(type.asText()))
                            .limit(numLayers)
                            .count();
        }
        return switch (family) {
            case MISTRAL, MIXTRAL, PHI3 -> numLayers;
            case QWEN2, QWEN3, QWEN2_MOE, QWEN3_MOE ->
                    Math.max(
                            0,
                            numLayers
                                    - config.positiveInt("max_window_layers")
                                            .orElse(MAX_WINDOW_LAYERS));
            case GEMMA2, GPT_OSS -> Math.ceilDiv(numLayers, 2);
            case GEMMA3 -> butEvery(pattern());
            case LLAMA4, OLMO3 -> butEvery(WHOLE_AT);
            default -> 0;
        };
    }

    private int butEvery(int step) {
        return (int) IntStream.rangeClosed(1, numLayers).filter(layer -> layer % step != 0).count();
    }

    private int pattern() {
        return config.positiveInt("sliding_window_pattern").orElse(GEMMA3_PATTERN);
    }
}
