package quire.ops.cuda;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import quire.golden.GoldenData;
import quire.model.DecoderModel;
import quire.model.LoadProgress;
import quire.model.ModelConfig;
import quire.model.ModelLimits;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.Matrix;
import quire.ops.SampleRows;
import quire.ops.StepWork;
import quire.ops.TokenSampler;
import quire.ops.cuda.driver.KernelFiles;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.sampling.SamplingRule;
import quire.scheduler.Pipeline;
import quire.scheduler.PrefillBudget;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.Step;
import quire.sequence.Sequence;
import quire.tensor.DType;
import quire.tensor.Tensor;
import quire.weights.Checkpoint;

/** A tiny model on the emulated card, step by step, whose logits can be looked at. */
final class CardRun implements AutoCloseable {

    static final int MAX_SEQUENCES = 6;
    static final int VOCABULARY = 320;
    static final int LAYERS = 2;
    private static final int MAX_LENGTH = 64;
    private static final int MAX_TOKENS = 24;
    private static final int BLOCK = 16;
    private static final int NUM_BLOCKS = 18;

    final CudaOps ops;
    final KvCache cache;
    final Scheduler scheduler;
    private final Checkpoint checkpoint;
    private final Batch batch;
    private final SampleRows rows = new SampleRows(MAX_SEQUENCES);
    private final TokenSampler sampler;
    private final StepWork work;
    private final int vocabulary;
    private Matrix logits;
    private boolean masks;

    /** Of a checkpoint with {@link #LAYERS} layers and {@link #VOCABULARY} tokens. */
    CardRun(CudaOptions options) {
        this(options, "llama");
    }

    /**
     * @param name of a golden checkpoint
     */
    CardRun(CudaOptions options, String name) {
        ops = new CudaOps(EmulatedCuda.device(), KernelFiles.ofThisProgram(), DType.BF16, options);
        checkpoint = Checkpoint.open(GoldenData.golden().resolve("checkpoints").resolve(name));
        ModelConfig config = ModelConfig.of(checkpoint, "");
        vocabulary = config.vocabSize();
        DecoderModel model =
                DecoderModel.load(
                        checkpoint,
                        config,
                        ops,
                        new ModelLimits(MAX_LENGTH, MAX_TOKENS, MAX_SEQUENCES),
                        LoadProgress.SILENT);
        cache = ops.allocateKvCache(config.kvCacheLayout(NUM_BLOCKS, BLOCK, DType.BF16));
        int maxBlocks = MAX_LENGTH / BLOCK;
        batch = ops.allocateBatch(new BatchLimits(MAX_TOKENS, MAX_SEQUENCES, maxBlocks, BLOCK));
        sampler = ops.allocateSampler(vocabulary, MAX_SEQUENCES);
        work =
                ops.repeated(
                        each -> {
                            logits = model.forward(each, cache);
                            sampler.sample(logits);
                        });
        scheduler =
                new Scheduler(
                        new SchedulerConfig(
                                MAX_SEQUENCES, MAX_TOKENS, 0, MAX_LENGTH, NUM_BLOCKS, BLOCK, true),
                        Pipeline.ofDepth(1));
    }

    /** From now on some rows of some steps have masks. */
    void addMasks() {
        masks = true;
    }

    /** Sequences of many rules, prompts and lengths. */
    void add(int count) {
        Random random = new Random(count);
        for (int id = 0; id < count; id++) {
            SamplingParamsBuilder params =
                    SamplingParams.builder()
                            .maxTokens(4 + 3 * id)
                            .ignoreEos(true)
                            .seed(9)
                            .temperature(id % 3 == 0 ? 0 : 1.2);
            if (id % 2 == 1) {
                params.topP(0.9).presencePenalty(0.5).repetitionPenalty(1.1);
                params.logitBias(Map.of(5, 3.0, vocabulary - 1, -100.0));
            }
            int[] prompt = random.ints(1 + random.nextInt(30), 3, vocabulary).toArray();
            SamplingRule rule = new SamplingRule(params.build(), EosTokens.of(), 0, 0);
            scheduler.add(new Sequence(id, prompt, rule));
        }
    }

    /**
     * Computes a step.
     *
     * @return of each row its token, then the bits of its logits
     */
    List<int[]> step() {
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        fill(step);
        int numRows = batch.numLogitRows();
        sampler.begin(rows);
        work.run(batch);
        sampler.end();
        int[] tokens = Arrays.copyOf(sampler.await(), numRows);
        List<int[]> results = new ArrayList<>();
        for (int i = 0; i < step.size(); i++) {
            if (step.samples(i)) {
                step.result().add(i, tokens[results.size()]);
                results.add(null);
            }
        }
        scheduler.commit(step);
        Tensor host = ops.host(logits, numRows);
        for (int row = 0; row < numRows; row++) {
            int[] result = new int[1 + vocabulary];
            result[0] = tokens[row];
            for (int c = 0; c < vocabulary; c++) {
                result[1 + c] =
                        host.data().getAtIndex(ValueLayout.JAVA_INT, (long) row * vocabulary + c);
            }
            results.set(row, result);
        }
        return results;
    }

    private void fill(Step step) {
        batch.clear();
        rows.clear();
        for (int i = 0; i < step.size(); i++) {
            batch.startSequence(step.firstPosition(i), step.blockIds(i), step.numBlocks(i));
            batch.inSlot(step.slot(i));
            for (int t = 0; t < step.numTokens(i); t++) {
                batch.addToken(step.tokenIds(i)[step.firstPosition(i) + t]);
            }
            if (step.samples(i)) {
                batch.addLogitRow();
                Sequence sequence = step.sequence(i);
                rows.add(
                        step.slot(i),
                        sequence.id(),
                        sequence.sampling(),
                        step.tokenIds(i),
                        sequence.numPromptTokens(),
                        step.numKnown(i));
                maskNowAndThen(sequence.id(), step.numKnown(i));
            }
            batch.endSequence();
        }
    }

    /** Some rows of some steps, whichever way the step is computed. */
    private void maskNowAndThen(long id, int numKnown) {
        if (masks && (id + numKnown) % 5 == 0) {
            long[] words = new Random(31 * id + numKnown).longs(vocabulary / 64).toArray();
            rows.mask(() -> words);
        }
    }

    /** A step of one token at a position that nothing of this run has. */
    void stepOf(int tokenId, int position, int block) {
        batch.clear();
        rows.clear();
        int[] blocks = new int[MAX_LENGTH / BLOCK];
        blocks[position / BLOCK] = block;
        batch.startSequence(position, blocks, blocks.length);
        batch.addToken(tokenId);
        batch.addLogitRow();
        batch.endSequence();
        SamplingRule rule = new SamplingRule(SamplingParams.greedy(9), EosTokens.of(), 0, 0);
        rows.add(0, 1000, rule, new int[] {1}, 1, 1);
        sampler.begin(rows);
        work.run(batch);
        sampler.end();
        sampler.await();
    }

    @Override
    public void close() {
        ops.close();
        checkpoint.close();
    }
}
