package quire.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.engine.EngineConfig.ElementType;
import quire.model.DecoderModel;
import quire.model.ModelConfig;
import quire.model.ModelLimits;
import quire.ops.BatchLimits;
import quire.ops.MemoryUse;
import quire.ops.Ops;
import quire.scheduler.SchedulerConfig;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/**
 * What follows from configuration, model and backend before anything is loaded.
 *
 * @param kvCacheType element type of keys and values
 */
record EnginePlan(DType kvCacheType, MemoryPlan memory, SchedulerConfig limits) {

    /** Why the backend cannot run this, as a clause; empty where it can. */
    static Optional<String> objection(EngineConfig config, ModelConfig model, Ops ops) {
        DType type = kvCacheType(config, model, ops);
        return ops.objection(model.kvCacheLayout(1, config.blockSize(), type), model.vocabSize());
    }

    /**
     * Plans.
     *
     * @throws quire.error.ConfigurationException if it does not fit into the backend's memory
     * @throws quire.error.CheckpointException if checkpoint and configuration do not belong
     *     together
     */
    static EnginePlan of(EngineConfig config, Checkpoint checkpoint, ModelConfig model, Ops ops) {
        DType type = kvCacheType(config, model, ops);
        ModelLimits most =
                modelLimits(config, config.maxModelLength().orElse(model.maxModelLength()));
        BatchLimits steps =
                new BatchLimits(
                        config.maxNumBatchedTokens(),
                        config.maxNumSequences(),
                        Math.ceilDiv(most.maxModelLength(), config.blockSize()),
                        config.blockSize());
        List<MemoryUse> uses =
                new ArrayList<>(DecoderModel.memoryUses(checkpoint, model, most, ops.footprint()));
        uses.addAll(ops.footprint().overheads(steps, model.vocabSize(), model.numLayers()));
        MemoryPlan memory =
                MemoryPlan.of(
                        new MemoryPlan.Demand(
                                uses,
                                model.kvCacheLayout(1, config.blockSize(), type).blockBytes(),
                                config.blockSize(),
                                model.maxModelLength(),
                                config.maxNumSequences()),
                        ops.memory(),
                        MemoryPlan.Wishes.of(config));
        return new EnginePlan(
                type,
                memory,
                new SchedulerConfig(
                        config.maxNumSequences(),
                        config.maxNumBatchedTokens(),
                        config.longPrefillTokenThreshold(),
                        memory.maxModelLength(),
                        memory.numBlocks(),
                        config.blockSize(),
                        config.enablePrefixCaching()));
    }

    /** What a model is loaded for. */
    static ModelLimits modelLimits(EngineConfig config, int maxModelLength) {
        return new ModelLimits(
                maxModelLength, config.maxNumBatchedTokens(), config.maxNumSequences());
    }

    private static DType kvCacheType(EngineConfig config, ModelConfig model, Ops ops) {
        if (config.kvCacheType() == ElementType.AUTO && ops.activationType() != DType.F32) {
            return ops.activationType();
        }
        ElementType type =
                config.kvCacheType() == ElementType.AUTO ? config.dtype() : config.kvCacheType();
        return switch (type) {
            case FLOAT32 -> DType.F32;
            case FLOAT16 -> DType.F16;
            case BFLOAT16 -> DType.BF16;
            case AUTO -> model.dtype().filter(own -> !own.quantised()).orElse(DType.F16);
        };
    }
}
