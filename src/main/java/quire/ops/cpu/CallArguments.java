package quire.ops.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static quire.ops.cpu.Structures.HEADS;
import static quire.ops.cpu.Structures.PART;
import static quire.ops.cpu.Structures.offset;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.RopeTable;

/**
 * The structures of {@code quire_cpu.h}: {@code quire_part[]}, which a linear layer keeps, and
 * {@code quire_heads}, made once and refilled for every call: a few stores, no garbage and nothing
 * to keep in step with its source.
 */
final class CallArguments {

    private static final long CACHE_LINE = 64;

    private static final long WEIGHT = offset(PART, "weight");
    private static final long BIAS = offset(PART, "bias");
    private static final long ROW_BYTES = offset(PART, "row_bytes");
    private static final long ROWS = offset(PART, "rows");
    private static final long DTYPE = offset(PART, "dtype");
    private static final long LAYOUT = offset(PART, "layout");

    private static final long QKV = offset(HEADS, "qkv");
    private static final long OUT = offset(HEADS, "out");
    private static final long KEYS = offset(HEADS, "keys");
    private static final long VALUES = offset(HEADS, "values");
    private static final long POSITIONS = offset(HEADS, "positions");
    private static final long SLOTS = offset(HEADS, "slots");
    private static final long QUERY_STARTS = offset(HEADS, "query_starts");
    private static final long CONTEXT_LENGTHS = offset(HEADS, "context_lengths");
    private static final long BLOCK_TABLES = offset(HEADS, "block_tables");
    private static final long COS_SIN = offset(HEADS, "cos_sin");
    private static final long QUERY_NORM = offset(HEADS, "query_norm");
    private static final long KEY_NORM = offset(HEADS, "key_norm");
    private static final long NORM_EPS = offset(HEADS, "norm_eps");
    private static final long SCALE = offset(HEADS, "scale");
    private static final long NUM_TOKENS = offset(HEADS, "num_tokens");
    private static final long NUM_SEQUENCES = offset(HEADS, "num_sequences");
    private static final long MAX_BLOCKS = offset(HEADS, "max_blocks");
    private static final long BLOCK_SIZE = offset(HEADS, "block_size");
    private static final long NUM_HEADS = offset(HEADS, "num_heads");
    private static final long NUM_KV_HEADS = offset(HEADS, "num_kv_heads");
    private static final long HEAD_DIM = offset(HEADS, "head_dim");
    private static final long KV_DTYPE = offset(HEADS, "kv_dtype");
    private static final long SLIDING_WINDOW = offset(HEADS, "sliding_window");
    private static final long ROTARY_DIM = offset(HEADS, "rotary_dim");
    private static final long NEIGHBOURS = offset(HEADS, "neighbours");

    private final MemorySegment heads;

    CallArguments(Arena arena) {
        heads = arena.allocate(HEADS.byteSize(), CACHE_LINE);
    }

    /**
     * The parts of a linear layer, made once when it is placed.
     *
     * @param placed matrices of types that kernels read, in native memory; biases in F32
     */
    static MemorySegment parts(Arena arena, List<LinearPart> placed) {
        MemorySegment parts = arena.allocate(placed.size() * PART.byteSize(), CACHE_LINE);
        for (int i = 0; i < placed.size(); i++) {
            LinearPart part = placed.get(i);
            long at = i * PART.byteSize();
            parts.set(JAVA_LONG, at + WEIGHT, part.weight().data().address());
            parts.set(
                    JAVA_LONG,
                    at + BIAS,
                    part.bias().isPresent() ? part.bias().get().data().address() : 0);
            parts.set(JAVA_LONG, at + ROW_BYTES, part.weight().rowBytes());
            parts.set(JAVA_INT, at + ROWS, part.weight().rows());
            parts.set(JAVA_INT, at + DTYPE, Shapes.code(part.weight().dtype()));
            parts.set(JAVA_INT, at + LAYOUT, CpuKernels.LAYOUT_ROWS);
        }
        return parts;
    }

    /**
     * Fills what RoPE and attention share; {@link #rope} and {@link #attention} add what one needs.
     */
    private void fill(Matrix qkv, AttentionHeads shape, KvCache cache, int layer, Batch batch) {
        CpuKvCache own = CpuKvCache.of(cache);
        KvCacheLayout layout = cache.layout();
        heads.set(JAVA_LONG, QKV, address(qkv));
        heads.set(JAVA_LONG, KEYS, own.keys().get(layer).data().address());
        heads.set(JAVA_LONG, VALUES, own.values().get(layer).data().address());
        heads.set(JAVA_LONG, POSITIONS, batch.positions().address());
        heads.set(JAVA_LONG, SLOTS, batch.slotMapping().address());
        heads.set(JAVA_LONG, QUERY_STARTS, batch.queryStarts().address());
        heads.set(JAVA_LONG, CONTEXT_LENGTHS, batch.contextLengths().address());
        heads.set(JAVA_LONG, BLOCK_TABLES, batch.blockTables().address());
        heads.set(JAVA_FLOAT, SCALE, shape.scale());
        heads.set(JAVA_INT, NUM_TOKENS, batch.numTokens());
        heads.set(JAVA_INT, NUM_SEQUENCES, batch.numSequences());
        heads.set(JAVA_INT, MAX_BLOCKS, batch.maxBlocksPerSequence());
        heads.set(JAVA_INT, BLOCK_SIZE, layout.blockSize());
        heads.set(JAVA_INT, NUM_HEADS, shape.numHeads());
        heads.set(JAVA_INT, NUM_KV_HEADS, shape.numKvHeads());
        heads.set(JAVA_INT, HEAD_DIM, shape.headDim());
        heads.set(JAVA_INT, KV_DTYPE, Shapes.code(layout.dtype()));
        heads.set(JAVA_INT, SLIDING_WINDOW, shape.slidingWindow());
    }

    /** Fills {@code quire_heads} for RoPE and gives its address. */
    long rope(
            Matrix qkv,
            AttentionHeads shape,
            RopeTable rope,
            KvCache cache,
            int layer,
            Batch batch) {
        fill(qkv, shape, cache, layer, batch);
        boolean norms = shape.norms().isPresent();
        heads.set(JAVA_LONG, OUT, 0);
        heads.set(JAVA_LONG, COS_SIN, address(rope.cosSin()));
        heads.set(JAVA_LONG, QUERY_NORM, norms ? address(shape.norms().get().query()) : 0);
        heads.set(JAVA_LONG, KEY_NORM, norms ? address(shape.norms().get().key()) : 0);
        heads.set(JAVA_FLOAT, NORM_EPS, norms ? shape.norms().get().eps() : 0);
        heads.set(JAVA_INT, ROTARY_DIM, rope.rotaryDim());
        heads.set(
                JAVA_INT,
                NEIGHBOURS,
                switch (rope.pairing()) {
                    case HALVES -> 0;
                    case NEIGHBOURS -> 1;
                });
        return heads.address();
    }

    /** Fills {@code quire_heads} for attention and gives its address. */
    long attention(
            Matrix out, Matrix qkv, AttentionHeads shape, KvCache cache, int layer, Batch batch) {
        fill(qkv, shape, cache, layer, batch);
        heads.set(JAVA_LONG, OUT, address(out));
        return heads.address();
    }

    private static long address(Matrix matrix) {
        return CpuMatrix.host(matrix).data().address();
    }
}
