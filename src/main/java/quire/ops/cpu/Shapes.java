package quire.ops.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.KvCache;
import quire.ops.Matrix;
import quire.ops.RopeTable;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** The checks of the boundary: past them, the kernels trust every size that they are given. */
final class Shapes {

    private Shapes() {}

    static void check(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** An activation of {@code columns} columns and at least {@code rows} rows. */
    static void activation(String name, Matrix matrix, int rows, int columns) {
        if (matrix.dtype() != DType.F32
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
                            + "], needed is F32 ["
                            + rows
                            + ", "
                            + columns
                            + "]");
        }
    }

    /** A placed vector. */
    static void vector(String name, Matrix matrix, int columns) {
        activation(name, matrix, 1, columns);
    }

    /** Whole rows of one type and width that fit where they go. */
    static void upload(Matrix to, int firstRow, Tensor from) {
        check(
                from.dtype() == to.dtype() && from.columns() == to.columns(),
                "an upload has the type and columns of the matrix");
        check(
                firstRow >= 0 && from.rows() <= to.rows() - firstRow,
                "an upload ends with the matrix");
    }

    /** A type that the kernels read as it is stored. */
    static boolean isKernelType(DType dtype) {
        return switch (dtype) {
            case F32, F16, BF16, Q8_0, Q4_0, Q4_1 -> true;
            case I32, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4 -> false;
        };
    }

    /** Number of a type in {@code quire_cpu.h}. */
    static int code(DType dtype) {
        return switch (dtype) {
            case F32 -> 0;
            case F16 -> 1;
            case BF16 -> 2;
            case Q8_0 -> 3;
            case Q4_0 -> 4;
            case Q4_1 -> 5;
            case I32, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4 ->
                    throw new IllegalArgumentException(
                            "no kernel reads " + dtype + "; placing converts it");
        };
    }

    /** Every index lies in {@code [0, limit)}. */
    static void indices(String name, MemorySegment indices, int count, int limit) {
        for (int i = 0; i < count; i++) {
            int index = indices.getAtIndex(ValueLayout.JAVA_INT, i);
            if (index < 0 || index >= limit) {
                throw new IllegalArgumentException(
                        name + " " + index + " is outside of [0, " + limit + ")");
            }
        }
    }

    /** The qkv rows, the heads, the cache and the batch belong together. */
    static void attention(Matrix qkv, AttentionHeads heads, KvCache cache, int layer, Batch batch) {
        activation("qkv", qkv, batch.numTokens(), heads.qkvWidth());
        cache.layout().require(layer, heads, batch);
    }

    static void rope(AttentionHeads heads, RopeTable rope, Batch batch) {
        check(
                rope.rotaryDim() > 0
                        && rope.rotaryDim() % 2 == 0
                        && rope.rotaryDim() <= heads.headDim(),
                "a head cannot rotate that many elements");
        activation("cosSin", rope.cosSin(), batch.greatestPosition() + 1, rope.rotaryDim());
        if (heads.norms().isPresent()) {
            vector("query norm", heads.norms().get().query(), heads.headDim());
            vector("key norm", heads.norms().get().key(), heads.headDim());
        }
    }
}
