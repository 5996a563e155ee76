package quire.ops.cuda;

import java.util.ArrayList;
import java.util.List;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.cuda.driver.Stream;
import quire.ops.cuda.kernel.BeginStepKernel;
import quire.ops.cuda.kernel.DeviceBatch;
import quire.ops.cuda.kernel.KernelSource;
import quire.ops.cuda.kernel.StepMemory;

/**
 * Begins steps: one copy tells the card what is new in a batch and in its sampling, and a kernel
 * brings it to where the others find it.
 */
final class CudaSteps {

    /** The steps of some limits, which share what the card knows. */
    private record Kind(StepMemory memory, BeginStepKernel kernel) {}

    private final KernelSource source;
    private final Stream stream;
    private final CudaMemory memory;
    private final List<Kind> kinds = new ArrayList<>();
    private final List<DeviceBatch> batches = new ArrayList<>();
    private CudaSampler sampler;
    private DeviceBatch begun;

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
        own.tell(CudaMemory.LIMIT, sampler == null ? 0 : sampler.memory().maxRows());
        boolean samples = sampler != null && sampler.tell(own);
        own.upload(stream);
        if (samples) {
            sampler.applyTold();
        }
        kind(own.memory().limits()).kernel.run(own, batch.numSequences());
        begun = own;
    }

    private DeviceBatch own(Batch batch) {
        // Without an iterator, which would be garbage in each step.
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
}
