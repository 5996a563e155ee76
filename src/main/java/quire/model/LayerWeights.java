package quire.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The weights of one layer, whose placed counterpart is {@link DecoderLayer}.
 *
 * @param headNorms norms of each q and k head, where the architecture has them
 */
record LayerWeights(
        StoredWeight.Vector inputNorm,
        StoredWeight.Linear qkv,
        Optional<HeadNorms> headNorms,
        StoredWeight.Linear attentionOutput,
        StoredWeight.Vector mlpNorm,
        StoredWeight.Linear gateUp,
        StoredWeight.Linear down) {

    record HeadNorms(StoredWeight.Vector query, StoredWeight.Vector key) {}

    /** All of them, in the order in which they are placed. */
    List<StoredWeight> all() {
        List<StoredWeight> all = new ArrayList<>(List.of(inputNorm, qkv));
        headNorms.ifPresent(norms -> all.addAll(List.of(norms.query, norms.key)));
        all.addAll(List.of(attentionOutput, mlpNorm, gateUp, down));
        return all;
    }
}
