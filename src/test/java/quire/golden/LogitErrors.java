package quire.golden;

import java.util.Arrays;

/** How far logits are from what is expected, in standard deviations of those expected. */
public final class LogitErrors {

    private double[] errors = new double[1024];
    private int size;
    private boolean sorted;

    /** The standard deviation of some logits: the unit of every tolerance. */
    public static double spread(float[] logits) {
        double sum = 0;
        double squares = 0;
        for (float value : logits) {
            sum += value;
            squares += (double) value * value;
        }
        double mean = sum / logits.length;
        return Math.sqrt(squares / logits.length - mean * mean);
    }

    /** Adds the logits of one prompt; NaN counts as infinitely far. */
    public void add(float[] expected, float[] actual) {
        if (expected.length != actual.length) {
            throw new IllegalArgumentException(actual.length + " logits of " + expected.length);
        }
        double spread = spread(expected);
        errors = Arrays.copyOf(errors, Math.max(errors.length, size + expected.length));
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs((double) actual[i] - expected[i]) / spread;
            errors[size++] = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
        }
        sorted = false;
    }

    /** The least bound that this share of all errors keeps, 1 for the worst. */
    public double bound(double share) {
        if (!sorted) {
            errors = Arrays.copyOf(errors, size);
            Arrays.sort(errors);
            sorted = true;
        }
        return errors[Math.max(0, (int) Math.ceil(share * size) - 1)];
    }
}
