package quire.generation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Function;
import quire.ops.Batch;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.tensor.DType;

/**
 * A model whose logits are a pure function of its context, at which it gets through its KV memory
 * alone: each place remembers the token and the position that were stored there.
 */
final class HashedModel implements Function<Batch, Matrix> {

    private static final long SEED = 0x1234_5678_9ABC_DEF1L;
    private static final float SPREAD = 0x1p-21f;

    private final Ops ops;
    private final int vocabSize;
    private final Matrix logits;
    private final int[] tokens;
    private final int[] positions;

    /**
     * @param maxRows rows of logits of the largest step
     * @param capacity tokens that the KV memory has room for
     */
    HashedModel(Ops ops, int vocabSize, int maxRows, int capacity) {
        this.ops = ops;
        this.vocabSize = vocabSize;
        this.logits = ops.allocate(DType.F32, maxRows, vocabSize);
        this.tokens = new int[capacity];
        this.positions = new int[capacity];
    }

    @Override
    public Matrix apply(Batch batch) {
        for (int i = 0; i < batch.numTokens(); i++) {
            int place = at(batch.slotMapping(), i);
            tokens[place] = at(batch.tokenIds(), i);
            positions[place] = at(batch.positions(), i);
        }
        int sequence = 0;
        int last = -1;
        for (int row = 0; row < batch.numLogitRows(); row++) {
            int token = at(batch.logitRows(), row);
            // Rows of known tokens begin with the first sequence again.
            sequence = token < last ? 0 : sequence;
            last = token;
            while (at(batch.queryStarts(), sequence + 1) <= token) {
                sequence++;
            }
            fill(row, context(batch, sequence, at(batch.positions(), token)));
        }
        return logits;
    }

    /** All that the token at a position attends to. */
    private long context(Batch batch, int sequence, int last) {
        long hash = SEED;
        for (int position = 0; position <= last; position++) {
            int block =
                    at(
                            batch.blockTables(),
                            sequence * batch.maxBlocksPerSequence() + position / batch.blockSize());
            int place = block * batch.blockSize() + position % batch.blockSize();
            hash = mix(hash ^ tokens[place] * 31L + positions[place]);
        }
        return hash;
    }

    private void fill(int row, long context) {
        MemorySegment to = ops.host(logits, row + 1).data();
        long from = (long) row * vocabSize;
        for (int id = 0; id < vocabSize; id++) {
            float logit = (mix(context + id) >> 40) * SPREAD;
            to.setAtIndex(ValueLayout.JAVA_FLOAT, from + id, logit);
        }
    }

    private static int at(MemorySegment array, int index) {
        return array.getAtIndex(ValueLayout.JAVA_INT, index);
    }

    private static long mix(long value) {
        long z = value * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
