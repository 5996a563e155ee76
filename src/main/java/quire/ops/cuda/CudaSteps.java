package quire.ops.cuda;

import java.util.ArrayList;
import java.util.List;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.StepWork;
import quire.ops.cuda.driver.Graph;
import quire.ops.cuda.driver.Stream;
import quire.ops.cuda.kernel.BeginStepKernel;
import quire.ops.cuda.kernel.DeviceBatch;
import quire.ops.cuda.kernel.KernelSource;
import quire.ops.cuda.kernel.StepBounds;
import quire.ops.cuda.kernel.StepMemory;

/**
 * Begins steps: one copy tells the card what is new in a batch and in its sampling, and a kernel
 * brings it to where the others find it. Records them, too: a recording begins behind the copy, and
 * holds nothing that follows from more than the number of its sequences.
 */
final class CudaSteps {

    /**
     * What a step launched.
     *
     * @param memory where it finds what the card was told
     * @param sampler who remembers its tokens
     * @param bounds what its kernels rely on
     */
    record Recorded(Graph graph, StepMemory memory, CudaSampler sampler, StepBounds bounds) {}

    /** The steps of some limits, which share what the card knows. */
    private record Kind(StepMemory memory, BeginStepKernel kernel) {}

    private static final int[] ANY_BLOCK = {0};

    private final KernelSource source;
    private final Stream stream;
    private final CudaMemory memory;
    private final List<Kind> kinds = new ArrayList<>();
    private final List<DeviceBatch> batches = new ArrayList<>();
    private CudaSampler sampler;
    private DeviceBatch begun;
    private StepBounds bounds = new StepBounds();
    private boolean records;

    CudaSteps(KernelSource source, CudaMemory memory) {
        this.source = source;
        this.stream = source.stream();
        this.memory = memory;
    }

    /** A batch of the host whose steps begin here. */
    Batch allocate(BatchLimits limits) {
        DeviceBatch batch = new DeviceBatch(source.context(), kind(limits).memory);
        batches.add(batch);
        return batch.host();
    }

    private Kind kind(BatchLimits limits) {
        // Without an iterator, which would be garbage in each step.
        for (int i = 0; i < kinds.size(); i++) {
            if (kinds.get(i).memory.limits().equals(limits)) {
                return kinds.get(i);
            }
        }
        StepMemory steps = new StepMemory(limits, memory.allocate(StepMemory.bytes(limits)));
        Kind kind = new Kind(steps, new BeginStepKernel(source, steps));
        if (sampler != null) {
            kind.kernel.connect(sampler.memory());
        }
        kinds.add(kind);
        return kind;
    }

    /** The sampler whose rows steps have from now on. */
    void connect(CudaSampler theSampler) {
        sampler = theSampler;
        for (Kind kind : kinds) {
            kind.kernel.connect(sampler.memory());
        }
    }

    /** Tells the card of a step, which then is the one that kernels compute. */
    void begin(Batch batch) {
        begun = null;
        DeviceBatch own = own(batch);
        BeginStepKernel kernel = kind(own.memory().limits()).kernel;
        own.measure();
        if (records) {
            kernel.run(batch.numSequences());
        } else {
            tell(own);
            kernel.run(batch.numSequences());
            own.memory().isTold();
        }
        begun = own;
    }

    private void tell(DeviceBatch own) {
        own.tell(CudaMemory.LIMIT, sampler == null ? 0 : sampler.memory().maxRows());
        boolean samples = sampler != null && sampler.tell(own);
        own.upload(stream);
        if (samples) {
            sampler.applyTold();
        }
    }

    private DeviceBatch own(Batch batch) {
        for (int i = 0; i < batches.size(); i++) {
            if (batches.get(i).host() == batch) {
                return batches.get(i);
            }
        }
        throw new IllegalArgumentException("the batch belongs to another backend");
    }

    /** The batch that the step began with. */
    DeviceBatch begun(Batch batch) {
        if (begun == null || begun.host() != batch) {
            throw new IllegalArgumentException("the step did not begin with this batch");
        }
        return begun;
    }

    /** What the operations of the step rely on. */
    StepBounds bounds() {
        return bounds;
    }

    /** Sequences of the largest step in which all decode. */
    int most(Batch batch) {
        BatchLimits limits = own(batch).memory().limits();
        return Math.min(limits.maxTokens(), limits.maxSequences());
    }

    /** Whether the step that begins next is sampled. */
    boolean samples() {
        return sampler != null && sampler.numAnnounced() > 0;
    }

    /**
     * Whether every sequence has one token, the next one is sampled, and nobody looks at the logits
     * in between.
     */
    boolean decodes(Batch batch) {
        int count = batch.numSequences();
        return batch.numTokens() == count
                && batch.numLogitRows() == count
                && samples()
                && !sampler.looksBetween()
                && sampler.numAnnounced() == count;
    }

    /**
     * Records what a step launches in which so many sequences decode. Nothing is computed.
     *
     * @param batch is filled anew
     */
    Recorded record(Batch batch, int numSequences, StepWork work) {
        DeviceBatch own = own(batch);
        batch.clear();
        for (int s = 0; s < numSequences; s++) {
            batch.startSequence(0, ANY_BLOCK, 1);
            batch.addToken(0);
            batch.addLogitRow();
            batch.endSequence();
        }
        sampler.assume(numSequences);
        bounds = new StepBounds();
        records = true;
        try {
            Graph graph = stream.capture(() -> work.run(batch));
            return new Recorded(graph, own.memory(), sampler, bounds);
        } finally {
            records = false;
            begun = null;
            bounds = new StepBounds();
        }
    }

    /**
     * Computes a step by what was recorded for as many sequences or more.
     *
     * @throws IllegalArgumentException as the operations would have thrown
     */
    void replay(Batch batch, Recorded recorded) {
        begun = null;
        DeviceBatch own = own(batch);
        if (own.memory() != recorded.memory || sampler != recorded.sampler) {
            throw new IllegalArgumentException("recorded was a step of other limits or rows");
        }
        own.measure();
        recorded.bounds.check(own);
        tell(own);
        recorded.graph.launch(stream);
        own.memory().isTold();
    }
}
