package quire.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.kernel.CacheContents;
import quire.ops.reference.ReferenceCaches;
import quire.ops.reference.ReferenceOps;
import quire.tensor.BlockDecoder;
import quire.tensor.DType;
import quire.tensor.SmallFloats;
import quire.tensor.Tensor;

/**
 * Attention and what prepares it for every size of head that the kernels take, with one to eight
 * heads that share keys, with and without windows and norms, in both pairings of RoPE, beside a
 * reference that rounds alike.
 */
class HeadSizesTest {

    private static final long SEED = 20261127;
    private static final int BLOCK_SIZE = 16;
    private static final int BLOCKS = 8;
    private static final int POSITIONS = BLOCKS * BLOCK_SIZE;

    /** Tokens that came before, and new ones: both sides of a tile of 16 and of 64 tokens. */
    private static final int[][] SEQUENCES = {{0, 1}, {15, 1}, {63, 1}, {64, 2}, {0, 18}, {60, 9}};

    /** Size of a head, heads that share keys, heads with keys. */
    private static final int[][] SHAPES = {
        {32, 3, 1},
        {32, 8, 1},
        {64, 7, 2},
        {64, 1, 3},
        {80, 5, 1},
        {80, 2, 2},
        {96, 6, 1},
        {96, 4, 1},
        {128, 7, 1},
        {128, 1, 2},
        {128, 8, 1},
        {256, 2, 1},
        {256, 3, 1}
    };

    private static final int WINDOW = 20;

    /** What comes of it may be off by this beside the rounding to its type. */
    private static final double OF_ROTATION = 1e-5;

    private static final double OF_ATTENTION = 4e-3;

    enum Activations {
        BF16(DType.BF16, 0x1p-7),
        FP16(DType.F16, 0x1p-10);

        private final DType type;

        /** Between two neighbours, as a share of them. */
        private final double unit;

        Activations(DType type, double unit) {
            this.type = type;
            this.unit = unit;
        }

        short round(float value) {
            return switch (this) {
                case BF16 -> SmallFloats.toBfloat16(value);
                case FP16 -> SmallFloats.toFloat16(value);
            };
        }
    }

    /**
     * One shape of heads.
     *
     * @param normed whether queries and keys are normalised, half of each head turns, and partners
     *     are neighbours; otherwise all of it turns in halves
     */
    private record Case(Activations activations, int[] shape, int window, boolean normed) {

        int size() {
            return shape[0];
        }

        int kvHeads() {
            return shape[2];
        }

        int heads() {
            return shape[1] * shape[2];
        }

        @Override
        public String toString() {
            return "%s, heads of %s, window %d, %s"
                    .formatted(
                            activations,
                            Arrays.toString(shape),
                            window,
                            normed ? "normed" : "plain");
        }
    }

    /** A backend's answer to one case, drawn from the same seed for every backend. */
    private static final class Bench {

        private final Ops ops;
        private final Case of;
        private final Random random = new Random(SEED);

        Bench(Ops ops, Case of) {
            this.ops = ops;
            this.of = of;
        }

        private float[] gaussians(int count) {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return values;
        }

        private static Tensor tensor(float[] values, int rows) {
            MemorySegment data = MemorySegment.ofArray(values);
            return new Tensor(DType.F32, rows, values.length / rows, data);
        }

        private Matrix activations(float[] values, int rows) {
            int columns = values.length / rows;
            short[] rounded = new short[values.length];
            for (int i = 0; i < values.length; i++) {
                rounded[i] = of.activations.round(values[i]);
            }
            Matrix matrix = ops.allocate(of.activations.type, rows, columns);
            MemorySegment data = MemorySegment.ofArray(rounded);
            ops.upload(matrix, 0, new Tensor(of.activations.type, rows, columns, data));
            return matrix;
        }

        private static float[] values(Tensor tensor) {
            float[] values = new float[tensor.rows() * tensor.columns()];
            BlockDecoder.decode(tensor.dtype(), tensor.data(), 0, values, 0, values.length);
            return values;
        }

        private AttentionHeads heads() {
            Optional<AttentionHeads.QkNorm> norms = Optional.empty();
            if (of.normed) {
                Matrix query = ops.placeVector(tensor(gaussians(of.size()), 1));
                Matrix key = ops.placeVector(tensor(gaussians(of.size()), 1));
                norms = Optional.of(new AttentionHeads.QkNorm(query, key, 1e-5f));
            }
            float scale = (float) (1 / Math.sqrt(of.size()));
            return new AttentionHeads(of.heads(), of.kvHeads(), of.size(), scale, of.window, norms);
        }

        private RopeTable rope() {
            int rotary = of.normed ? of.size() / 2 : of.size();
            float[] table = new float[POSITIONS * rotary];
            for (int p = 0; p < POSITIONS; p++) {
                for (int i = 0; i < rotary / 2; i++) {
                    double angle = p * Math.pow(100, -2.0 * i / rotary);
                    table[p * rotary + i] = (float) Math.cos(angle);
                    table[p * rotary + rotary / 2 + i] = (float) Math.sin(angle);
                }
            }
            Matrix placed = ops.allocate(DType.F32, POSITIONS, rotary);
            ops.upload(placed, 0, tensor(table, POSITIONS));
            return new RopeTable(
                    placed,
                    rotary,
                    of.normed ? RopeTable.Pairing.NEIGHBOURS : RopeTable.Pairing.HALVES);
        }

        private Batch batch(boolean before, int tokens) {
            Batch batch =
                    ops.allocateBatch(
                            new BatchLimits(tokens, SEQUENCES.length, BLOCKS, BLOCK_SIZE));
            batch.clear();
            for (int s = 0; s < SEQUENCES.length; s++) {
                int count = SEQUENCES[s][before ? 0 : 1];
                if (count == 0) {
                    continue;
                }
                int[] table = new int[BLOCKS];
                for (int i = 0; i < BLOCKS; i++) {
                    // Every sequence's blocks lie apart and backwards.
                    table[i] = (BLOCKS - 1 - i) * SEQUENCES.length + s;
                }
                batch.startSequence(before ? 0 : SEQUENCES[s][0], table, BLOCKS);
                for (int t = 0; t < count; t++) {
                    batch.addToken(0);
                }
                batch.endSequence();
            }
            return batch;
        }

        /** Rotated rows, what attention makes of them, and keys and values in the cache. */
        List<float[]> compute(boolean onCard) {
            KvCacheLayout.Layer layer = new KvCacheLayout.Layer(of.kvHeads(), of.size());
            KvCache cache =
                    ops.allocateKvCache(
                            KvCacheLayout.uniform(
                                    1,
                                    SEQUENCES.length * BLOCKS,
                                    BLOCK_SIZE,
                                    layer,
                                    of.activations.type));
            AttentionHeads heads = heads();
            RopeTable rope = rope();
            Matrix qkv = null;
            Batch batch = null;
            int tokens = 0;
            for (int which = 0; which < 2; which++) {
                int column = which;
                tokens = Arrays.stream(SEQUENCES).mapToInt(one -> one[column]).sum();
                batch = batch(which == 0, tokens);
                qkv = activations(gaussians(tokens * heads.qkvWidth()), tokens);
                ops.begin(batch);
                ops.ropeAndStore(qkv, heads, rope, cache, 0, batch);
            }
            Matrix out = ops.allocate(of.activations.type, tokens, of.heads() * of.size());
            ops.attention(out, qkv, heads, cache, 0, batch);
            return List.of(
                    values(ops.host(qkv, tokens)),
                    values(ops.host(out, tokens)),
                    values(cached(cache, true, onCard)),
                    values(cached(cache, false, onCard)));
        }

        private static Tensor cached(KvCache cache, boolean keys, boolean onCard) {
            return onCard
                    ? CacheContents.cached(cache, 0, keys)
                    : ReferenceCaches.cached(cache, 0, keys);
        }
    }

    @ParameterizedTest
    @EnumSource(Activations.class)
    void everySizeInGroupsOfOneToEight(Activations activations) {
        try (Ops card =
                        new CudaOps(
                                EmulatedCuda.device(),
                                KernelFiles.ofThisProgram(),
                                activations.type);
                Ops reference = new ReferenceOps(activations.type)) {
            for (int i = 0; i < SHAPES.length; i++) {
                for (int window : new int[] {0, WINDOW}) {
                    boolean normed = (i + window / WINDOW) % 2 == 0;
                    Case one = new Case(activations, SHAPES[i], window, normed);
                    List<float[]> actual = new Bench(card, one).compute(true);
                    List<float[]> expected = new Bench(reference, one).compute(false);
                    assertClose(one, "rotated", OF_ROTATION, expected.get(0), actual.get(0));
                    assertClose(one, "attention", OF_ATTENTION, expected.get(1), actual.get(1));
                    assertClose(one, "keys", OF_ROTATION, expected.get(2), actual.get(2));
                    assertClose(one, "values", 0, expected.get(3), actual.get(3));
                }
            }
        }
    }

    private static void assertClose(
            Case one, String what, double more, float[] expected, float[] actual) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            double most = one.activations.unit * Math.abs(expected[i]) + more;
            int at = i;
            assertTrue(
                    Math.abs(expected[i] - actual[i]) <= most,
                    () ->
                            "%s: %s, element %d: expected %s, was %s"
                                    .formatted(one, what, at, expected[at], actual[at]));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 48, 72, 112, 160, 512})
    void otherSizesAreRefusedWithTheListOfWhatIsAllowed(int size) {
        try (Ops card =
                new CudaOps(EmulatedCuda.device(), KernelFiles.ofThisProgram(), DType.BF16)) {
            KvCacheLayout.Layer layer = new KvCacheLayout.Layer(1, size);
            String objection =
                    card.objection(KvCacheLayout.uniform(1, 1, BLOCK_SIZE, layer, DType.BF16), 8)
                            .orElseThrow();
            assertTrue(
                    objection.startsWith(
                            "its kernels take heads of [32, 64, 80, 96, 128, 256] elements, and the"
                                    + " model has some of "
                                    + size
                                    + "; set "),
                    objection);
        }
    }
}
