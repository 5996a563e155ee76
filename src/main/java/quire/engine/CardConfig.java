package quire.engine;

import java.util.List;
import java.util.OptionalDouble;
import quire.error.ConfigurationException;
import quire.error.Setting;

/**
 * What is asked of an NVIDIA card; a backend that computes on no card refuses what it cannot
 * honour.
 *
 * @param gpuMemoryUtilization part of the card's memory that this process may take, more than 0 and
 *     at most 1; empty = most of it, or what others leave
 * @param enforceEager whether no step is recorded and played back; other backends never do
 * @param cudagraphCaptureSizes numbers of sequences for which decode steps are recorded, in any
 *     order; empty = a choice that suits the most sequences
 * @param asyncScheduling whether the next step is launched while one is computed; other backends
 *     compute one after the other
 * @param deterministic whether only kernels are used that give a sequence the same bits in any
 *     company; other backends always do
 */
public record CardConfig(
        OptionalDouble gpuMemoryUtilization,
        boolean enforceEager,
        List<Integer> cudagraphCaptureSizes,
        boolean asyncScheduling,
        boolean deterministic) {

    /** Nothing in particular. */
    public static final CardConfig DEFAULT =
            new CardConfig(OptionalDouble.empty(), false, List.of(), true, false);

    private static final int MOST_SIZES = 256;

    public CardConfig {
        gpuMemoryUtilization.ifPresent(
                part -> {
                    if (!(part > 0 && part <= 1)) {
                        throw new ConfigurationException(
                                Setting.GPU_MEMORY_UTILIZATION
                                        + " "
                                        + part
                                        + " is no part of a card's memory; it is more than 0 and"
                                        + " at most 1, such as 0.9");
                    }
                });
        cudagraphCaptureSizes = cudagraphCaptureSizes.stream().sorted().distinct().toList();
        if (enforceEager && !cudagraphCaptureSizes.isEmpty()) {
            throw new ConfigurationException(
                    Setting.ENFORCE_EAGER
                            + " computes without graphs, and "
                            + Setting.CUDAGRAPH_CAPTURE_SIZES
                            + " says for how many sequences there are some; leave one of them out");
        }
        if (cudagraphCaptureSizes.size() > MOST_SIZES) {
            throw new ConfigurationException(
                    Setting.CUDAGRAPH_CAPTURE_SIZES
                            + " has "
                            + cudagraphCaptureSizes.size()
                            + " sizes; "
                            + MOST_SIZES
                            + " is the most, for each takes memory of the card");
        }
    }

    /**
     * Makes sure that a step can be as large as those that are to be recorded.
     *
     * @throws ConfigurationException if it cannot
     */
    void requireSizes(int maxNumSequences) {
        for (int size : cudagraphCaptureSizes) {
            if (size < 1 || size > maxNumSequences) {
                throw new ConfigurationException(
                        Setting.CUDAGRAPH_CAPTURE_SIZES
                                + " has "
                                + size
                                + ", which is outside 1 to "
                                + maxNumSequences
                                + ", the sequences of a step; "
                                + Setting.MAX_NUM_SEQUENCES
                                + " sets these");
            }
        }
    }
}
