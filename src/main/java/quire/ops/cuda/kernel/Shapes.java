package quire.ops.cuda.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.KvCache;
import quire.ops.Matrix;
import quire.ops.RopeTable;
import quire.tensor.DType;

/** The checks of the boundary: past them, kernels trust every size that they are given. */
final class Shapes {

    private Shapes() {}

    static void check(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** A matrix of that type with {@code columns} columns and at least {@code rows} rows. */
    static void matrix(String name, Matrix matrix, DType dtype, int rows, int columns) {
        if (matrix.dtype() != dtype
                || matrix.columns() != columns
                || matrix.rows() < rows
                || rows < 0) {
            throw new IllegalArgumentException(
                    name
                            + " is "
                            + matrix.dtype()
                            + " ["
                            + matrix.rows()
                            + ", "
                            + matrix.columns()
                            + "], needed is "
                            + dtype
                            + " ["
                            + rows
                            + ", "
                            + columns
                            + "]");
        }
    }

    /** A placed vector. */
    static void vector(String name, Matrix matrix, int columns) {
        matrix(name, matrix, DType.F32, 1, columns);
    }

    /** Every index lies in {@code [0, limit)}. */
    static void indices(String name, MemorySegment indices, int count, int limit) {
        for (int i = 0; i < count; i++) {
            index(name, indices.getAtIndex(ValueLayout.JAVA_INT, i), limit);
        }
    }

    /** The index lies in {@code [0, limit)}. */
    static void index(String name, int index, int limit) {
        if (index < 0 || index >= limit) {
            throw new IllegalArgumentException(
                    name + " " + index + " is outside of [0, " + limit + ")");
        }
    }

    /** The qkv rows, the heads, the cache and the batch belong together. */
    static void attention(
            Matrix qkv,
            NumberFormat format,
            AttentionHeads heads,
            KvCache cache,
            int layer,
            Batch batch) {
        matrix("qkv", qkv, format.dtype(), batch.numTokens(), heads.qkvWidth());
        cache.layout().require(layer, heads, batch);
    }

    static void rope(AttentionHeads heads, RopeTable rope, Batch batch) {
        check(
                rope.rotaryDim() > 0
                        && rope.rotaryDim() % 2 == 0
                        && rope.rotaryDim() <= heads.headDim(),
                "a head cannot rotate that many elements");
        matrix("cosSin", rope.cosSin(), DType.F32, batch.greatestPosition() + 1, rope.rotaryDim());
        if (heads.norms().isPresent()) {
            vector("query norm", heads.norms().get().query(), heads.headDim());
            vector("key norm", heads.norms().get().key(), heads.headDim());
        }
    }
}
