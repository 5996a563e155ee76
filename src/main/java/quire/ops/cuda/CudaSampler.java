package quire.ops.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import quire.ops.LogprobRows;
import quire.ops.Matrix;
import quire.ops.SampleRows;
import quire.ops.TokenSampler;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.Stream;
import quire.ops.cuda.kernel.DeviceBatch;
import quire.ops.cuda.kernel.DeviceMatrix;
import quire.ops.cuda.kernel.KernelSource;
import quire.ops.cuda.kernel.SampleKernel;
import quire.ops.cuda.kernel.SamplingMemory;
import quire.ops.cuda.kernel.SamplingTold;
import quire.sampling.TokenLogprobs;

/**
 * Samples on the card, from the same logits the tokens that {@link quire.sampling.Sampler} chooses.
 * What the next ones depend on stays there by slot: rule, tokens that occurred, how many were
 * chosen and which was the last. A slot's record goes up when a sequence begins in it; later steps
 * only say which rows are whose.
 */
final class CudaSampler implements TokenSampler {

    private static final long NOBODY = -1;

    /** How far the step is that began last. */
    private enum Progress {
        ENDED,
        ANNOUNCED,
        TOLD
    }

    private final Stream stream;
    private final SamplingMemory memory;
    private final SampleKernel kernel;
    private final SamplingTold told;
    private final StepTokens[] flights;
    private final int[] tokens;
    private final long[] sequenceIds;
    private final int[] numOutputs;
    private final LogprobRows logprobs;
    private final CardMasks masks;
    private SampleRows rows;
    private DeviceMatrix stepLogits;
    private Progress progress = Progress.ENDED;
    private int numRows;
    private boolean draws;

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
        told = new SamplingTold(memory);
        masks = new CardMasks(stream);
        flights = new StepTokens[mostInFlight];
        for (int i = 0; i < flights.length; i++) {
            flights[i] = new StepTokens(source.context(), memory);
        }
        tokens = new int[maxRows];
        sequenceIds = new long[maxRows];
        Arrays.fill(sequenceIds, NOBODY);
        numOutputs = new int[maxRows];
        logprobs = new LogprobRows(vocabSize, Runtime.getRuntime().availableProcessors());
    }

    /** What the card remembers. */
    SamplingMemory memory() {
        return memory;
    }

    @Override
    public void begin(SampleRows theRows) {
        forgetUnended();
        if (numBegun - numTaken == flights.length) {
            throw new IllegalStateException(flights.length + " steps are under way");
        }
        StepTokens flight = flight(numBegun);
        masks.begin(theRows);
        draws = false;
        for (int row = 0; row < theRows.size(); row++) {
            flight.ready[row] = theRows.isReady(row);
            flight.slots[row] = theRows.slot(row);
            flight.sequenceIds[row] = theRows.sequenceId(row);
            draws |= !theRows.rule(row).params().isGreedy();
        }
        flight.size = theRows.size();
        flight.wanted.begin(theRows);
        numRows = theRows.size();
        rows = theRows;
        progress = Progress.ANNOUNCED;
    }

    /** Of a step that broke off nobody knows what the card has done. */
    private void forgetUnended() {
        if (progress != Progress.ENDED) {
            StepTokens flight = flight(numBegun);
            for (int row = 0; row < flight.size; row++) {
                sequenceIds[flight.slots[row]] = NOBODY;
            }
            progress = Progress.ENDED;
        }
    }

    private StepTokens flight(long number) {
        return flights[(int) (number % flights.length)];
    }

    /**
     * Adds what the card must be told of the rows to what it is told of their batch.
     *
     * @return whether rows were announced
     */
    boolean tell(DeviceBatch batch) {
        if (progress != Progress.ANNOUNCED) {
            return false;
        }
        int numBegins = 0;
        for (int row = 0; row < rows.size(); row++) {
            numBegins += begins(row) ? 1 : 0;
        }
        told.open(batch, rows, numBegins);
        masks.write(rows, flight(numBegun).masks);
        for (int row = 0; row < rows.size() && numBegins > 0; row++) {
            if (begins(row)) {
                begin(row);
            }
        }
        progress = Progress.TOLD;
        return true;
    }

    /**
     * Whether the row's sequence is new in its slot, or comes back after it went on in another: the
     * card then knows fewer of its tokens than there are. It may know more, which are on their way
     * to the host.
     */
    private boolean begins(int row) {
        int slot = rows.slot(row);
        return rows.isReady(row)
                && (sequenceIds[slot] != rows.sequenceId(row)
                        || numOutputs[slot] < rows.numTokens(row) - rows.numPromptTokens(row));
    }

    private void begin(int row) {
        int numTokens = rows.numTokens(row);
        int known = told.begin(rows, row, SamplingTold.NOTHING);
        while (known < numTokens) {
            // Only histories of many thousands of tokens that count come here.
            told.uploadPart(stream, CudaMemory.LIMIT);
            kernel.begin(told);
            told.clearBegins();
            known = told.begin(rows, row, known);
        }
        sequenceIds[rows.slot(row)] = rows.sequenceId(row);
        numOutputs[rows.slot(row)] = numTokens - rows.numPromptTokens(row);
    }

    /** What begins in slots takes its place, once the card has been told, and so do masks. */
    void applyTold() {
        kernel.begin(told);
        masks.upload(rows, flight(numBegun).masks);
    }

    /**
     * Whether the step must go by each operation of its own, for masks are still to come, or what
     * is told of its logits is told before the card changes them.
     */
    boolean looksBetween() {
        return progress == Progress.ANNOUNCED
                && (masks.areLate() || flight(numBegun).wanted.areChanged());
    }

    /** Rows of the step that begins or has begun; none of one that has ended. */
    int numAnnounced() {
        return progress == Progress.ENDED ? 0 : flight(numBegun).size;
    }

    /** What is sampled next is recorded, for so many rows of any rules. */
    void assume(int theNumRows) {
        numRows = theNumRows;
        draws = true;
    }

    @Override
    public void sample(Matrix logits) {
        if (progress != Progress.TOLD) {
            throw new IllegalStateException("no step has begun whose rows were announced");
        }
        stepLogits = DeviceMatrix.of(logits);
        if (masks.areLate()) {
            takeLateMasks(flight(numBegun));
        }
        flight(numBegun).wanted.download(stream, stepLogits);
        if (numRows > 0) {
            kernel.run(numRows, stepLogits, draws);
        }
    }

    /**
     * While the card computes the forward pass. A row that is not ready even now is no longer to be
     * nobody's, but may become nothing, and is not counted.
     */
    private void takeLateMasks(StepTokens flight) {
        masks.takeLate(rows, flight.masks);
        for (int row = 0; row < rows.size(); row++) {
            flight.ready[row] = rows.isReady(row);
        }
        flight.wanted.begin(rows);
    }

    @Override
    public void end() {
        if (progress != Progress.TOLD) {
            throw new IllegalStateException("no step has begun whose rows were announced");
        }
        StepTokens flight = flight(numBegun);
        if (flight.size > 0) {
            stream.download(memory.tokens(), flight.tokens, (long) flight.size * Integer.BYTES);
        }
        // Those of a step that was played back, whose rules change none of these rows.
        flight.wanted.download(stream, stepLogits);
        flight.done.record(stream);
        for (int row = 0; row < flight.size; row++) {
            numOutputs[flight.slots[row]] += flight.ready[row] ? 1 : 0;
        }
        progress = Progress.ENDED;
        numBegun++;
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
        StepTokens flight = flight(numTaken++);
        flight.done.await(CudaMemory.LIMIT);
        MemorySegment arrived = flight.tokens.segment();
        for (int row = 0; row < flight.size; row++) {
            tokens[row] = arrived.getAtIndex(ValueLayout.JAVA_INT, row);
            int slot = flight.slots[row];
            if (!flight.ready[row]) {
                tokens[row] = NOT_READY;
            } else if (tokens[row] < 0 && sequenceIds[slot] == flight.sequenceIds[row]) {
                // The card did not count it: should the sequence go on, it begins anew.
                sequenceIds[slot] = NOBODY;
            }
        }
        flight.wanted.compute(logprobs, tokens);
        return tokens;
    }

    @Override
    public TokenLogprobs logprobs(int row) {
        return logprobs.of(row);
    }

    @Override
    public void close() {
        logprobs.close();
        // Its memory ends with the context.
    }
}
