package quire.ops.cpu;

import quire.ops.HostOpsContract;
import quire.ops.KvCache;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** The backends' contract on one tier; tests of a tier that the machine lacks show as skipped. */
abstract class CpuOpsContract extends HostOpsContract {

    private final CpuTier tier;

    CpuOpsContract(CpuTier tier) {
        this.tier = tier;
    }

    @Override
    protected CpuOps ops(int threads) {
        return CpuTests.ops(tier, threads);
    }

    @Override
    protected boolean isConverted(DType weight) {
        return !Shapes.isKernelType(weight);
    }

    @Override
    protected Tensor cached(KvCache cache, int layer, boolean keys) {
        CpuKvCache own = CpuKvCache.of(cache);
        return (keys ? own.keys() : own.values()).get(layer);
    }
}
