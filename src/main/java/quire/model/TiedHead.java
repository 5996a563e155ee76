package quire.model;

import java.util.Optional;
import quire.weights.Checkpoint;
import quire.weights.CheckpointTensor;

/**
 * The output projection of a model whose configuration ties it to the embedding. Training scripts
 * leave that flag behind on models whose two matrices have long been different ones.
 */
final class TiedHead {

    private TiedHead() {}

    /** Whether there is one in the checkpoint that is not the embedding, to the bit. */
    static boolean hasItsOwn(Checkpoint checkpoint) {
        Optional<CheckpointTensor> head =
                checkpoint.find(Weight.LM_HEAD.weight(checkpoint.format(), 0));
        String embedding = Weight.EMBEDDING.weight(checkpoint.format(), 0);
        return head.isPresent() && !isCopy(head.get(), checkpoint.tensor(embedding));
    }

    private static boolean isCopy(CheckpointTensor head, CheckpointTensor embedding) {
        return head.typeName().equals(embedding.typeName())
                && head.shape().equals(embedding.shape())
                && head.data().mismatch(embedding.data()) < 0;
    }
}
