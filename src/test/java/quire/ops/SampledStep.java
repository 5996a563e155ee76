package quire.ops;

/** A step that only samples: a sequence of one token for each row, in the row's slot. */
public final class SampledStep {

    private static final int[] BLOCK = {0};

    private final Ops ops;
    private final TokenSampler sampler;
    private final Batch batch;
    private boolean begun;

    /**
     * @param maxRows of the sampler
     */
    public SampledStep(Ops ops, TokenSampler sampler, int maxRows) {
        this.ops = ops;
        this.sampler = sampler;
        batch = ops.allocateBatch(new BatchLimits(maxRows, maxRows, 1, 16));
    }

    /**
     * Samples the rows, whose tokens are then to be taken. Without rows it computes a token, too.
     */
    public void run(SampleRows rows, Matrix logits) {
        begun = false;
        batch.clear();
        for (int row = 0; row < Math.max(rows.size(), 1); row++) {
            batch.startSequence(0, BLOCK, 1);
            if (row < rows.size()) {
                batch.inSlot(rows.slot(row));
                batch.addToken(0);
                batch.addLogitRow();
            } else {
                batch.addToken(0);
            }
            batch.endSequence();
        }
        sampler.begin(rows);
        ops.begin(batch);
        begun = true;
        sampler.sample(logits);
        sampler.end();
        begun = false;
    }

    /** Whether its forward pass, if it had one, would be under way now. */
    boolean hasBegun() {
        return begun;
    }
}
