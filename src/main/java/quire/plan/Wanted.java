package quire.plan;

import java.nio.file.Path;
import quire.engine.EngineConfig;
import quire.model.ModelLimits;
import quire.ops.BatchLimits;
import quire.tensor.DType;

/**
 * What a model is to be served for.
 *
 * @param context longest sequence, in tokens
 * @param sequences that run at once
 * @param cacheType of keys and values
 */
public record Wanted(int context, int sequences, DType cacheType) {

    /** The rest is as a server has it that is told no more than these. */
    private EngineConfig engine() {
        return EngineConfig.builder(Path.of("."))
                .maxModelLength(context)
                .maxNumSequences(sequences)
                .build();
    }

    int blockSize() {
        return engine().blockSize();
    }

    ModelLimits limits() {
        return new ModelLimits(context, engine().maxNumBatchedTokens(), sequences);
    }

    BatchLimits steps() {
        EngineConfig engine = engine();
        int blocks = Math.ceilDiv(context, engine.blockSize());
        return new BatchLimits(engine.maxNumBatchedTokens(), sequences, blocks, engine.blockSize());
    }
}
