package quire.engine;

import java.util.OptionalDouble;
import quire.error.ConfigurationException;
import quire.error.Setting;

/**
 * What is asked of an NVIDIA card; a backend that computes on no card refuses what it cannot
 * honour.
 *
 * @param gpuMemoryUtilization part of the card's memory that this process may take, more than 0 and
 *     at most 1; empty = most of it, or what others leave
 */
public record CardConfig(OptionalDouble gpuMemoryUtilization) {

    /** Nothing in particular. */
    public static final CardConfig DEFAULT = new CardConfig(OptionalDouble.empty());

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
    }
}
