package quire.ops.reference;

import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.StopFlag;
import quire.tensor.DType;

/**
 * Products with placed weights, whose sums are kept in double and rounded once. Where activations
 * are narrower than F32, weights are rounded to their type first, as a device keeps them.
 */
final class MatrixProduct {

    private final StopFlag stop;
    private final DType activations;
    private final DotProduct dot = new DotProduct();
    private float[] inputs = {};
    private float[] weights = {};

    MatrixProduct(StopFlag stop, DType activations) {
        this.stop = stop;
        this.activations = activations;
    }

    /**
     * {@code out = x * weight^T + bias}, row by row.
     *
     * @param add whether what {@code out} holds is added before the sum is rounded
     */
    void write(Matrix out, Matrix x, Linear linear, int numRows, boolean add) {
        Shapes.matrix("x", x, numRows, linear.inputs());
        Shapes.matrix("out", out, numRows, linear.outputs());
        int width = linear.inputs();
        inputs = Shapes.atLeast(inputs, Math.multiplyExact(numRows, width));
        weights = Shapes.atLeast(weights, width);
        for (int r = 0; r < numRows; r++) {
            Rows.read(x, r, inputs, r * width);
        }
        int column = 0;
        for (LinearPart part : ReferenceLinear.of(linear).parts()) {
            for (int o = 0; o < part.weight().rows(); o++, column++) {
                stop.check();
                // A weight row is decoded once and meets every token, as it is the costly part.
                Rows.read(part.weight(), o, weights, 0);
                Rows.round(weights, width, activations);
                double bias = part.bias().isPresent() ? Rows.element(part.bias().get(), o) : 0;
                for (int r = 0; r < numRows; r++) {
                    double sum = dot.of(inputs, r * width, weights, 0, width) + bias;
                    if (add) {
                        sum += Rows.element(out, r, column);
                    }
                    Rows.set(out, r, column, (float) sum);
                }
            }
        }
    }
}
