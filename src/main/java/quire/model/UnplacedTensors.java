package quire.model;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import quire.error.CheckpointException;
import quire.error.Setting;
import quire.weights.Checkpoint;
import quire.weights.Names;

/**
 * Refuses a checkpoint with tensors that its configuration has no place for. A bias, a norm or a
 * layer that is left out makes a model that answers, and answers worse than it should.
 */
final class UnplacedTensors {

    /** Names that a message shows. */
    private static final int SHOWN = 4;

    /**
     * What checkpoints hold that text models do without: what rotary embedding computes from its
     * configuration, encoders of images and sound and what joins them to the model, scales of an
     * 8-bit KV cache, heads that guess several tokens ahead, buffers of training frameworks.
     */
    private static final Pattern COMPANION =
            Pattern.compile(
                    "(.*\\.)?rotary_emb\\..*|.*\\.inv_freq"
                            + "|(blk\\.\\d+\\.)?rope_freqs\\.weight|rope_factors_(long|short)\\.weight"
                            + "|(model\\.)?(vision_tower|vision_model|visual|audio_tower|vision_embed_tokens"
                            + "|multi_modal_projector|mm_projector|image_newline)(\\..*)?"
                            + "|(v|a|mm)\\..*"
                            + "|.*\\.(k_scale|v_scale)"
                            + "|(model\\.)?mtp\\..*"
                            + "|.*\\._extra_state");

    private static final Pattern LAYER =
            Pattern.compile("(?:model\\.layers|blk)\\.(\\d{1,6})\\..*");

    private UnplacedTensors() {}

    /**
     * @param placed what the model consists of
     * @throws CheckpointException naming the first of those that are left, and their number
     */
    static void refuse(Checkpoint checkpoint, ModelConfig config, List<ExpectedTensor> placed) {
        Set<String> known = placed.stream().map(ExpectedTensor::name).collect(Collectors.toSet());
        if (config.tiedEmbeddings()) {
            // Either it is placed, or it is the embedding once more.
            known = new HashSet<>(known);
            known.add(Weight.LM_HEAD.weight(checkpoint.format(), 0));
        }
        Set<String> accounted = known;
        List<String> left =
                checkpoint.names().stream()
                        .filter(name -> !accounted.contains(name))
                        .filter(name -> !COMPANION.matcher(name).matches())
                        .toList();
        if (left.isEmpty()) {
            return;
        }
        String shown =
                left.stream().limit(SHOWN).map(Names::quote).collect(Collectors.joining(", "));
        throw new CheckpointException(
                checkpoint.path()
                        + ": the configuration ("
                        + config.architecture().className()
                        + " of "
                        + config.numLayers()
                        + " layers) has no place for "
                        + (left.size() == 1 ? "the tensor " : left.size() + " tensors: ")
                        + shown
                        + (left.size() > SHOWN ? " and others" : "")
                        + ". Left out, they would change the answers; "
                        + wayOut(left, config.numLayers())
                        + ".");
    }

    private static String wayOut(List<String> left, int numLayers) {
        int last = -1;
        for (String name : left) {
            Matcher layer = LAYER.matcher(name);
            if (!layer.matches() || Integer.parseInt(layer.group(1)) < numLayers) {
                return "use the configuration that belongs to these weights";
            }
            last = Math.max(last, Integer.parseInt(layer.group(1)));
        }
        return "if all layers belong to the model, give "
                + Setting.HF_OVERRIDES
                + " '{\"num_hidden_layers\": "
                + (last + 1)
                + "}'";
    }
}
