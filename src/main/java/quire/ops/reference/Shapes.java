package quire.ops.reference;

import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.KvCache;
import quire.ops.Matrix;

/** The checks that every operation makes of its arguments, and scratch that fits them. */
final class Shapes {

    private Shapes() {}

    static void check(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** {@code matrix} has {@code columns} columns and at least {@code rows} rows. */
    static void matrix(String name, Matrix matrix, int rows, int columns) {
        if (matrix.columns() != columns || matrix.rows() < rows) {
            throw new IllegalArgumentException(
                    name
                            + " is ["
                            + matrix.rows()
                            + ", "
                            + matrix.columns()
                            + "], needed are ["
                            + rows
                            + ", "
                            + columns
                            + "]");
        }
    }

    /** The qkv rows, the heads, the cache and the batch belong together. */
    static void attention(Matrix qkv, AttentionHeads heads, KvCache cache, int layer, Batch batch) {
        matrix("qkv", qkv, batch.numTokens(), heads.qkvWidth());
        cache.layout().require(layer, heads, batch);
    }

    /** {@code array}, or a new one, twice as long at least, where it is too short. */
    static float[] atLeast(float[] array, int length) {
        return array.length >= length ? array : new float[Math.max(length, 2 * array.length)];
    }
}
