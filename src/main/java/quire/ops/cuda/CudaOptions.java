package quire.ops.cuda;

import java.util.List;

/**
 * How a card computes steps.
 *
 * @param graphs whether steps in which all sequences decode are recorded and played back
 * @param graphSizes for how many sequences they are recorded, ascending; a step is padded to the
 *     next of these. Empty = a choice that suits the largest step
 * @param stepsInFlight steps that are under way at once, 1 or 2: with two, the host prepares a step
 *     while the card computes the one before
 */
public record CudaOptions(boolean graphs, List<Integer> graphSizes, int stepsInFlight) {

    /** Graphs of the usual sizes, and two steps in flight. */
    public static final CudaOptions USUAL = new CudaOptions(true, List.of(), 2);

    public CudaOptions {
        graphSizes = List.copyOf(graphSizes);
        for (int i = 0; i < graphSizes.size(); i++) {
            if (graphSizes.get(i) <= (i == 0 ? 0 : graphSizes.get(i - 1))) {
                throw new IllegalArgumentException(graphSizes + " is not ascending from 1 on");
            }
        }
        if (stepsInFlight < 1 || stepsInFlight > 2) {
            throw new IllegalArgumentException(stepsInFlight + " steps in flight");
        }
    }
}
