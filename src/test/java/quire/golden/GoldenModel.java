package quire.golden;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import quire.model.DecoderModel;
import quire.model.LoadProgress;
import quire.model.ModelConfig;
import quire.model.ModelLimits;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.tensor.DType;
import quire.tensor.Tensor;
import quire.weights.Checkpoint;

/** A loaded model with a KV cache for one sequence, or two of half the length. */
public final class GoldenModel implements AutoCloseable {

    private static final int BLOCK_SIZE = 16;
    private static final int MAX_LENGTH = 384;
    private static final int BLOCKS = MAX_LENGTH / BLOCK_SIZE;

    private final Checkpoint checkpoint;
    private final Ops ops;
    private final ModelConfig config;
    private final DecoderModel model;
    private final KvCache cache;
    private final Batch batch;
    private final Matrix argmax;
    private final int[] backwards = new int[BLOCKS];

    /** Takes over {@code ops}. */
    public GoldenModel(Path path, Ops ops, DType cacheType) {
        this.ops = ops;
        checkpoint = Checkpoint.open(path);
        config = ModelConfig.of(checkpoint, "");
        int length = Math.min(MAX_LENGTH, config.maxModelLength());
        ModelLimits limits = new ModelLimits(length, length, length);
        model = DecoderModel.load(checkpoint, config, ops, limits, LoadProgress.SILENT);
        cache = ops.allocateKvCache(config.kvCacheLayout(BLOCKS, BLOCK_SIZE, cacheType));
        batch = ops.allocateBatch(new BatchLimits(length, 2, BLOCKS, BLOCK_SIZE));
        argmax = ops.allocate(DType.I32, 1, length);
        for (int i = 0; i < BLOCKS; i++) {
            backwards[i] = BLOCKS - 1 - i;
        }
    }

    int vocabSize() {
        return config.vocabSize();
    }

    /** Logits after every token, {@code [tokens, vocab]}, of a prompt computed in equal chunks. */
    public float[] logits(int[] tokenIds, int chunk) {
        float[] all = new float[tokenIds.length * vocabSize()];
        for (int from = 0; from < tokenIds.length; from += chunk) {
            int to = Math.min(tokenIds.length, from + chunk);
            batch.clear();
            add(tokenIds, from, to, backwards, true);
            copyLogits(model.forward(batch, cache), 0, to - from, all, from);
        }
        return all;
    }

    /** As above for two prompts that share every step, each with half of the blocks. */
    public List<float[]> logitsInCompany(int[] first, int[] second, int chunk) {
        int[] odd = new int[BLOCKS / 2];
        int[] even = new int[BLOCKS / 2];
        for (int i = 0; i < BLOCKS / 2; i++) {
            even[i] = 2 * i;
            odd[i] = BLOCKS - 1 - 2 * i;
        }
        float[] ofFirst = new float[first.length * vocabSize()];
        float[] ofSecond = new float[second.length * vocabSize()];
        for (int from = 0; from < Math.max(first.length, second.length); from += chunk) {
            batch.clear();
            int rows = 0;
            if (from < first.length) {
                rows = Math.min(first.length, from + chunk) - from;
                add(first, from, from + rows, odd, true);
            }
            int others = Math.min(second.length, from + chunk) - from;
            if (others > 0) {
                add(second, from, from + others, even, true);
            }
            Matrix logits = model.forward(batch, cache);
            copyLogits(logits, 0, rows, ofFirst, from);
            copyLogits(logits, rows, others, ofSecond, from);
        }
        return List.of(ofFirst, ofSecond);
    }

    /** Greedy continuation; ends after {@code count} tokens or with the first that ends it. */
    public List<Integer> greedy(int[] prompt, int count, List<Integer> ends) {
        List<Integer> answer = new ArrayList<>();
        batch.clear();
        add(prompt, 0, prompt.length, backwards, false);
        while (true) {
            ops.argmax(argmax, model.forward(batch, cache), 1);
            int next = ops.host(argmax, 1).data().get(ValueLayout.JAVA_INT, 0);
            answer.add(next);
            int position = prompt.length + answer.size() - 1;
            if (answer.size() == count || ends.contains(next)) {
                return answer;
            }
            batch.clear();
            batch.startSequence(position, backwards, BLOCKS);
            batch.addToken(next);
            batch.addLogitRow();
            batch.endSequence();
        }
    }

    private void add(int[] tokenIds, int from, int to, int[] table, boolean everyRow) {
        batch.startSequence(from, table, table.length);
        for (int t = from; t < to; t++) {
            batch.addToken(tokenIds[t]);
            if (everyRow || t == to - 1) {
                batch.addLogitRow();
            }
        }
        batch.endSequence();
    }

    private void copyLogits(Matrix logits, int row, int numRows, float[] to, int toRow) {
        if (numRows > 0) {
            Tensor host = ops.host(logits, row + numRows).slice(row, row + numRows);
            float[] values = host.data().toArray(ValueLayout.JAVA_FLOAT);
            System.arraycopy(values, 0, to, toRow * vocabSize(), values.length);
        }
    }

    @Override
    public void close() {
        ops.close();
        checkpoint.close();
    }
}
