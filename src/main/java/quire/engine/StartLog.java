package quire.engine;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import quire.model.ModelConfig;
import quire.model.RopeScaling;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/** What a start says, one line a fact. */
record StartLog(EngineConfig config, Checkpoint checkpoint, ModelConfig model, ModelInfo info) {

    Stream<String> lines(Backends.Chosen backend, EnginePlan plan) {
        return Stream.of(
                        Stream.of(name(), size(), architecture()),
                        positions().stream(),
                        backend.lines(),
                        Stream.of(cache(plan), context(plan.memory())))
                .flatMap(lines -> lines);
    }

    private String name() {
        return "model: " + info.servedNames().getFirst() + " from " + config.model();
    }

    private String size() {
        return "size: "
                + String.format(Locale.ROOT, "%.1f", info.numParameters() / 1e6)
                + " million parameters, "
                + MemoryPlan.size(checkpoint.sizeBytes())
                + " on disk";
    }

    private String architecture() {
        return "architecture: "
                + info.architecture()
                + ", "
                + model.numLayers()
                + " layers, made for "
                + model.maxModelLength()
                + " tokens";
    }

    private Optional<String> positions() {
        return model.rope().scaling() instanceof RopeScaling.LongRope rope
                ? Optional.of(
                        "positions: LongRoPE's factors for "
                                + (rope.isLong(info.maxModelLength()) ? "more than " : "up to ")
                                + rope.originalMaxPositions()
                                + " tokens")
                : Optional.empty();
    }

    private String cache(EnginePlan plan) {
        return "KV cache: "
                + plan.memory().numBlocks()
                + " blocks of "
                + config.blockSize()
                + " tokens hold "
                + (long) plan.memory().numBlocks() * config.blockSize()
                + " tokens, "
                + MemoryPlan.size(plan.memory().kvBytes())
                + " in "
                + label(plan.kvCacheType());
    }

    private String context(MemoryPlan memory) {
        return "context: "
                + info.maxModelLength()
                + " tokens a sequence"
                + (memory.lowered() ? ", which is what the memory holds" : "")
                + ", at most "
                + config.maxNumSequences()
                + " sequences and "
                + config.maxNumBatchedTokens()
                + " tokens a step";
    }

    static String label(DType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
