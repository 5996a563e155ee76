package quire.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import quire.model.Fields;

/**
 * The parts of a model that takes more than text: its decoder has a configuration of its own in
 * that of the whole. A model of text alone is its own decoder.
 *
 * @param text of the decoder
 */
record ModelParts(Fields whole, Fields text) {

    private static final List<String> TEXT =
            List.of("text_config", "llm_config", "language_config");

    /** What the whole says for its decoder too, where that does not say it itself. */
    private static final List<String> INHERITED =
            List.of("dtype", "quantization_config", "compression_config");

    /** What the decoder's configuration in Gemma 3 leaves out, as its class assumes it. */
    private static final Map<String, Integer> GEMMA3 =
            Map.of(
                    "vocab_size",
                    262_208,
                    "num_attention_heads",
                    8,
                    "max_position_embeddings",
                    131_072);

    static ModelParts of(Fields whole) {
        Optional<String> key = TEXT.stream().filter(whole::has).findFirst();
        if (key.isEmpty()) {
            return new ModelParts(whole, whole);
        }
        Fields text = whole.part(key.get());
        ObjectNode json = text.json();
        for (String inherited : INHERITED) {
            if (!text.has(inherited) && whole.has(inherited)) {
                json.set(inherited, whole.json().get(inherited));
            }
        }
        if (whole.has("tie_word_embeddings")) {
            // Weights are tied where the whole is put together.
            json.set("tie_word_embeddings", whole.json().get("tie_word_embeddings"));
        }
        if (text.json().path("model_type").asText().equals("gemma3_text")) {
            GEMMA3.forEach(
                    (size, assumed) -> {
                        if (!json.has(size)) {
                            json.put(size, assumed);
                        }
                    });
        }
        return new ModelParts(whole, text);
    }

    /** Whether there are parts besides the decoder. */
    boolean areSeveral() {
        return whole != text || whole.has("vision_config");
    }
}
