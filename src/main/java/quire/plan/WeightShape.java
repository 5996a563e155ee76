package quire.plan;

import java.util.List;

/**
 * Weights of a model that are alike.
 *
 * @param count how many there are
 * @param outputs rows of a matrix, part by part where several share their input and lie together;
 *     the length of a vector
 * @param inputs columns; 1 for a vector
 * @param bias whether each output has one
 */
record WeightShape(Kind kind, long count, List<Integer> outputs, int inputs, boolean bias) {

    /** What a weight is, as far as it decides how it may be kept. */
    enum Kind {
        /** The embedding. */
        TABLE,
        /** The output projection. */
        HEAD,
        /** A matrix of attention. */
        ATTENTION,
        /** One of what a layer does to each token by itself. */
        MLP,
        /** One of an expert; these three are what quantisation is for, some of it of one alone. */
        EXPERT,
        /** A matrix that stays in 16 bits: what chooses experts, what looks at pictures. */
        PLAIN,
        /** A norm. */
        VECTOR
    }

    WeightShape {
        outputs = List.copyOf(outputs);
    }

    static WeightShape vector(long count, int length) {
        return new WeightShape(Kind.VECTOR, count, List.of(length), 1, false);
    }

    static WeightShape matrix(Kind kind, int outputs, int inputs) {
        return new WeightShape(kind, 1, List.of(outputs), inputs, false);
    }

    static WeightShape attention(boolean bias, int inputs, Integer... outputs) {
        return new WeightShape(Kind.ATTENTION, 1, List.of(outputs), inputs, bias);
    }

    static WeightShape linear(boolean bias, int inputs, Integer... outputs) {
        return new WeightShape(Kind.MLP, 1, List.of(outputs), inputs, bias);
    }

    WeightShape ofKind(Kind other) {
        return new WeightShape(other, count, outputs, inputs, bias);
    }

    WeightShape times(long factor) {
        return new WeightShape(kind, Math.multiplyExact(count, factor), outputs, inputs, bias);
    }

    /** The part of one of {@code gpus}, as large by rows as it would be by columns. */
    WeightShape shard(int gpus) {
        List<Integer> rows = outputs.stream().map(each -> Math.ceilDiv(each, gpus)).toList();
        return new WeightShape(kind, count, rows, inputs, bias);
    }

    /** Numbers in all of them. */
    long numParameters() {
        long rows = outputs.stream().mapToLong(Integer::longValue).sum();
        long each = Math.multiplyExact(rows, inputs + (bias ? 1L : 0L));
        return Math.multiplyExact(count, each);
    }
}
