package quire.generation;

import java.util.function.Function;
import quire.model.DecoderModel;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.SampleRows;
import quire.ops.StepWork;
import quire.ops.TokenSampler;
import quire.sampling.TokenLogprobs;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.Step;
import quire.sequence.Guide;
import quire.sequence.Sequence;
import quire.thread.Owner;

/**
 * Computes steps: forward pass over the paged KV cache, then sampling. Runs on the {@code
 * quire-engine} thread alone and allocates nothing per step. A backend that takes several steps at
 * once gets a batch for each.
 */
public final class ModelRunner implements StepRunner, AutoCloseable {

    private final Owner owner = new Owner("the model");
    private final Ops ops;
    private final StepWork work;
    private final Batch[] batches;
    private final SampleRows rows;
    private final TokenSampler sampler;
    private long numLaunched;
    private long numAwaited;

    public ModelRunner(
            Ops ops, DecoderModel model, KvCache cache, SchedulerConfig limits, int vocabSize) {
        this(ops, batch -> model.forward(batch, cache), limits, vocabSize);
    }

    /**
     * @param forward queues a forward pass and gives its logits, a row for each that the batch
     *     wants
     */
    ModelRunner(Ops ops, Function<Batch, Matrix> forward, SchedulerConfig limits, int vocabSize) {
        this.ops = ops;
        BatchLimits most =
                new BatchLimits(
                        limits.maxNumBatchedTokens(),
                        limits.maxNumSequences(),
                        Math.ceilDiv(limits.maxModelLength(), limits.blockSize()),
                        limits.blockSize());
        this.batches = new Batch[ops.stepsInFlight()];
        for (int i = 0; i < batches.length; i++) {
            batches[i] = ops.allocateBatch(most);
        }
        this.rows = new SampleRows(limits.maxNumSequences());
        this.sampler = ops.allocateSampler(vocabSize, limits.maxNumSequences());
        this.work = ops.repeated(batch -> sampler.sample(forward.apply(batch)));
    }

    @Override
    public void launch(Step step) {
        owner.check();
        if (numLaunched - numAwaited == batches.length) {
            throw new IllegalStateException(batches.length + " steps are under way");
        }
        Batch batch = batches[(int) (numLaunched % batches.length)];
        fill(batch, step);
        sampler.begin(rows);
        work.run(batch);
        sampler.end();
        numLaunched++;
    }

    @Override
    public boolean isDone() {
        owner.check();
        return sampler.isDone();
    }

    @Override
    public void await(Step step) {
        owner.check();
        numAwaited++;
        int[] tokens = sampler.await();
        int row = 0;
        for (int i = 0; i < step.size(); i++) {
            if (!step.samples(i)) {
                continue;
            }
            int tokenId = tokens[row];
            if (tokenId >= 0) {
                step.result().add(i, tokenId);
                step.result().addLogprobs(i, sampler.logprobs(row));
                step.sequence(i).guide().accept(tokenId);
            } else if (tokenId == TokenSampler.NOT_READY) {
                step.result().sitOut(i);
            }
            row++;
        }
        takeScores(step, row);
        settle(step);
    }

    /** With what guides know by now more can be planned of the next step. */
    private static void settle(Step step) {
        for (int i = 0; i < step.size(); i++) {
            if (step.samples(i)) {
                step.sequence(i).guide().settle();
            }
        }
    }

    private void takeScores(Step step, int firstRow) {
        int row = firstRow;
        for (int i = 0; i < step.size(); i++) {
            int numScored = step.numScored(i);
            if (numScored == 0) {
                continue;
            }
            TokenLogprobs[] scores = new TokenLogprobs[numScored];
            for (int j = 0; j < numScored; j++) {
                scores[j] = sampler.logprobs(row++);
            }
            step.result().score(i, scores);
        }
    }

    @Override
    public void stop() {
        ops.stop();
    }

    @Override
    public void resume() {
        ops.resume();
    }

    private void fill(Batch batch, Step step) {
        batch.clear();
        rows.clear();
        for (int i = 0; i < step.size(); i++) {
            batch.startSequence(step.firstPosition(i), step.blockIds(i), step.numBlocks(i));
            batch.inSlot(step.slot(i));
            if (step.isPending(i)) {
                addPending(batch, step, i);
            } else {
                addKnown(batch, step, i);
            }
            if (step.samples(i)) {
                Sequence sequence = step.sequence(i);
                rows.add(
                        step.slot(i),
                        sequence.id(),
                        sequence.sampling(),
                        step.tokenIds(i),
                        sequence.numPromptTokens(),
                        step.numKnown(i));
                if (sequence.guide() != Guide.NONE) {
                    rows.mask(sequence.guide());
                }
            }
            batch.endSequence();
        }
        addScored(batch, step);
    }

    /** Rows that become no token come last, so that the others are as they are without them. */
    private void addScored(Batch batch, Step step) {
        int firstToken = 0;
        for (int i = 0; i < step.size(); i++) {
            int numScored = step.numScored(i);
            for (int j = 0; j < numScored; j++) {
                batch.addLogitRow(firstToken + j);
                rows.addScored(
                        step.tokenIds(i)[step.firstPosition(i) + j + 1],
                        step.sequence(i).params().promptLogprobs().orElse(0));
            }
            firstToken += step.numTokens(i);
        }
    }

    private static void addKnown(Batch batch, Step step, int i) {
        int first = step.firstPosition(i);
        int end = first + step.numTokens(i);
        int[] tokenIds = step.tokenIds(i);
        for (int position = first; position < end; position++) {
            batch.addToken(tokenIds[position]);
            if (position >= end - step.numLogits(i)) {
                batch.addLogitRow();
            }
        }
    }

    private void addPending(Batch batch, Step step, int i) {
        if (batches.length == 1) {
            throw new IllegalStateException("tokens are known here before the next step");
        }
        batch.addPendingToken(step.slot(i));
        if (step.samples(i)) {
            batch.addLogitRow();
        }
    }

    /** Ends what helps to sample; the backend, model and cache are the engine's. */
    @Override
    public void close() {
        sampler.close();
    }
}
