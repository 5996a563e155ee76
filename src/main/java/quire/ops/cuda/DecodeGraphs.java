package quire.ops.cuda;

import java.util.List;
import java.util.stream.IntStream;
import quire.ops.Batch;
import quire.ops.StepWork;
import quire.ops.StopFlag;
import quire.ops.StoppedException;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.DeviceLost;

/**
 * Plays back what a step launches where every sequence decodes, for as many sequences as there are
 * or some more: one call of the driver instead of hundreds. The others are nobody's: their rows are
 * computed and change nothing.
 *
 * <p>A step is recorded when one of its size was computed without; 1, 8 and the most sequences
 * behind the very first step, so that those sizes never wait. What the driver does not record is
 * computed without, as are all other steps.
 */
final class DecodeGraphs implements StepWork {

    private static final System.Logger LOG = System.getLogger("quire.ops.cuda");

    private static final int NONE = -1;
    private static final int COMMON_SIZE = 8;
    private static final int MOST_USUAL = 256;

    /** What the driver takes for a kernel of a graph: 18.9 MB for 35 of 170 on an H200. */
    private static final long KERNEL_BYTES = 3_200;

    private static final long LAYER_KERNELS = 9;
    private static final long OTHER_KERNELS = 9;

    private final StepWork work;
    private final CudaSteps steps;
    private final StopFlag stop;
    private final List<Integer> wanted;
    private int[] sizes = {};
    private CudaSteps.Recorded[] recorded = {};
    private boolean begun;
    private boolean refused;

    /**
     * @param wanted sizes in ascending order; empty = the usual ones
     */
    DecodeGraphs(StepWork work, CudaSteps steps, StopFlag stop, List<Integer> wanted) {
        this.work = work;
        this.steps = steps;
        this.stop = stop;
        this.wanted = wanted;
    }

    @Override
    public void run(Batch batch) {
        stop.check();
        if (!begun) {
            prepare(steps.most(batch));
        }
        int which = steps.decodes(batch) ? which(batch.numSequences()) : NONE;
        if (which != NONE && recorded[which] != null) {
            steps.replay(batch, recorded[which]);
            return;
        }
        boolean samples = steps.samples();
        work.run(batch);
        if (!samples) {
            return;
        }
        if (!begun) {
            begun = true;
            for (int i = 0; i < sizes.length; i++) {
                if (sizes[i] == 1 || sizes[i] == COMMON_SIZE || i == sizes.length - 1) {
                    record(i, batch);
                }
            }
        }
        if (which != NONE) {
            record(which, batch);
        }
    }

    private void prepare(int most) {
        sizes = sizes(wanted, most);
        recorded = new CudaSteps.Recorded[sizes.length];
    }

    /** What the driver takes of the card for all of them. */
    static long bytes(CudaOptions options, int most, int numLayers) {
        long kernels = LAYER_KERNELS * numLayers + OTHER_KERNELS;
        return options.graphs()
                ? sizes(options.graphSizes(), most).length * kernels * KERNEL_BYTES
                : 0;
    }

    private static int[] sizes(List<Integer> wanted, int most) {
        return wanted.isEmpty()
                ? usual(most)
                : wanted.stream().mapToInt(size -> Math.min(size, most)).distinct().toArray();
    }

    /** 1, 2, 4, then every 8 to 64 and every 16 to 256, none above the most and that itself. */
    static int[] usual(int most) {
        int last = Math.min(most, MOST_USUAL);
        IntStream.Builder all = IntStream.builder();
        for (int size = 1; size < last; size = after(size)) {
            all.add(size);
        }
        return all.add(last).build().toArray();
    }

    private static int after(int size) {
        if (size < 8) {
            return 2 * size;
        }
        return size < 64 ? size + 8 : size + 16;
    }

    /** The least size that has room for so many sequences. */
    private int which(int numSequences) {
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] >= numSequences) {
                return i;
            }
        }
        return NONE;
    }

    /** The step of the batch is under way already: whatever happens here must not undo it. */
    private void record(int which, Batch batch) {
        if (refused || recorded[which] != null) {
            return;
        }
        try {
            recorded[which] = steps.record(batch, sizes[which], work);
        } catch (StoppedException later) {
            // The next step of this size is recorded instead.
        } catch (DeviceLost lost) {
            throw lost;
        } catch (CudaException no) {
            refused = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "steps of "
                            + sizes[which]
                            + " sequences and other sizes are computed without a graph: "
                            + no.getMessage());
        }
    }
}
