package quire.gpu;

import java.util.ArrayList;
import java.util.List;

/**
 * A model of how a tensor core adds sixteen products to a number. Products of two bfloat16 numbers
 * are exact in a double.
 *
 * @param group products that are added at once; 1 adds one after the other
 * @param extraBits bits kept below the 24 of the greatest term when a group is aligned; -1 for
 *     rounding each sum to a float
 * @param truncates whether a group's sum is cut to a float instead of rounded to the nearest
 * @param byFactors whether a product counts as great as its factors' exponents say, though it may
 *     be twice as great
 */
record SumModel(int group, int extraBits, boolean truncates, boolean byFactors) {
    static List<SumModel> all() {
        List<SumModel> models = new ArrayList<>();
        models.add(new SumModel(1, -1, false, false));
        for (int group : new int[] {4, 8, 16}) {
            for (int extraBits = 0; extraBits <= 3; extraBits++) {
                for (boolean byFactors : new boolean[] {false, true}) {
                    models.add(new SumModel(group, extraBits, true, byFactors));
                    models.add(new SumModel(group, extraBits, false, byFactors));
                }
            }
        }
        return models;
    }

    float sum(short[] a, int atA, short[] b, int atB, float c) {
        float sum = c;
        double[] terms = new double[group + 1];
        for (int i = 0; i < 16; i += group) {
            terms[0] = sum;
            int greatest = exponent(sum);
            for (int j = 0; j < group; j++) {
                float x = Bf16.value(a[atA + i + j]);
                float y = Bf16.value(b[atB + i + j]);
                terms[j + 1] = (double) x * y;
                greatest =
                        Math.max(
                                greatest,
                                byFactors ? exponent(x) + exponent(y) : exponent(terms[j + 1]));
            }
            sum = extraBits < 0 ? inOrder(terms) : aligned(terms, greatest);
        }
        return sum;
    }

    /** Of zero, one that no sum of two others reaches. */
    private static int exponent(double value) {
        return value == 0 ? -1000 : Math.getExponent(value);
    }

    private static float inOrder(double[] terms) {
        float sum = (float) terms[0];
        for (int i = 1; i < terms.length; i++) {
            sum = (float) (sum + terms[i]);
        }
        return sum;
    }

    /** Every term is cut to the place of the greatest one's last bits, then the sum is exact. */
    private float aligned(double[] terms, int greatest) {
        if (greatest < -500) {
            return 0;
        }
        double place = Math.scalb(1.0, greatest - 23 - extraBits);
        long sum = 0;
        for (double term : terms) {
            sum += (long) (term / place);
        }
        double exact = sum * place;
        float nearest = (float) exact;
        if (truncates && Math.abs((double) nearest) > Math.abs(exact)) {
            return exact > 0 ? Math.nextDown(nearest) : Math.nextUp(nearest);
        }
        return nearest;
    }

    @Override
    public String toString() {
        return extraBits < 0
                ? "one after the other, rounded"
                : group
                        + " at once, "
                        + extraBits
                        + " bits more"
                        + (byFactors ? " by factors, " : ", ")
                        + (truncates ? "cut" : "rounded");
    }
}
