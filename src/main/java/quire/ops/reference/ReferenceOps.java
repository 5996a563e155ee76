package quire.ops.reference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.ops.StopFlag;
import quire.ops.Table;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * The operations as their definitions read, one row after the other on the calling thread.
 *
 * <p>Activations are F32; every sum is kept in double and rounded once, so a result is the float
 * next to the true one save in the rarest cases. Weights are read in the checkpoint's own type and
 * memory, whatever that type is. Scratch arrays grow to the largest call seen and are kept.
 */
public final class ReferenceOps implements Ops {

    private static final long ALIGNMENT = 64;

    private final Arena arena = Arena.ofShared();
    private final StopFlag stop = new StopFlag();
    private final ReferenceAttention attention = new ReferenceAttention(stop);
    private final DotProduct dot = new DotProduct();
    private float[] inputs = {};
    private float[] row = {};

    @Override
    public String name() {
        return "reference (plain Java)";
    }

    @Override
    public DType activationType() {
        return DType.F32;
    }

    @Override
    public Tensor allocate(DType dtype, int rows, int columns) {
        long bytes = Math.multiplyExact((long) rows, dtype.rowBytes(columns));
        MemorySegment memory = arena.allocate(Math.max(bytes, 1), ALIGNMENT);
        return new Tensor(dtype, rows, columns, memory.asSlice(0, bytes));
    }

    @Override
    public KvCache allocateKvCache(KvCacheLayout layout) {
        int rows = Math.multiplyExact(layout.numBlocks() * layout.blockSize(), layout.numKvHeads());
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        for (int layer = 0; layer < layout.numLayers(); layer++) {
            keys.add(allocate(layout.dtype(), rows, layout.headDim()));
            values.add(allocate(layout.dtype(), rows, layout.headDim()));
        }
        return new KvCache(layout, keys, values);
    }

    @Override
    public Linear placeLinear(List<LinearPart> parts) {
        List<LinearPart> placed =
                parts.stream()
                        .map(
                                part ->
                                        new LinearPart(
                                                part.weight(), part.bias().map(this::placeVector)))
                        .toList();
        return new ReferenceLinear(placed, LinearPart.inputs(parts), LinearPart.outputs(parts));
    }

    @Override
    public long linearBytes(List<LinearPart> parts) {
        long bytes = 0;
        for (LinearPart part : parts) {
            bytes += part.weight().data().byteSize();
            bytes += part.bias().map(bias -> DType.F32.rowBytes(bias.columns())).orElse(0L);
        }
        return bytes;
    }

    @Override
    public Table placeTable(Tensor checkpoint) {
        return new ReferenceTable(checkpoint);
    }

    @Override
    public long tableBytes(Tensor checkpoint) {
        return checkpoint.data().byteSize();
    }

    @Override
    public Linear placeTiedHead(Table table, Tensor checkpoint) {
        return placeLinear(
                List.of(new LinearPart(ReferenceTable.of(table).stored(), Optional.empty())));
    }

    @Override
    public long tiedHeadBytes(Tensor checkpoint) {
        return 0;
    }

    @Override
    public Tensor placeVector(Tensor checkpoint) {
        Tensor placed = allocate(DType.F32, checkpoint.rows(), checkpoint.columns());
        float[] values = new float[checkpoint.columns()];
        for (int r = 0; r < checkpoint.rows(); r++) {
            Rows.read(checkpoint, r, values, 0);
            Rows.write(placed, r, values, 0);
        }
        return placed;
    }

    @Override
    public void begin(Batch batch) {
        Shapes.check(batch.numTokens() > 0, "a step has at least one token");
    }

    @Override
    public void embed(Tensor out, Table placed, Batch batch) {
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
    public void rmsNorm(Tensor out, Tensor x, Tensor weight, float eps, int numRows) {
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
            Tensor out, Tensor residual, Tensor x, Tensor weight, float eps, int numRows) {
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
    public void linear(Tensor out, Tensor x, Linear linear, int numRows) {
        Shapes.matrix("x", x, numRows, linear.inputs());
        Shapes.matrix("out", out, numRows, linear.outputs());
        int width = linear.inputs();
        inputs = Shapes.atLeast(inputs, Math.multiplyExact(numRows, width));
        row = Shapes.atLeast(row, width);
        for (int r = 0; r < numRows; r++) {
            Rows.read(x, r, inputs, r * width);
        }
        int column = 0;
        for (LinearPart part : ReferenceLinear.of(linear).parts()) {
            for (int o = 0; o < part.weight().rows(); o++, column++) {
                stop.check();
                // A weight row is decoded once and meets every token, as it is the costly part.
                Rows.read(part.weight(), o, row, 0);
                double bias = part.bias().isPresent() ? Rows.element(part.bias().get(), o) : 0;
                for (int r = 0; r < numRows; r++) {
                    double sum = dot.of(inputs, r * width, row, 0, width) + bias;
                    Rows.set(out, r, column, (float) sum);
                }
            }
        }
    }

    @Override
    public void ropeAndStore(
            Tensor qkv,
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
            Tensor out, Tensor qkv, AttentionHeads heads, KvCache cache, int layer, Batch batch) {
        Shapes.attention(qkv, heads, cache, layer, batch);
        Shapes.matrix("out", out, batch.numTokens(), heads.numHeads() * heads.headDim());
        attention.attention(out, qkv, heads, cache, layer, batch);
    }

    @Override
    public void siluAndMul(Tensor out, Tensor gateUp, int numRows) {
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
    public void gatherLogitRows(Tensor out, Tensor x, Batch batch) {
        Shapes.matrix("x", x, batch.numTokens(), x.columns());
        Shapes.matrix("out", out, batch.numLogitRows(), x.columns());
        row = Shapes.atLeast(row, x.columns());
        for (int i = 0; i < batch.numLogitRows(); i++) {
            Rows.read(x, batch.logitRows().getAtIndex(ValueLayout.JAVA_INT, i), row, 0);
            Rows.write(out, i, row, 0);
        }
    }

    @Override
    public void argmax(Tensor out, Tensor x, int numRows) {
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
            out.data().setAtIndex(ValueLayout.JAVA_INT, r, best);
        }
    }

    @Override
    public Tensor host(Tensor x, int numRows) {
        return x;
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
