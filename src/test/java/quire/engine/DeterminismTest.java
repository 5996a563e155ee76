package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.golden.Backend;
import quire.golden.GoldenData;
import quire.model.DecoderModel;
import quire.model.LoadProgress;
import quire.model.ModelConfig;
import quire.model.ModelLimits;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.Ops;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
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

/**
 * A sequence's logits are the same bits alone or in any batch, however its prompt is chunked, found
 * in the prefix cache or recomputed after preemption. Random loads are scheduled under random
 * limits, and the bits of every logit row are compared with those of the sequence computed alone.
 */
class DeterminismTest {

    private static final int MAX_LENGTH = 192;
    private static final int MAX_TOKENS = 256;
    private static final int MAX_SEQUENCES = 24;
    private static final int ROUNDS = Integer.getInteger("quire.determinism.rounds", 4);
    private static final long SEED = Long.getLong("quire.determinism.seed", 7L);
    private static final String[] CHECKPOINTS = {"llama", "qwen3", "mistral-window"};

    /** Pools from which the limits of a round are drawn; the small ones force preemption. */
    private record Limits(
            int numSequences,
            int batchedTokens,
            int numBlocks,
            int blockSize,
            boolean caching,
            int prefillThreshold) {

        static Limits alone() {
            return new Limits(1, MAX_TOKENS, 64, 16, false, 0);
        }

        static Limits random(Random random) {
            int sequences = 1 + random.nextInt(MAX_SEQUENCES);
            int blockSize = random.nextBoolean() ? 16 : 32;
            int least = Math.ceilDiv(MAX_LENGTH, blockSize);
            return new Limits(
                    sequences,
                    sequences + random.nextInt(MAX_TOKENS - sequences),
                    least + random.nextInt(3 * least),
                    blockSize,
                    random.nextBoolean(),
                    random.nextBoolean() ? 0 : 1 + random.nextInt(40));
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void logitsAreTheSameBitsHoweverTheyAreComputed(Backend backend) {
        for (String name : CHECKPOINTS) {
            try (Ops ops = backend.open();
                    Checkpoint checkpoint =
                            Checkpoint.open(GoldenData.golden().resolve("checkpoints/" + name))) {
                ModelConfig config = ModelConfig.of(checkpoint, "");
                DecoderModel model =
                        DecoderModel.load(
                                checkpoint,
                                config,
                                ops,
                                new ModelLimits(MAX_LENGTH, MAX_TOKENS, MAX_SEQUENCES),
                                LoadProgress.SILENT);
                shuffle(name, ops, config, model);
            }
        }
    }

    private static void shuffle(String name, Ops ops, ModelConfig config, DecoderModel model) {
        long preemptions = 0;
        long hits = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long seed = SEED + round;
            Random random = new Random(seed);
            DType cacheType = round % 2 == 0 ? DType.BF16 : DType.F32;
            List<int[]> prompts = prompts(random, config.vocabSize());
            int[] lengths =
                    prompts.stream()
                            .mapToInt(p -> 1 + random.nextInt(MAX_LENGTH - p.length))
                            .toArray();
            Map<Long, List<Long>> expected = new HashMap<>();
            for (int i = 0; i < prompts.size(); i++) {
                Run alone = new Run(ops, config, model, Limits.alone(), cacheType);
                alone.add(i, prompts.get(i), lengths[i]);
                alone.finish(new Random(seed));
                expected.putAll(alone.hashes);
            }
            Limits limits = Limits.random(random);
            Run together = new Run(ops, config, model, limits, cacheType);
            for (int i = 0; i < prompts.size(); i++) {
                together.add(i, prompts.get(i), lengths[i]);
            }
            together.finish(random);
            assertEquals(
                    expected,
                    together.hashes,
                    name + " on " + ops.name() + ", seed " + seed + ", " + limits);
            preemptions += together.scheduler.stats().numPreemptions();
            hits += together.scheduler.stats().prefixHits();
        }
        assertTrue(
                preemptions > 0,
                name + ": no round preempted, the test shows too little; seed " + SEED);
        assertTrue(
                hits > 0,
                name + ": no round found a prefix, the test shows too little; seed " + SEED);
    }

    /** Prompts of all lengths, many of which begin alike. */
    private static List<int[]> prompts(Random random, int vocabSize) {
        int[] shared = random.ints(MAX_LENGTH, 3, vocabSize).toArray();
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int length = 1 + random.nextInt(MAX_LENGTH - 40);
            int common = random.nextInt(length + 1);
            int[] prompt = random.ints(length, 3, vocabSize).toArray();
            System.arraycopy(shared, 0, prompt, 0, common);
            prompts.add(prompt);
        }
        return prompts;
    }

    /** One schedule, step by step, with the logits' bits of each sequence hashed in order. */
    private static final class Run {

        private final Ops ops;
        private final DecoderModel model;
        private final KvCache cache;
        private final Limits limits;
        private final Scheduler scheduler;
        private final Map<Long, List<Long>> hashes = new HashMap<>();
        private final List<Sequence> later = new ArrayList<>();

        Run(Ops ops, ModelConfig config, DecoderModel model, Limits limits, DType cacheType) {
            this.ops = ops;
            this.model = model;
            this.limits = limits;
            this.cache =
                    ops.allocateKvCache(
                            config.kvCacheLayout(limits.numBlocks, limits.blockSize, cacheType));
            this.scheduler =
                    new Scheduler(
                            new SchedulerConfig(
                                    limits.numSequences,
                                    limits.batchedTokens,
                                    limits.prefillThreshold,
                                    MAX_LENGTH,
                                    limits.numBlocks,
                                    limits.blockSize,
                                    limits.caching),
                            Pipeline.ofDepth(1));
        }

        void add(long id, int[] prompt, int maxTokens) {
            SamplingParams params =
                    SamplingParams.greedy(maxTokens).toBuilder().ignoreEos(true).build();
            later.add(new Sequence(id, prompt, new SamplingRule(params, EosTokens.of(), 0, 0)));
            hashes.put(id, new ArrayList<>());
        }

        void finish(Random random) {
            Batch batch =
                    ops.allocateBatch(
                            new BatchLimits(
                                    MAX_TOKENS,
                                    MAX_SEQUENCES,
                                    Math.ceilDiv(MAX_LENGTH, limits.blockSize),
                                    limits.blockSize));
            while (!later.isEmpty() || scheduler.hasUnfinished()) {
                while (!later.isEmpty() && (random.nextInt(3) > 0 || !scheduler.hasUnfinished())) {
                    scheduler.add(later.removeFirst());
                }
                Step step = scheduler.plan(PrefillBudget.UNLIMITED);
                execute(batch, step);
                scheduler.commit(step);
            }
        }

        private void execute(Batch batch, Step step) {
            batch.clear();
            for (int i = 0; i < step.size(); i++) {
                int first = step.firstPosition(i);
                batch.startSequence(first, step.blockIds(i), step.numBlocks(i));
                for (int t = 0; t < step.numTokens(i); t++) {
                    batch.addToken(step.tokenIds(i)[first + t]);
                }
                if (step.samples(i)) {
                    batch.addLogitRow();
                }
                batch.endSequence();
            }
            Tensor logits = ops.host(model.forward(batch, cache), batch.numLogitRows());
            int row = 0;
            for (int i = 0; i < step.size(); i++) {
                if (step.samples(i)) {
                    List<Long> own = hashes.get(step.sequence(i).id());
                    step.result().add(i, hash(logits, row++, own));
                }
            }
        }

        /** Adds the hash of the row's bits; returns its greatest element's column. */
        private static int hash(Tensor logits, int row, List<Long> hashes) {
            long hash = 17;
            int best = 0;
            float greatest = Float.NEGATIVE_INFINITY;
            for (int column = 0; column < logits.columns(); column++) {
                float logit =
                        logits.data()
                                .getAtIndex(
                                        ValueLayout.JAVA_FLOAT,
                                        (long) row * logits.columns() + column);
                hash = hash * 31 + Float.floatToRawIntBits(logit);
                if (logit > greatest) {
                    greatest = logit;
                    best = column;
                }
            }
            hashes.add(hash);
            return best;
        }
    }
}
