package quire.ops.reference;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.Footprint;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.MemoryBudget;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.ops.StopFlag;
import quire.ops.Table;
import quire.tensor.BlockDecoder;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * The operations as their definitions read, one row after the other on the calling thread.
 *
 * <p>Activations are F32 unless it is told otherwise; every sum is kept in double and rounded once,
 * so a result is the float next to the true one save in the rarest cases. Weights are read in the
 * checkpoint's own type and memory, whatever that type is. Scratch arrays grow to the largest call
 * seen and are kept.
 */
public final class ReferenceOps implements Ops {

    private final Arena arena = Arena.ofShared();
    private final ReferenceMemory memory = new ReferenceMemory(arena);
    private final StopFlag stop = new StopFlag();
    private final ReferenceFootprint footprint;
    private final ReferenceAttention attention;
    private final MatrixProduct product;
    private float[] inputs = {};
    private float[] row = {};

    /** With activations in F32, as the CPU has them. */
    public ReferenceOps() {
        this(DType.F32);
    }

    /**
     * With activations that are rounded where a device rounds that keeps them in so few bits.
     *
     * @param activations F32, BF16 or F16
     */
    public ReferenceOps(DType activations) {
        footprint = new ReferenceFootprint(activations);
        attention = new ReferenceAttention(stop, activations);
        product = new MatrixProduct(stop, activations);
    }

    @Override
    public String name() {
        return "reference (plain Java)";
    }

    @Override
    public Footprint footprint() {
        return footprint;
    }

    @Override
    public MemoryBudget memory() {
        return MemoryBudget.ofHost();
    }

    @Override
    public Matrix allocate(DType dtype, int rows, int columns) {
        return new ReferenceMatrix(memory.matrix(dtype, rows, columns));
    }

    @Override
    public void upload(Matrix to, int firstRow, Tensor from) {
        Tensor rows = ReferenceMatrix.host(to);
        Shapes.check(
                from.dtype() == rows.dtype() && from.columns() == rows.columns(),
                "an upload has the type and columns of the matrix");
        Shapes.check(
                firstRow >= 0 && from.rows() <= rows.rows() - firstRow,
                "an upload ends with the matrix");
        rows.slice(firstRow, firstRow + from.rows()).data().copyFrom(from.data());
    }

    @Override
    public Batch allocateBatch(BatchLimits limits) {
        return new Batch(limits, memory.allocate(Batch.bytes(limits)));
    }

    @Override
    public KvCache allocateKvCache(KvCacheLayout layout) {
        return memory.kvCache(layout);
    }

    @Override
    public Linear placeLinear(List<LinearPart> parts) {
        List<LinearPart> placed =
                parts.stream()
                        .map(part -> new LinearPart(part.weight(), part.bias().map(this::f32)))
                        .toList();
        return new ReferenceLinear(placed, LinearPart.inputs(parts), LinearPart.outputs(parts));
    }

    @Override
    public Table placeTable(Tensor checkpoint) {
        return new ReferenceTable(checkpoint);
    }

    @Override
    public Linear placeTiedHead(Table table, Tensor checkpoint) {
        return placeLinear(
                List.of(new LinearPart(ReferenceTable.of(table).stored(), Optional.empty())));
    }

    @Override
    public Matrix placeVector(Tensor checkpoint) {
        return new ReferenceMatrix(f32(checkpoint));
    }

    private Tensor f32(Tensor stored) {
        return BlockDecoder.toF32(stored, (bytes, alignment) -> memory.allocate(bytes));
    }

    @Override
    public void begin(Batch batch) {
        Shapes.check(batch.numTokens() > 0, "a step has at least one token");
    }

    @Override
    public void embed(Matrix out, Table placed, Batch batch) {
        Tensor table = ReferenceTable.of(placed).stored();
        Shapes.matrix("out", out, batch.numTokens(), table.columns());
        row = Shapes.atLeast(row, table.columns());
        for (int t = 0; t < batch.numTokens(); t++) {
            int id = batch.tokenIds().getAtIndex(ValueLayout.JAVA_INT, t);
            Shapes.check(id >= 0 && id < table.rows(), "token id " + id + " is outside the table");
            Rows.read(table, id, row, 0);
            Rows.write(out, t, row, 0);
        }
    }

    @Override
    public void rmsNorm(Matrix out, Matrix x, Matrix weight, float eps, int numRows) {
        Shapes.matrix("x", x, numRows, weight.columns());
        Shapes.matrix("out", out, numRows, weight.columns());
        inputs = Shapes.atLeast(inputs, weight.columns());
        row = Shapes.atLeast(row, weight.columns());
        Rows.read(weight, 0, inputs, 0);
        for (int r = 0; r < numRows; r++) {
            Rows.read(x, r, row, 0);
            normalise(row, 0, inputs, weight.columns(), eps);
            Rows.write(out, r, row, 0);
        }
    }

    @Override
    public void addRmsNorm(
            Matrix out, Matrix residual, Matrix x, Matrix weight, float eps, int numRows) {
        Shapes.matrix("residual", residual, numRows, x.columns());
        Shapes.matrix("x", x, numRows, weight.columns());
        inputs = Shapes.atLeast(inputs, x.columns());
        row = Shapes.atLeast(row, x.columns());
        for (int r = 0; r < numRows; r++) {
            Rows.read(residual, r, row, 0);
            Rows.read(x, r, inputs, 0);
            for (int i = 0; i < x.columns(); i++) {
                row[i] += inputs[i];
            }
            Rows.write(residual, r, row, 0);
        }
        rmsNorm(out, residual, weight, eps, numRows);
    }

    /** {@code x / sqrt(mean(x^2) + eps) * weight} in place over {@code n} elements. */
    static void normalise(float[] x, int at, float[] weight, int n, float eps) {
        double squares = 0;
        for (int i = 0; i < n; i++) {
            squares += (double) x[at + i] * x[at + i];
        }
        double scale = 1 / Math.sqrt(squares / n + eps);
        for (int i = 0; i < n; i++) {
            x[at + i] = (float) (x[at + i] * scale * weight[i]);
        }
    }

    @Override
    public void linear(Matrix out, Matrix x, Linear linear, int numRows) {
        product.write(out, x, linear, numRows, false);
    }

    /** Where activations are narrower than sums, adds before it rounds, as devices do. */
    @Override
    public void linearAddRmsNorm(
            Matrix out,
            Matrix residual,
            Matrix x,
            Linear linear,
            Matrix norm,
            float eps,
            int numRows) {
        if (activationType() == DType.F32) {
            Ops.super.linearAddRmsNorm(out, residual, x, linear, norm, eps, numRows);
            return;
        }
        product.write(residual, x, linear, numRows, true);
        rmsNorm(out, residual, norm, eps, numRows);
    }

    @Override
    public void ropeAndStore(
            Matrix qkv,
            AttentionHeads heads,
            RopeTable rope,
            KvCache cache,
            int layer,
            Batch batch) {
        Shapes.attention(qkv, heads, cache, layer, batch);
        attention.ropeAndStore(qkv, heads, rope, cache, layer, batch);
    }

    @Override
    public void attention(
            Matrix out, Matrix qkv, AttentionHeads heads, KvCache cache, int layer, Batch batch) {
        Shapes.attention(qkv, heads, cache, layer, batch);
        Shapes.matrix("out", out, batch.numTokens(), heads.numHeads() * heads.headDim());
        attention.attention(out, qkv, heads, cache, layer, batch);
    }

    @Override
    public void siluAndMul(Matrix out, Matrix gateUp, int numRows) {
        int width = gateUp.columns() / 2;
        Shapes.check(gateUp.columns() % 2 == 0, "gate and up are equally wide");
        Shapes.matrix("gateUp", gateUp, numRows, gateUp.columns());
        Shapes.matrix("out", out, numRows, width);
        row = Shapes.atLeast(row, gateUp.columns());
        for (int r = 0; r < numRows; r++) {
            Rows.read(gateUp, r, row, 0);
            for (int i = 0; i < width; i++) {
                double gate = row[i];
                row[i] = (float) (gate / (1 + Math.exp(-gate)) * row[width + i]);
            }
            Rows.write(out, r, row, 0);
        }
    }

    @Override
    public void gatherLogitRows(Matrix out, Matrix x, Batch batch) {
        Shapes.matrix("x", x, batch.numTokens(), x.columns());
        Shapes.matrix("out", out, batch.numLogitRows(), x.columns());
        row = Shapes.atLeast(row, x.columns());
        for (int i = 0; i < batch.numLogitRows(); i++) {
            Rows.read(x, batch.logitRows().getAtIndex(ValueLayout.JAVA_INT, i), row, 0);
            Rows.write(out, i, row, 0);
        }
    }

    @Override
    public void argmax(Matrix out, Matrix x, int numRows) {
        Shapes.matrix("x", x, numRows, x.columns());
        Shapes.check(
                out.dtype() == DType.I32 && out.columns() >= numRows,
                "argmax of " + numRows + " rows needs as many I32");
        row = Shapes.atLeast(row, x.columns());
        for (int r = 0; r < numRows; r++) {
            Rows.read(x, r, row, 0);
            int best = -1;
            for (int i = 0; i < x.columns(); i++) {
                if (!Float.isNaN(row[i]) && (best < 0 || row[i] > row[best])) {
                    best = i;
                }
            }
            ReferenceMatrix.host(out).data().setAtIndex(ValueLayout.JAVA_INT, r, best);
        }
    }

    @Override
    public Tensor host(Matrix x, int numRows) {
        return ReferenceMatrix.host(x);
    }

    @Override
    public void stop() {
        stop.raise();
    }

    @Override
    public void resume() {
        stop.lower();
    }

    @Override
    public void close() {
        arena.close();
    }
}
