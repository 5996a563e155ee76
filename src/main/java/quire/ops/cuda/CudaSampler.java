package quire.ops.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import quire.ops.Matrix;
import quire.ops.SampleRows;
import quire.ops.TokenSampler;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.PinnedBuffer;
import quire.ops.cuda.driver.Stream;
import quire.ops.cuda.kernel.DeviceMatrix;
import quire.ops.cuda.kernel.KernelSource;
import quire.ops.cuda.kernel.SampleKernel;
import quire.ops.cuda.kernel.SamplingMemory;
import quire.ops.cuda.kernel.SamplingStep;

/**
 * Samples on the card, from the same logits the tokens that {@link quire.sampling.Sampler} chooses.
 * What the next ones depend on stays there by slot: rule, tokens that occurred, how many were
 * chosen and which was the last. A slot's record goes up when a sequence begins in it; later steps
 * only say which rows are whose.
 */
final class CudaSampler implements TokenSampler {

    private static final long NOBODY = -1;

    /** A step whose tokens were not taken. */
    private static final class Flight {
        private final SamplingStep step;
        private final PinnedBuffer tokens;
        private final Event done;
        private final int[] slots;
        private final long[] sequenceIds;
        private int size;

        Flight(Context context, SamplingMemory memory, int maxRows) {
            step = new SamplingStep(context, memory);
            tokens = new PinnedBuffer(context, (long) maxRows * Integer.BYTES);
            done = new Event(context);
            slots = new int[maxRows];
            sequenceIds = new long[maxRows];
        }
    }

    private final Stream stream;
    private final SamplingMemory memory;
    private final SampleKernel kernel;
    private final Flight[] flights;
    private final int[] tokens;
    private final long[] sequenceIds;
    private final int[] numOutputs;
    private long numBegun;
    private long numTaken;

    /**
     * @param maxRows rows of the largest step, and one more than the greatest slot
     * @param mostInFlight steps whose tokens may not be taken yet
     */
    CudaSampler(
            KernelSource source,
            CudaMemory cudaMemory,
            int vocabSize,
            int maxRows,
            int mostInFlight) {
        stream = source.stream();
        memory =
                new SamplingMemory(
                        vocabSize,
                        maxRows,
                        cudaMemory.allocate(SamplingMemory.bytes(vocabSize, maxRows)));
        kernel = new SampleKernel(source, memory);
        flights = new Flight[mostInFlight];
        for (int i = 0; i < flights.length; i++) {
            flights[i] = new Flight(source.context(), memory, maxRows);
        }
        tokens = new int[maxRows];
        sequenceIds = new long[maxRows];
        Arrays.fill(sequenceIds, NOBODY);
        numOutputs = new int[maxRows];
    }

    @Override
    public void sample(SampleRows rows, Matrix logits) {
        if (numBegun - numTaken == flights.length) {
            throw new IllegalStateException(flights.length + " steps are under way");
        }
        Flight flight = flight(numBegun);
        SamplingStep step = flight.step;
        step.clear();
        boolean draws = false;
        for (int row = 0; row < rows.size(); row++) {
            int slot = rows.slot(row);
            step.add(slot);
            flight.slots[row] = slot;
            flight.sequenceIds[row] = rows.sequenceId(row);
            if (begins(rows, row)) {
                begin(flight, rows, row);
            }
            numOutputs[slot]++;
            draws |= !rows.rule(row).params().isGreedy();
        }
        flight.size = rows.size();
        if (rows.size() > 0) {
            kernel.upload(step, stream);
            kernel.run(step, DeviceMatrix.of(logits), draws);
            stream.download(memory.tokens(), flight.tokens, (long) rows.size() * Integer.BYTES);
        }
        flight.done.record(stream);
        numBegun++;
    }

    private Flight flight(long number) {
        return flights[(int) (number % flights.length)];
    }

    /**
     * Whether the row's sequence is new in its slot, or comes back after it went on in another: the
     * card then knows fewer of its tokens than there are. It may know more, which are on their way
     * to the host.
     */
    private boolean begins(SampleRows rows, int row) {
        int slot = rows.slot(row);
        return sequenceIds[slot] != rows.sequenceId(row)
                || numOutputs[slot] < rows.numTokens(row) - rows.numPromptTokens(row);
    }

    private void begin(Flight flight, SampleRows rows, int row) {
        SamplingStep step = flight.step;
        int numTokens = rows.numTokens(row);
        int told = step.begin(rows, row, SamplingStep.NOTHING);
        while (told < numTokens) {
            // Only histories of many thousands of tokens that count come here.
            kernel.upload(step, stream);
            flight.done.record(stream);
            flight.done.await(CudaMemory.LIMIT);
            step.clearBegins();
            told = step.begin(rows, row, told);
        }
        sequenceIds[rows.slot(row)] = rows.sequenceId(row);
        numOutputs[rows.slot(row)] = numTokens - rows.numPromptTokens(row);
    }

    @Override
    public boolean isDone() {
        try {
            return flight(numTaken).done.isDone();
        } catch (CudaException failed) {
            // Awaiting it throws the same.
            return true;
        }
    }

    @Override
    public int[] await() {
        Flight flight = flight(numTaken++);
        flight.done.await(CudaMemory.LIMIT);
        MemorySegment arrived = flight.tokens.segment();
        for (int row = 0; row < flight.size; row++) {
            tokens[row] = arrived.getAtIndex(ValueLayout.JAVA_INT, row);
            int slot = flight.slots[row];
            if (tokens[row] < 0 && sequenceIds[slot] == flight.sequenceIds[row]) {
                // The card did not count it: should the sequence go on, it begins anew.
                sequenceIds[slot] = NOBODY;
            }
        }
        return tokens;
    }

    /** int32 {@code [slots]} on the card: the token that each sampled last. */
    DeviceBuffer lastTokens() {
        return memory.lastTokens();
    }

    @Override
    public void close() {
        // Its memory ends with the context.
    }
}
