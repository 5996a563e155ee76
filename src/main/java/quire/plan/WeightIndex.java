package quire.plan;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import quire.engine.MemoryPlan;
import quire.error.CheckpointException;
import quire.model.Fields;

/** The index of a model's weights, beside its configuration: what all of them really take. */
final class WeightIndex {

    private static final String NAME = "model.safetensors.index.json";

    /** Norms in 32 bits and scales of other types make less. */
    private static final double ALIKE = 0.01;

    private WeightIndex() {}

    /**
     * What the index says otherwise than the configuration.
     *
     * @param counted bytes of the weights that the configuration describes
     */
    static Optional<String> remark(Path configJson, long counted) {
        Path index = configJson.resolveSibling(NAME);
        if (!Files.isRegularFile(index)) {
            return Optional.empty();
        }
        OptionalDouble total;
        try {
            total = Fields.of(index).child("metadata").positive("total_size");
        } catch (CheckpointException e) {
            return Optional.of("the index of its weights is not used: " + e.getMessage());
        }
        if (total.isEmpty() || Math.abs(total.getAsDouble() - counted) <= ALIKE * counted) {
            return Optional.empty();
        }
        return Optional.of(
                "its weights are "
                        + MemoryPlan.size((long) total.getAsDouble())
                        + " by their index, of which config.json describes "
                        + MemoryPlan.size(counted));
    }
}
