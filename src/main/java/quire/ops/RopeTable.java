package quire.ops;

/**
 * Cosines and sines of rotary embedding, attention scaling already multiplied in.
 *
 * @param cosSin F32 {@code [maxPositions, rotaryDim]}: {@code rotaryDim / 2} cosines, then as many
 *     sines; made by {@code Ops.allocate} and filled by the model
 * @param rotaryDim leading elements of a head that rotate; the rest pass unchanged
 * @param pairing which elements form a pair
 */
public record RopeTable(Matrix cosSin, int rotaryDim, Pairing pairing) {

    /**
     * HALVES pairs {@code i} with {@code i + rotaryDim / 2} (Hugging Face); NEIGHBOURS {@code 2i}
     * with {@code 2i + 1} (GGUF's llama).
     */
    public enum Pairing {
        HALVES,
        NEIGHBOURS
    }
}
