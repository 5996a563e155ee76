package quire.engine;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import quire.engine.EngineConfig.ElementType;
import quire.error.ConfigurationException;
import quire.generation.Choices;
import quire.generation.ModelRunner;
import quire.generation.StepPace;
import quire.model.DecoderModel;
import quire.model.GenerationConfig;
import quire.model.LoadProgress;
import quire.model.ModelConfig;
import quire.model.ModelLimits;
import quire.model.ModelWeights;
import quire.model.RopeScaling;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCacheLayout;
import quire.ops.Ops;
import quire.sampling.EosTokens;
import quire.scheduler.Pipeline;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerConfig;
import quire.tensor.DType;
import quire.tokenizer.Tokenizer;
import quire.weights.Checkpoint;

/**
 * Everything that loading makes, in the order in which it is made; closed in reverse. The log gets
 * one line a fact.
 */
final class LoadedModel implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger("quire.engine");

    private final Checkpoint checkpoint;
    private final ModelText text;
    private final Ops ops;
    private final ModelRunner runner;
    private final Scheduler scheduler;
    private final StepPace pace;
    private final Choices choices;
    private final ModelInfo info;
    private final MemoryPlan plan;
    private final DType kvCacheType;
    private final SamplingDefaults defaultSampling;
    private final int warmUpToken;

    private LoadedModel(
            EngineConfig config,
            Checkpoint checkpoint,
            ModelText text,
            ModelConfig modelConfig,
            Backends.Chosen backend,
            LoadProgress progress) {
        this.checkpoint = checkpoint;
        this.text = text;
        this.ops = backend.ops();
        GenerationConfig generation = GenerationConfigs.of(config.generationConfig(), checkpoint);
        this.defaultSampling = GenerationConfigs.sampling(generation);
        this.kvCacheType = kvCacheType(config, modelConfig, ops);
        KvCacheLayout one = modelConfig.kvCacheLayout(1, config.blockSize(), kvCacheType);
        ops.objection(one)
                .ifPresent(
                        objection -> {
                            throw new ConfigurationException(
                                    "the backend " + ops.name() + " cannot run this: " + objection);
                        });
        ModelLimits most =
                new ModelLimits(
                        config.maxModelLength().orElse(modelConfig.maxModelLength()),
                        config.maxNumBatchedTokens(),
                        config.maxNumSequences());
        this.plan =
                MemoryPlan.of(
                        new MemoryPlan.Demand(
                                DecoderModel.weightBytes(checkpoint, modelConfig, ops),
                                DecoderModel.workspaceBytes(modelConfig, most, ops)
                                        + ops.stepsInFlight()
                                                * Batch.bytes(batchLimits(config, most)),
                                one.blockBytes(),
                                config.blockSize(),
                                modelConfig.maxModelLength(),
                                config.maxNumSequences()),
                        ops.memory(),
                        config.maxModelLength(),
                        config.kvCacheMemoryBytes());
        SchedulerConfig limits =
                new SchedulerConfig(
                        config.maxNumSequences(),
                        config.maxNumBatchedTokens(),
                        config.longPrefillTokenThreshold(),
                        plan.maxModelLength(),
                        plan.numBlocks(),
                        config.blockSize(),
                        config.enablePrefixCaching());
        DecoderModel model =
                DecoderModel.load(
                        checkpoint,
                        modelConfig,
                        ops,
                        new ModelLimits(
                                plan.maxModelLength(),
                                config.maxNumBatchedTokens(),
                                config.maxNumSequences()),
                        progress);
        this.scheduler = new Scheduler(limits, Pipeline.ofDepth(ops.stepsInFlight()));
        this.pace = StepPace.of(modelConfig);
        this.runner =
                new ModelRunner(
                        ops,
                        model,
                        ops.allocateKvCache(
                                modelConfig.kvCacheLayout(
                                        plan.numBlocks(), config.blockSize(), kvCacheType)),
                        limits,
                        modelConfig.vocabSize());
        EosTokens eos = eos(generation, text.tokenizer());
        this.choices =
                new Choices(
                        text.tokenizer(),
                        eos,
                        modelConfig.vocabSize(),
                        scheduler.maxLength(),
                        config.seed());
        List<String> names =
                config.servedModelNames().isEmpty()
                        ? List.of(LlmEngine.nameOf(config.model()))
                        : config.servedModelNames();
        this.info =
                new ModelInfo(
                        names,
                        modelConfig.architecture().className(),
                        ModelWeights.of(modelConfig, checkpoint).numParameters(),
                        scheduler.maxLength(),
                        modelConfig.vocabSize(),
                        Instant.now());
        this.warmUpToken = text.tokenizer().specialTokens().bos().orElse(0);
        log(config, backend, modelConfig);
    }

    /**
     * @throws quire.error.QuireException one sentence about what stands against it
     */
    static LoadedModel load(EngineConfig config, LoadProgress progress) {
        Checkpoint checkpoint = Checkpoint.open(config.model());
        AutoCloseables opened = new AutoCloseables();
        opened.add(checkpoint);
        try {
            ModelConfig modelConfig = ModelConfig.of(checkpoint, config.hfOverrides().orElse(""));
            ModelText text = ModelText.of(checkpoint, config.chatTemplate());
            opened.add(text.tokenizer());
            text.requireWithin(modelConfig.vocabSize());
            Backends.Chosen backend = Backends.open(config, modelConfig);
            opened.add(backend.ops());
            return new LoadedModel(config, checkpoint, text, modelConfig, backend, progress);
        } catch (RuntimeException | Error e) {
            opened.closeAfter(e);
            throw e;
        }
    }

    private static BatchLimits batchLimits(EngineConfig config, ModelLimits most) {
        return new BatchLimits(
                config.maxNumBatchedTokens(),
                config.maxNumSequences(),
                Math.ceilDiv(most.maxModelLength(), config.blockSize()),
                config.blockSize());
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

    /** What the generation config says and what the tokenizer knows to end a text or a turn. */
    private static EosTokens eos(GenerationConfig generation, Tokenizer tokenizer) {
        return EosTokens.of(
                Stream.of(generation.eosTokenIds(), tokenizer.specialTokens().ends())
                        .flatMap(List::stream)
                        .mapToInt(Integer::intValue)
                        .toArray());
    }

    private void log(EngineConfig config, Backends.Chosen backend, ModelConfig model) {
        info("model: " + info.servedNames().getFirst() + " from " + config.model());
        info(
                "size: "
                        + String.format(Locale.ROOT, "%.1f", info.numParameters() / 1e6)
                        + " million parameters, "
                        + MemoryPlan.size(checkpoint.sizeBytes())
                        + " on disk");
        info(
                "architecture: "
                        + info.architecture()
                        + ", "
                        + model.numLayers()
                        + " layers, made for "
                        + model.maxModelLength()
                        + " tokens");
        if (model.rope().scaling() instanceof RopeScaling.LongRope rope) {
            info(
                    "positions: LongRoPE's factors for "
                            + (rope.isLong(info.maxModelLength()) ? "more than " : "up to ")
                            + rope.originalMaxPositions()
                            + " tokens");
        }
        info("backend: " + ops.name() + ", activations in " + label(ops.activationType()));
        backend.lines().forEach(LoadedModel::info);
        info(
                "KV cache: "
                        + plan.numBlocks()
                        + " blocks of "
                        + config.blockSize()
                        + " tokens hold "
                        + (long) plan.numBlocks() * config.blockSize()
                        + " tokens, "
                        + MemoryPlan.size(plan.kvBytes())
                        + " in "
                        + label(kvCacheType));
        info(
                "context: "
                        + info.maxModelLength()
                        + " tokens a sequence"
                        + (plan.lowered() ? ", which is what the memory holds" : "")
                        + ", at most "
                        + config.maxNumSequences()
                        + " sequences and "
                        + config.maxNumBatchedTokens()
                        + " tokens a step");
    }

    private static String label(DType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    private static void info(String line) {
        LOG.log(System.Logger.Level.INFO, line);
    }

    ModelText text() {
        return text;
    }

    Tokenizer tokenizer() {
        return text.tokenizer();
    }

    Scheduler scheduler() {
        return scheduler;
    }

    StepPace pace() {
        return pace;
    }

    ModelRunner runner() {
        return runner;
    }

    Choices choices() {
        return choices;
    }

    ModelInfo info() {
        return info;
    }

    MemoryPlan plan() {
        return plan;
    }

    DType kvCacheType() {
        return kvCacheType;
    }

    SamplingDefaults defaultSampling() {
        return defaultSampling;
    }

    String backend() {
        return ops.name();
    }

    int warmUpToken() {
        return warmUpToken;
    }

    @Override
    public void close() {
        runner.close();
        ops.close();
        text.tokenizer().close();
        checkpoint.close();
    }

    /** Closes what was opened before a failure, without hiding the failure. */
    private static final class AutoCloseables {
        private final java.util.ArrayDeque<AutoCloseable> opened = new java.util.ArrayDeque<>();

        void add(AutoCloseable one) {
            opened.push(one);
        }

        void closeAfter(Throwable failure) {
            for (AutoCloseable one : opened) {
                try {
                    one.close();
                } catch (Exception e) {
                    failure.addSuppressed(e);
                }
            }
        }
    }
}
