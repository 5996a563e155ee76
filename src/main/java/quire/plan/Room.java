package quire.plan;

import quire.ops.Footprint;
import quire.ops.MemoryBudget;
import quire.ops.cpu.CpuFootprint;
import quire.ops.cuda.CudaFootprint;
import quire.ops.cuda.CudaOptions;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.Device;
import quire.tensor.DType;

/**
 * A memory as the engine divides it, and what it puts there.
 *
 * @param footprint of the backend that computes there
 */
record Room(Footprint footprint, MemoryBudget budget) {

    /** What is free of this machine's memory, for the CPU engine. */
    static Room ofThisMachine() {
        return new Room(new CpuFootprint(), MemoryBudget.ofHost());
    }

    /** A card that nobody else uses, in bfloat16 and with the usual options. */
    static Room ofCard(long bytes) {
        return ofCard(bytes, bytes);
    }

    /**
     * A card of this machine as it is now.
     *
     * @throws quire.ops.cuda.driver.CudaException if the driver refuses
     */
    static Room ofCard(Device card) {
        try (Context context = Context.own(card)) {
            Context.Memory memory = context.memory();
            return ofCard(memory.totalBytes(), memory.freeBytes());
        }
    }

    private static Room ofCard(long bytes, long freeBytes) {
        CudaFootprint footprint = new CudaFootprint(DType.BF16, CudaOptions.USUAL, bytes);
        return new Room(footprint, footprint.budget(freeBytes, Long.MAX_VALUE));
    }
}
