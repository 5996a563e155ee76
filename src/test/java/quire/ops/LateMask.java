package quire.ops;

import static org.junit.jupiter.api.Assertions.assertTrue;

import quire.sampling.TokenMask;

/**
 * A mask that is not ready before the step that has it has begun, and is not to be asked for
 * before.
 *
 * @param words what it says then
 */
public record LateMask(long[] words, SampledStep step) implements TokenMask {

    @Override
    public boolean isReady() {
        return step.hasBegun();
    }

    @Override
    public long[] words() {
        assertTrue(step.hasBegun(), "asked for a mask that is not ready");
        return words;
    }
}
