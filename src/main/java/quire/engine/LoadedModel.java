package quire.engine;

import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import quire.generation.Choices;
import quire.generation.ModelRunner;
import quire.generation.StepPace;
import quire.model.DecoderModel;
import quire.model.GenerationConfig;
import quire.model.LoadProgress;
import quire.model.ModelConfig;
import quire.model.ModelWeights;
import quire.ops.Ops;
import quire.sampling.EosTokens;
import quire.scheduler.Pipeline;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerConfig;
import quire.tensor.DType;
import quire.tokenizer.Tokenizer;
import quire.weights.Checkpoint;

/** Everything that loading makes, in the order in which it is made; closed in reverse. */
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
    private final EnginePlan plan;
    private final SamplingDefaults defaultSampling;
    private final Map<String, String> backendsNotUsed;
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
        this.backendsNotUsed = backend.notUsed();
        GenerationConfig generation = GenerationConfigs.of(config.generationConfig(), checkpoint);
        this.defaultSampling = GenerationConfigs.sampling(generation);
        this.plan = EnginePlan.of(config, checkpoint, modelConfig, ops);
        MemoryPlan memory = plan.memory();
        LOG.log(Level.DEBUG, () -> "memory: " + memory.words());
        DecoderModel model =
                DecoderModel.load(
                        checkpoint,
                        modelConfig,
                        ops,
                        EnginePlan.modelLimits(config, memory.maxModelLength()),
                        progress);
        this.scheduler = new Scheduler(plan.limits(), Pipeline.ofDepth(ops.stepsInFlight()));
        this.pace = StepPace.of(modelConfig);
        this.runner =
                new ModelRunner(
                        ops,
                        model,
                        ops.allocateKvCache(
                                modelConfig.kvCacheLayout(
                                        memory.numBlocks(),
                                        config.blockSize(),
                                        plan.kvCacheType())),
                        plan.limits(),
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
        new StartLog(config, checkpoint, modelConfig, info)
                .lines(backend, plan)
                .forEach(progress::found);
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

    /** What the generation config says and what the tokenizer knows to end a text or a turn. */
    private static EosTokens eos(GenerationConfig generation, Tokenizer tokenizer) {
        return EosTokens.of(
                Stream.of(generation.eosTokenIds(), tokenizer.specialTokens().ends())
                        .flatMap(List::stream)
                        .mapToInt(Integer::intValue)
                        .toArray());
    }

    ModelText text() {
        return text;
    }

    Tokenizer tokenizer() {
        return text.tokenizer();
    }

    Map<String, Object> tokenizerInfo() {
        return text.tokenizerInfo(checkpoint, info.maxModelLength());
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
        return plan.memory();
    }

    SchedulerConfig limits() {
        return plan.limits();
    }

    DType kvCacheType() {
        return plan.kvCacheType();
    }

    SamplingDefaults defaultSampling() {
        return defaultSampling;
    }

    String backend() {
        return ops.name();
    }

    Map<String, String> backendsNotUsed() {
        return backendsNotUsed;
    }

    int warmUpToken() {
        return warmUpToken;
    }

    @Override
    public void close() {
        choices.close();
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
