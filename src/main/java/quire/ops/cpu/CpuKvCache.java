package quire.ops.cpu;

import java.util.List;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.tensor.Tensor;

/**
 * A paged KV cache in the host's memory: for each layer, keys and values apart, {@code
 * [numBlocks][numKvHeads][blockSize][headDim]}.
 *
 * @param keys one tensor a layer, {@code [numBlocks * numKvHeads * blockSize, headDim]}
 * @param values as keys
 */
record CpuKvCache(KvCacheLayout layout, List<Tensor> keys, List<Tensor> values) implements KvCache {

    CpuKvCache {
        keys = List.copyOf(keys);
        values = List.copyOf(values);
    }

    static CpuKvCache of(KvCache cache) {
        if (cache instanceof CpuKvCache own) {
            return own;
        }
        throw new IllegalArgumentException("the KV cache belongs to another backend");
    }
}
