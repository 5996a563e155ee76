package quire.ops;

import java.util.List;
import quire.tensor.Tensor;

/**
 * Memory of a paged KV cache, owned by the {@link Ops} that allocated it.
 *
 * @param keys one tensor a layer: {@code [numBlocks * numKvHeads * blockSize, headDim]}
 * @param values as keys
 */
public record KvCache(KvCacheLayout layout, List<Tensor> keys, List<Tensor> values) {

    public KvCache {
        keys = List.copyOf(keys);
        values = List.copyOf(values);
    }
}
