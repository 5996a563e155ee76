package quire.ops;

import java.util.List;
import java.util.Optional;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * What a backend computes: about fifteen operations over matrices whose rows are the tokens of a
 * {@link Batch}.
 *
 * <p>Two kinds of matrix keep two kinds of memory apart: a {@link Tensor} is the host's, a {@link
 * Matrix} the backend's. Activations are row-major {@code [numTokens, width]} of {@link
 * #activationType()}, logits F32 whatever that is; a matrix may have more rows than the batch has
 * tokens, rows past {@code numTokens} are neither read nor written. What another backend made is
 * refused. Calls may be queued: results are visible to the host after {@link #host}. Outputs never
 * overlap inputs unless a method says so. Nothing is allocated per call.
 *
 * <p><b>Determinism.</b> A row's result is the same bits whatever other rows the call has and
 * wherever in the batch the row stands: every reduction has one order, fixed by the row alone. A
 * backend of a card can be told to choose by speed instead.
 *
 * <p>One thread, the {@code quire-engine} thread, makes all calls; allocating and placing may be
 * done by a loading thread before it starts. Shapes are checked and wrong ones are {@link
 * IllegalArgumentException}s: they are our defects, not a user's.
 */
public interface Ops extends AutoCloseable {

    /** Backend and tier, as the log shows it: {@code "cpu (avx512)"}. */
    String name();

    /** What it takes of its memory. */
    Footprint footprint();

    /** Type of activations: F32 on the CPU. */
    default DType activationType() {
        return footprint().activationType();
    }

    /**
     * Steps that may be under way at once. With one, a step is computed when its tokens are taken,
     * before the next begins. With more, the next is begun while they are still on their way, and
     * its batch has {@linkplain Batch#addPendingToken pending tokens}, which the backend reads
     * where its {@link TokenSampler} left them.
     */
    default int stepsInFlight() {
        return footprint().stepsInFlight();
    }

    /** How much memory there is for everything below, now. */
    MemoryBudget memory();

    /** A zeroed matrix that lives until {@link #close}. */
    Matrix allocate(DType dtype, int rows, int columns);

    /**
     * Writes whole rows; {@code from} may be changed as soon as this returns.
     *
     * @param from of the matrix' type and columns, on or off the heap
     */
    void upload(Matrix to, int firstRow, Tensor from);

    /**
     * An empty batch in memory that this backend reads quickly; it lives until {@link #close}. A
     * step in flight needs one of its own.
     */
    Batch allocateBatch(BatchLimits limits);

    /**
     * What stands against a KV cache of that shape and type, or a vocabulary of that size, as a
     * clause that names the settings that help; empty where nothing does.
     */
    default Optional<String> objection(KvCacheLayout layout, int vocabSize) {
        return Optional.empty();
    }

    /**
     * A zeroed KV cache that lives until {@link #close}.
     *
     * @throws IllegalArgumentException if there is an {@link #objection}
     */
    KvCache allocateKvCache(KvCacheLayout layout);

    /**
     * Places a linear layer, whose output columns are those of its parts, one after the other. The
     * backend keeps it as its kernels want it: in the checkpoint's own memory, copied, converted or
     * rearranged. The checkpoint stays mapped as long as this backend lives.
     *
     * @param parts one or more in the checkpoint's memory, of one number of columns
     * @throws quire.error.UnavailableException if the thread is interrupted meanwhile
     */
    Linear placeLinear(List<LinearPart> parts);

    /**
     * Places an embedding table {@code [vocab, hidden]}, as {@link #placeLinear} does a layer.
     *
     * @throws quire.error.UnavailableException if the thread is interrupted meanwhile
     */
    Table placeTable(Tensor checkpoint);

    /**
     * The output projection of a model that is tied to its embeddings: a linear layer of the
     * table's weights, in the table's memory.
     *
     * @param table placed from {@code checkpoint}
     */
    Linear placeTiedHead(Table table, Tensor checkpoint);

    /** Makes a checkpoint's vector (norm weight, bias) usable: a copy in F32. */
    Matrix placeVector(Tensor checkpoint);

    /**
     * What a model needs is placed and uploaded: gives back what only helped with that. More may be
     * placed afterwards.
     */
    default void finishPlacing() {}

    /** Called once before the operations of a step; an accelerator copies the batch over. */
    void begin(Batch batch);

    /**
     * Work that does the same as the given one. A backend for which each operation costs the host a
     * call may record those of a step and play them back for others of its shape.
     */
    default StepWork repeated(StepWork work) {
        return work;
    }

    /** {@code out[t] = table[tokenIds[t]]}, {@code [numTokens, table.columns()]}. */
    void embed(Matrix out, Table table, Batch batch);

    /** {@code out = x / sqrt(mean(x^2) + eps) * weight}, row by row; out may be x. */
    void rmsNorm(Matrix out, Matrix x, Matrix weight, float eps, int numRows);

    /** {@code residual += x; out = rmsNorm(residual)}; out may be x. */
    void addRmsNorm(Matrix out, Matrix residual, Matrix x, Matrix weight, float eps, int numRows);

    /**
     * {@code out = x * weight^T + bias}; shapes {@code [rows, linear.outputs()]}, {@code [rows,
     * linear.inputs()]}. For logits, {@code out} is F32 whatever the activations are.
     */
    void linear(Matrix out, Matrix x, Linear linear, int numRows);

    /**
     * Normalises (where the model does), rotates and stores: q and k heads of {@code qkv} go
     * through {@code heads.qNorm/kNorm} and RoPE at their token's position, in place; k and v heads
     * are written to the cache at their token's slot.
     *
     * @param qkv {@code [numTokens, (numHeads + 2 * numKvHeads) * headDim]}: q heads, k heads, v
     *     heads
     */
    void ropeAndStore(
            Matrix qkv,
            AttentionHeads heads,
            RopeTable rope,
            KvCache cache,
            int layer,
            Batch batch);

    /**
     * Causal attention of every token over its own sequence's cache, prefill and decode mixed.
     *
     * @param out {@code [numTokens, numHeads * headDim]}
     * @param qkv as {@link #ropeAndStore} left it; only the q heads are read
     */
    void attention(
            Matrix out, Matrix qkv, AttentionHeads heads, KvCache cache, int layer, Batch batch);

    /**
     * {@link #linear} into {@code qkv}, then {@link #ropeAndStore}: what a layer does before
     * attention. A backend may make one operation of it.
     *
     * @param x {@code [numTokens, linear.inputs()]}
     */
    default void linearRopeAndStore(
            Matrix qkv,
            Matrix x,
            Linear linear,
            AttentionHeads heads,
            RopeTable rope,
            KvCache cache,
            int layer,
            Batch batch) {
        linear(qkv, x, linear, batch.numTokens());
        ropeAndStore(qkv, heads, rope, cache, layer, batch);
    }

    /**
     * {@code residual += x * weight^T + bias; out = rmsNorm(residual)}: what ends both halves of a
     * layer. A backend may make one operation of it; {@code out} also serves for what is between.
     *
     * @param norm weight of the norm that follows
     */
    default void linearAddRmsNorm(
            Matrix out,
            Matrix residual,
            Matrix x,
            Linear linear,
            Matrix norm,
            float eps,
            int numRows) {
        linear(out, x, linear, numRows);
        addRmsNorm(out, residual, out, norm, eps, numRows);
    }

    /**
     * {@code out = silu(gate) * up}; gateUp is {@code [rows, 2 * width]}: gate columns, then up
     * columns.
     */
    void siluAndMul(Matrix out, Matrix gateUp, int numRows);

    /** {@code out[i] = x[batch.logitRows[i]]} for the rows whose logits are wanted. */
    void gatherLogitRows(Matrix out, Matrix x, Batch batch);

    /**
     * Column of the greatest logit of each row, the lowest such column on a tie: {@code x} is F32,
     * {@code out} I32 {@code [1, capacity]}. NaN never wins; a row of NaN gives -1.
     */
    void argmax(Matrix out, Matrix x, int numRows);

    /**
     * Chooses tokens from logits by the rules of sequences. What is sampled where, and where it is
     * remembered, is the backend's affair, if only the tokens are the same.
     *
     * @param vocabSize logits of a row
     * @param maxRows rows of the largest step, and one more than the greatest slot
     */
    default TokenSampler allocateSampler(int vocabSize, int maxRows) {
        return new HostSampler(this, vocabSize, maxRows, 1);
    }

    /**
     * Waits for everything queued and makes rows readable by the host, without garbage.
     *
     * @return a matrix of host memory that begins with the first {@code numRows} rows of {@code x}
     *     and may go on behind them; valid until the next call that writes {@code x}
     */
    Tensor host(Matrix x, int numRows);

    /**
     * Makes the operation that runs and those to come end soon, until {@link #resume}: each either
     * writes its whole result or throws {@link StoppedException}, and the long ones, {@link
     * #linear} and {@link #attention}, do not go on for long. Any thread; does nothing to a closed
     * backend.
     */
    void stop();

    /** Takes {@link #stop} back; on the thread that computes, between two operations. */
    void resume();

    /**
     * Frees everything this backend allocated and ends its threads. No operation runs any more, and
     * none is called later.
     */
    @Override
    void close();
}
