package quire.ops.reference;

/** Sums of products in double; every call of one length adds in one order. */
final class DotProduct {

    private double[] products = {};

    /**
     * The sum of {@code a[aAt + i] * b[bAt + i]} over {@code n} elements. The products come first,
     * in a loop that the JIT compiler can vectorise, which a running sum forbids; four sums run
     * side by side, as one would wait for its own last addition at every element.
     */
    double of(float[] a, int aAt, float[] b, int bAt, int n) {
        if (products.length < n) {
            products = new double[n];
        }
        double[] p = products;
        for (int i = 0; i < n; i++) {
            p[i] = (double) a[aAt + i] * b[bAt + i];
        }
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 3 < n; i += 4) {
            s0 += p[i];
            s1 += p[i + 1];
            s2 += p[i + 2];
            s3 += p[i + 3];
        }
        for (; i < n; i++) {
            s0 += p[i];
        }
        return (s0 + s1) + (s2 + s3);
    }
}
