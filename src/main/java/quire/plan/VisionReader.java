package quire.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.error.CheckpointException;
import quire.model.Fields;
import quire.plan.WeightShape.Kind;
import quire.weights.Names;

/**
 * Reads the sizes of what looks at pictures: a transformer over patches, and what brings its
 * outputs to the decoder's width. The shapes are those of Hugging Face transformers, {@code
 * models/NAME/modeling_NAME.py}, and for MoonViT and InternViT of the authors' own code.
 */
final class VisionReader {

    private static final int MOST_LAYERS = 10_000;
    private static final int MOST_SIZE = 1 << 20;
    private static final int COLOURS = 3;

    /**
     * What looks at pictures.
     *
     * @param weights all of it; none where there is no such part, or its sizes are not known
     * @param remark what is left out and why
     */
    record Vision(List<WeightShape> weights, Optional<String> remark) {
        static final Vision NONE = new Vision(List.of(), Optional.empty());
    }

    private final Fields whole;
    private final Fields vision;
    private final int decoderWidth;
    private final List<WeightShape> weights = new ArrayList<>();

    private VisionReader(Fields whole, int decoderWidth) {
        this.whole = whole;
        this.vision = whole.part("vision_config");
        this.decoderWidth = decoderWidth;
    }

    /**
     * What the configuration of a whole says of it.
     *
     * @param decoderWidth the hidden size of the decoder
     */
    static Vision read(Fields whole, int decoderWidth) {
        for (String other : List.of("audio_config", "speech_config")) {
            if (whole.has(other)) {
                return leftOut("the parts besides the text's, which '" + other + "' is one of,");
            }
        }
        if (!whole.has("vision_config")) {
            return whole.has("vision_tower") || whole.has("vision_model")
                    ? leftOut("the vision part")
                    : Vision.NONE;
        }
        try {
            VisionReader reader = new VisionReader(whole, decoderWidth);
            return reader.readKind()
                    ? new Vision(List.copyOf(reader.weights), Optional.empty())
                    : leftOut(
                            "the vision part of 'model_type' "
                                    + Names.quote(reader.kind())
                                    + ", whose sizes are not known,");
        } catch (CheckpointException e) {
            return new Vision(
                    List.of(), Optional.of("the vision part is not counted: " + e.getMessage()));
        }
    }

    private static Vision leftOut(String what) {
        return new Vision(List.of(), Optional.of(what + " is not counted; the text's is"));
    }

    private String kind() {
        return whole.text("model_type", "");
    }

    private boolean readKind() {
        switch (kind()) {
            case "qwen2_vl" -> qwen2();
            case "qwen2_5_vl" -> qwen25();
            case "qwen3_vl", "qwen3_vl_moe", "qwen3_5", "qwen3_5_moe" -> qwen3();
            case "gemma3" -> gemma3();
            case "mistral3" -> mistral3();
            case "llama4" -> llama4();
            case "kimi_vl" -> kimi();
            case "internvl_chat" -> internVl();
            default -> {
                return false;
            }
        }
        return true;
    }

    private void qwen2() {
        int hidden = size("embed_dim", 1280);
        vectorsOfPatches(hidden, size("temporal_patch_size", 2), false);
        int ratio = size("mlp_ratio", 4);
        blocks(size("depth", 32), hidden, Math.multiplyExact(hidden, ratio), false, true, 4);
        vectors(2, hidden);
        merger(1, hidden, size("hidden_size", decoderWidth));
    }

    private void qwen25() {
        int hidden = size("hidden_size", 1280);
        vectorsOfPatches(hidden, size("temporal_patch_size", 2), false);
        blocks(size("depth", 32), hidden, size("intermediate_size", 3420), true, true, 2);
        vectors(1, hidden);
        merger(1, hidden, size("out_hidden_size", decoderWidth));
    }

    private void qwen3() {
        int hidden = size("hidden_size", 1152);
        int out = size("out_hidden_size", decoderWidth);
        vectorsOfPatches(hidden, size("temporal_patch_size", 2), true);
        vectors(size("num_position_embeddings", 2304), hidden);
        blocks(size("depth", 27), hidden, size("intermediate_size", 4304), false, true, 4);
        vectors(2, hidden);
        merger(1, hidden, out);
        // Outputs of some blocks are brought to the decoder by mergers of their own.
        JsonNode deep = vision.json().path("deepstack_visual_indexes");
        if (!deep.isEmpty() && !kind().startsWith("qwen3_5")) {
            vectors(2L * deep.size(), merged(hidden));
            merger(deep.size(), hidden, out);
        }
    }

    private void gemma3() {
        int hidden = size("hidden_size", 1152);
        vectorsOfPatches(hidden, 1, true);
        vectors(squares(size("image_size", 896), size("patch_size", 14)), hidden);
        blocks(layers(27), hidden, size("intermediate_size", 4304), false, true, 4);
        vectors(2, hidden);
        vectors(1, hidden);
        matrix(1, false, hidden, decoderWidth);
    }

    private void mistral3() {
        int hidden = size("hidden_size", 1024);
        boolean bias = whole.flag("multimodal_projector_bias", false);
        vectorsOfPatches(hidden, 1, false);
        vectors(1, hidden);
        blocks(layers(24), hidden, size("intermediate_size", 4096), true, false, 2);
        vectors(1, hidden);
        int side = whole.positiveInt("spatial_merge_size").orElse(2);
        matrix(1, false, Math.multiplyExact(hidden, Math.multiplyExact(side, side)), hidden);
        matrix(1, bias, hidden, decoderWidth);
        matrix(1, bias, decoderWidth, decoderWidth);
    }

    private void llama4() {
        int hidden = size("hidden_size", 768);
        int intermediate = size("intermediate_size", 5632);
        int out = size("projector_output_dim", 4096);
        vectorsOfPatches(hidden, 1, false);
        // Its own place and vector beside those of the patches: what it says of the whole picture.
        vectors(squares(size("image_size", 448), size("patch_size", 14)) + 2, hidden);
        blocks(layers(34), hidden, intermediate, false, true, 4);
        vectors(4, hidden);
        matrix(1, false, intermediate, size("projector_input_dim", 4096));
        matrix(1, false, out, out);
        matrix(1, false, size("vision_output_dim", 7680), decoderWidth);
    }

    private void kimi() {
        int hidden = size("hidden_size", 1152);
        vectorsOfPatches(hidden, 1, true);
        long places =
                Math.multiplyExact(
                        (long) size("init_pos_emb_height", 64), size("init_pos_emb_width", 64));
        vectors(places, hidden);
        blocks(layers(27), hidden, size("intermediate_size", 4304), false, true, 4);
        vectors(2, hidden);
        vectors(2, hidden);
        merger(1, hidden, decoderWidth);
    }

    private void internVl() {
        int hidden = size("hidden_size", 3200);
        int layers = layers(48);
        vectorsOfPatches(hidden, 1, true);
        vectors(squares(size("image_size", 224), size("patch_size", 14)) + 2, hidden);
        blocks(layers, hidden, size("intermediate_size", 12_800), false, true, 0);
        if (!vision.flag("qkv_bias", false)) {
            weights.removeIf(weight -> weight.count() == 4L * layers && weight.inputs() == hidden);
            matrix(3L * layers, false, hidden, hidden);
            matrix(layers, true, hidden, hidden);
        }
        int norms = vision.text("norm_type", "rms_norm").equals("layer_norm") ? 4 : 2;
        boolean normed = vision.flag("qk_normalization", true);
        // Norms, scales of what attention and MLP give, norms of q and of k.
        vectors((long) (norms + 2 + (normed ? 2 : 0)) * layers, hidden);
        double side = 1 / whole.positive("downsample_ratio").orElse(0.5);
        int joined = (int) Math.min(MOST_SIZE, Math.rint(hidden * side * side));
        vectors(2, joined);
        matrix(1, true, joined, decoderWidth);
        matrix(1, true, decoderWidth, decoderWidth);
    }

    /** Patches of a picture, or of some that follow each other, as vectors. */
    private void vectorsOfPatches(int hidden, int pictures, boolean bias) {
        int patch = size("patch_size", 14);
        int pixels = Math.multiplyExact(Math.multiplyExact(patch, patch), pictures);
        matrix(1, bias, Math.multiplyExact(COLOURS, pixels), hidden);
    }

    /** Layers of attention and MLP, with so many vectors of norms in each. */
    private void blocks(
            int layers, int hidden, int intermediate, boolean gated, boolean bias, int norms) {
        vectors((long) layers * norms, hidden);
        matrix(4L * layers, bias, hidden, hidden);
        matrix((gated ? 2L : 1L) * layers, bias, hidden, intermediate);
        matrix(layers, bias, intermediate, hidden);
    }

    /** Two layers over a square of patches that become one token. */
    private void merger(int count, int hidden, int out) {
        int merged = merged(hidden);
        matrix(count, true, merged, merged);
        matrix(count, true, merged, out);
    }

    private int merged(int hidden) {
        int side = size("spatial_merge_size", 2);
        return Math.multiplyExact(hidden, Math.multiplyExact(side, side));
    }

    private static long squares(int image, int patch) {
        long side = image / patch;
        return side * side;
    }

    private int layers(int assumed) {
        return size("num_hidden_layers", assumed, MOST_LAYERS);
    }

    private int size(String key, int assumed) {
        return size(key, assumed, MOST_SIZE);
    }

    private int size(String key, int assumed, int most) {
        int size = vision.positiveInt(key).orElse(assumed);
        if (size > most) {
            throw vision.wrong(key, "a whole number from 1 to " + most);
        }
        return size;
    }

    private void matrix(long count, boolean bias, int inputs, int outputs) {
        weights.add(new WeightShape(Kind.PLAIN, count, List.of(outputs), inputs, bias));
    }

    private void vectors(long count, int length) {
        if (count > 0) {
            weights.add(WeightShape.vector(count, length));
        }
    }
}
