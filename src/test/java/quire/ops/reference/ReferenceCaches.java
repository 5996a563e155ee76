package quire.ops.reference;

import quire.ops.KvCache;
import quire.tensor.Tensor;

/** Lets the tests of other packages see what the reference keeps. */
public final class ReferenceCaches {

    private ReferenceCaches() {}

    /** Keys or values of one layer, {@code [numBlocks * numKvHeads * blockSize, headDim]}. */
    public static Tensor cached(KvCache cache, int layer, boolean keys) {
        ReferenceKvCache own = ReferenceKvCache.of(cache);
        return (keys ? own.keys() : own.values()).get(layer);
    }
}
