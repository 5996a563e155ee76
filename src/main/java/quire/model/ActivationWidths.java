package quire.model;

import java.util.ArrayList;
import java.util.List;
import quire.error.Setting;
import quire.ops.Footprint;
import quire.ops.MemoryUse;
import quire.tensor.DType;

/**
 * How many numbers a token is, on its way through a model: what the memory of a step follows from.
 *
 * @param qkv of the projections in front of attention, side by side
 * @param attended of what attention gives
 * @param intermediate columns of gate, and of up
 * @param rotary numbers of a head that rotate
 */
public record ActivationWidths(
        int hidden, int qkv, int attended, int intermediate, int vocab, int rotary) {

    static ActivationWidths of(ModelConfig config) {
        Attention.GroupedQuery attention =
                switch (config.attention()) {
                    case Attention.GroupedQuery grouped -> grouped;
                };
        int intermediate =
                switch (config.mlp()) {
                    case Mlp.Gated gated -> gated.intermediateSize();
                };
        return new ActivationWidths(
                config.hiddenSize(),
                attention.qkvWidth(),
                attention.width(),
                intermediate,
                config.vocabSize(),
                config.rope().rotaryDim());
    }

    /** What the largest step takes besides weights and cache: activations, logits, positions. */
    public List<MemoryUse> uses(ModelLimits limits, Footprint footprint) {
        List<MemoryUse> uses = new ArrayList<>(Workspace.uses(this, limits, footprint));
        uses.add(
                MemoryUse.by(
                        Setting.MAX_MODEL_LENGTH,
                        "positions",
                        footprint.matrixBytes(DType.F32, limits.maxModelLength(), rotary)));
        return uses;
    }
}
