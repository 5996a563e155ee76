package quire.ops.reference;

import org.junit.jupiter.api.Test;
import quire.ops.HostOpsContract;
import quire.ops.KvCache;
import quire.ops.NarrowActivations;
import quire.ops.Ops;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** The oracle where it rounds as a card does that computes in BF16. */
class RoundingReferenceTest extends HostOpsContract {

    @Override
    protected Ops ops(int threads) {
        return new ReferenceOps(DType.BF16);
    }

    @Override
    protected double conversionError(DType weight) {
        return weight == DType.BF16 ? 0 : 0x1p-8;
    }

    @Override
    protected double weightError() {
        return 0x1p-9;
    }

    @Override
    protected Tensor cached(KvCache cache, int layer, boolean keys) {
        return ReferenceCaches.cached(cache, layer, keys);
    }

    @Test
    void addsBeforeItRounds() {
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            try (Ops ops = new ReferenceOps(type)) {
                NarrowActivations.assertAddsBeforeItRounds(ops);
            }
        }
    }
}
