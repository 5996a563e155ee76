package quire.ops.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Linear;
import quire.ops.RopeTable;
import quire.tensor.Tensor;

/**
 * The structures {@code quire_part[]} and {@code quire_heads} of {@code quire_cpu.h}, made once and
 * refilled for every call: a few stores, no garbage and nothing to keep in step with its source.
 */
final class CallArguments {

    private static final long PART_BYTES = 32;
    private static final int MAX_PARTS = 64;
    private static final long HEADS_BYTES = 160;

    private final MemorySegment parts;
    private final MemorySegment heads;

    CallArguments(Arena arena) {
        parts = arena.allocate(MAX_PARTS * PART_BYTES, 64);
        heads = arena.allocate(HEADS_BYTES, 64);
    }

    /** Fills the parts and gives their address. */
    long parts(Linear linear) {
        List<Linear.Part> all = linear.parts();
        Shapes.check(all.size() <= MAX_PARTS, "a linear layer has at most 64 parts");
        for (int i = 0; i < all.size(); i++) {
            Linear.Part part = all.get(i);
            long at = i * PART_BYTES;
            parts.set(JAVA_LONG, at, part.weight().data().address());
            parts.set(
                    JAVA_LONG,
                    at + 8,
                    part.bias().isPresent() ? part.bias().get().data().address() : 0);
            parts.set(JAVA_LONG, at + 16, part.weight().rowBytes());
            parts.set(JAVA_INT, at + 24, part.weight().rows());
            parts.set(JAVA_INT, at + 28, Shapes.code(part.weight().dtype()));
        }
        return parts.address();
    }

    /**
     * Fills what RoPE and attention share; {@link #rope} and {@link #attention} add what one needs.
     */
    private void fill(Tensor qkv, AttentionHeads shape, KvCache cache, int layer, Batch batch) {
        KvCacheLayout layout = cache.layout();
        heads.set(JAVA_LONG, 0, qkv.data().address());
        heads.set(JAVA_LONG, 16, cache.keys().get(layer).data().address());
        heads.set(JAVA_LONG, 24, cache.values().get(layer).data().address());
        heads.set(JAVA_LONG, 32, batch.positions().address());
        heads.set(JAVA_LONG, 40, batch.slotMapping().address());
        heads.set(JAVA_LONG, 48, batch.queryStarts().address());
        heads.set(JAVA_LONG, 56, batch.contextLengths().address());
        heads.set(JAVA_LONG, 64, batch.blockTables().address());
        heads.set(JAVA_FLOAT, 100, shape.scale());
        heads.set(JAVA_INT, 104, batch.numTokens());
        heads.set(JAVA_INT, 108, batch.numSequences());
        heads.set(JAVA_INT, 112, batch.maxBlocksPerSequence());
        heads.set(JAVA_INT, 116, layout.numBlocks());
        heads.set(JAVA_INT, 120, layout.blockSize());
        heads.set(JAVA_INT, 124, shape.numHeads());
        heads.set(JAVA_INT, 128, shape.numKvHeads());
        heads.set(JAVA_INT, 132, shape.headDim());
        heads.set(JAVA_INT, 136, Shapes.code(layout.dtype()));
        heads.set(JAVA_INT, 140, shape.slidingWindow());
    }

    /** Fills {@code quire_heads} for RoPE and gives its address. */
    long rope(
            Tensor qkv,
            AttentionHeads shape,
            RopeTable rope,
            KvCache cache,
            int layer,
            Batch batch) {
        fill(qkv, shape, cache, layer, batch);
        boolean norms = shape.norms().isPresent();
        heads.set(JAVA_LONG, 8, 0);
        heads.set(JAVA_LONG, 72, rope.cosSin().data().address());
        heads.set(JAVA_LONG, 80, norms ? shape.norms().get().query().data().address() : 0);
        heads.set(JAVA_LONG, 88, norms ? shape.norms().get().key().data().address() : 0);
        heads.set(JAVA_FLOAT, 96, norms ? shape.norms().get().eps() : 0);
        heads.set(JAVA_INT, 144, rope.rotaryDim());
        heads.set(
                JAVA_INT,
                148,
                switch (rope.pairing()) {
                    case HALVES -> 0;
                    case NEIGHBOURS -> 1;
                });
        heads.set(JAVA_INT, 152, rope.cosSin().rows());
        return heads.address();
    }

    /** Fills {@code quire_heads} for attention and gives its address. */
    long attention(
            Tensor out, Tensor qkv, AttentionHeads shape, KvCache cache, int layer, Batch batch) {
        fill(qkv, shape, cache, layer, batch);
        heads.set(JAVA_LONG, 8, out.data().address());
        return heads.address();
    }
}
