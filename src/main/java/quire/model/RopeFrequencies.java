package quire.model;

import java.lang.foreign.MemorySegment;
import java.util.List;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * Angles of rotary embedding, in float32 where Hugging Face transformers computes in float32
 * ({@code modeling_rope_utils.py}), because models were trained with what that rounds to.
 *
 * @param inverse radians per position of each pair, {@code [rotaryDim / 2]}
 * @param attentionFactor multiplies cosines and sines
 */
record RopeFrequencies(float[] inverse, float attentionFactor) {

    /** Rows of the table that are built on the heap before they are uploaded. */
    private static final int UPLOADED_ROWS = 1024;

    /**
     * @param maxModelLength the longest sequence that the engine takes; LongRoPE depends on it
     */
    static RopeFrequencies of(RopeConfig rope, int maxModelLength) {
        float[] unscaled = new float[rope.rotaryDim() / 2];
        for (int i = 0; i < unscaled.length; i++) {
            unscaled[i] = 1 / wavelength(rope, i);
        }
        return switch (rope.scaling()) {
            case RopeScaling.None none -> new RopeFrequencies(unscaled, 1);
            case RopeScaling.Linear linear ->
                    new RopeFrequencies(linear(unscaled, (float) linear.factor()), 1);
            case RopeScaling.Llama3 llama3 -> new RopeFrequencies(llama3(unscaled, llama3), 1);
            case RopeScaling.Yarn yarn ->
                    new RopeFrequencies(yarn(rope, yarn), (float) yarn.attentionFactor());
            case RopeScaling.LongRope longRope ->
                    new RopeFrequencies(
                            stretched(rope, longRope.factors(maxModelLength)),
                            (float) longRope.attentionFactor());
        };
    }

    /** Positions per radian of a pair: {@code theta ^ (2i / rotaryDim)}. */
    private static float wavelength(RopeConfig rope, int pair) {
        float exponent = (float) (2 * pair) / rope.rotaryDim();
        return (float) Math.pow(rope.theta(), exponent);
    }

    private static float[] linear(float[] unscaled, float factor) {
        float[] scaled = new float[unscaled.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = unscaled[i] / factor;
        }
        return scaled;
    }

    private static float[] llama3(float[] unscaled, RopeScaling.Llama3 llama3) {
        float factor = (float) llama3.factor();
        float low = (float) llama3.lowFreqFactor();
        float high = (float) llama3.highFreqFactor();
        float original = llama3.originalMaxPositions();
        float[] scaled = new float[unscaled.length];
        for (int i = 0; i < scaled.length; i++) {
            float wavelength = (float) (2 * Math.PI) / unscaled[i];
            if (wavelength < original / high) {
                scaled[i] = unscaled[i];
            } else if (wavelength > original / low) {
                scaled[i] = unscaled[i] / factor;
            } else {
                float smooth = (original / wavelength - low) / (high - low);
                scaled[i] = (1 - smooth) * unscaled[i] / factor + smooth * unscaled[i];
            }
        }
        return scaled;
    }

    private static float[] yarn(RopeConfig rope, RopeScaling.Yarn yarn) {
        double low = pairOfRotations(rope, yarn, yarn.betaFast());
        double high = pairOfRotations(rope, yarn, yarn.betaSlow());
        if (yarn.truncate()) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, rope.rotaryDim() - 1);
        if (low == high) {
            high += 0.001;
        }
        float[] scaled = new float[rope.rotaryDim() / 2];
        for (int i = 0; i < scaled.length; i++) {
            float ramp = (i - (float) low) / (float) (high - low);
            float keep = 1 - Math.clamp(ramp, 0f, 1f);
            float wavelength = wavelength(rope, i);
            float interpolated = 1 / ((float) yarn.factor() * wavelength);
            scaled[i] = interpolated * (1 - keep) + 1 / wavelength * keep;
        }
        return scaled;
    }

    private static float[] stretched(RopeConfig rope, List<Double> factors) {
        float[] scaled = new float[rope.rotaryDim() / 2];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = 1 / (factors.get(i).floatValue() * wavelength(rope, i));
        }
        return scaled;
    }

    /** The pair, as a real number, that turns so often within the original context. */
    private static double pairOfRotations(
            RopeConfig rope, RopeScaling.Yarn yarn, double rotations) {
        return rope.rotaryDim()
                * Math.log(yarn.originalMaxPositions() / (rotations * 2 * Math.PI))
                / (2 * Math.log(rope.theta()));
    }

    /** Divided pair by pair, as GGUF files of Llama 3 carry their scaling. */
    RopeFrequencies dividedBy(float[] factors) {
        if (factors.length != inverse.length) {
            throw new IllegalArgumentException(
                    factors.length + " factors for " + inverse.length + " pairs");
        }
        float[] divided = new float[inverse.length];
        for (int i = 0; i < divided.length; i++) {
            divided[i] = inverse[i] / factors[i];
        }
        return new RopeFrequencies(divided, attentionFactor);
    }

    /** Cosines and sines of every position below {@code numPositions}. */
    RopeTable table(Ops ops, int numPositions, RopeTable.Pairing pairing) {
        int half = inverse.length;
        Matrix cosSin = ops.allocate(DType.F32, numPositions, 2 * half);
        float[] rows = new float[Math.min(numPositions, UPLOADED_ROWS) * 2 * half];
        for (int first = 0; first < numPositions; first += UPLOADED_ROWS) {
            int count = Math.min(UPLOADED_ROWS, numPositions - first);
            for (int row = 0; row < count; row++) {
                int at = row * 2 * half;
                for (int i = 0; i < half; i++) {
                    float angle = (first + row) * inverse[i];
                    rows[at + i] = (float) Math.cos(angle) * attentionFactor;
                    rows[at + half + i] = (float) Math.sin(angle) * attentionFactor;
                }
            }
            MemorySegment bytes = MemorySegment.ofArray(rows);
            Tensor built = new Tensor(DType.F32, rows.length / (2 * half), 2 * half, bytes);
            ops.upload(cosSin, first, built.slice(0, count));
        }
        return new RopeTable(cosSin, 2 * half, pairing);
    }
}
