package quire.ops;

/**
 * A paged KV cache in the memory of the {@link Ops} that allocated it. How keys and values lie in a
 * block is that backend's business.
 */
public interface KvCache {

    KvCacheLayout layout();
}
