package quire.ops.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.RopeTable;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.kernel.KernelBench.Fenced;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * Each kernel at the edges of its tiles and segments, which the contract's small cases do not
 * reach: right, the same twice, and inside its bounds.
 */
class KernelEdgesTest {

    private static final long SEED = 20261127;
    private static final int MAX_CONTEXT = 2304;

    static TiledLinear tiled(KernelBench bench, float[] weight, int outputs, int inputs) {
        DeviceBuffer tiles = new DeviceBuffer(bench.context, TiledLinear.bytes(outputs, inputs));
        bench.stream.fill(tiles, (byte) 0);
        TiledLinear placed = TiledLinear.plain(outputs, inputs, tiles);
        MemorySegment data = bench.tensor(bench.format.dtype(), weight, outputs, inputs).data();
        DeviceBuffer from = new DeviceBuffer(bench.context, data.byteSize());
        bench.stream.write(data, from);
        new TileWeightsKernel(bench.source).run(placed, from, 0, outputs);
        return placed;
    }

    private static Linear linear(
            KernelBench bench, float[] weight, int outputs, int inputs, Optional<float[]> bias) {
        Tensor stored = bench.tensor(bench.format.dtype(), weight, outputs, inputs);
        return bench.reference.placeLinear(
                List.of(
                        new LinearPart(
                                stored, bias.map(b -> bench.tensor(DType.F32, b, 1, outputs)))));
    }

    @ParameterizedTest
    @EnumSource(NumberFormat.class)
    void linearsOfManyShapesAndSegments(NumberFormat format) {
        int[][] shapes = {
            // rows, outputs, inputs
            {1, 1, 1},
            {1, 64, 64},
            {7, 63, 65},
            {8, 65, 63},
            {9, 128, 72},
            {32, 64, 1024},
            {33, 70, 1025},
            {5, 3, 4100},
            {40, 130, 1600}
        };
        try (KernelBench bench = new KernelBench(format, SEED)) {
            LinearKernel kernel = new LinearKernel(bench.source);
            for (int[] shape : shapes) {
                int rows = shape[0];
                int outputs = shape[1];
                int inputs = shape[2];
                float[] weight = bench.values(outputs * inputs);
                float[] x = bench.values(rows * inputs);
                float[] before = bench.values(rows * outputs);
                float[] bias = bench.values(outputs);
                TiledLinear placed =
                        tiled(bench, weight, outputs, inputs).withBias(bench.vector(bias));
                Linear same = linear(bench, weight, outputs, inputs, Optional.of(bias));
                DType type = format.dtype();
                Matrix in = bench.reference(type, x, rows, inputs);
                Matrix out = bench.reference.allocate(type, rows, outputs);
                bench.reference.linear(out, in, same, rows);
                float[] expected = bench.values(out, rows);
                String what = Arrays.toString(shape);
                double more = 2e-6 * inputs;
                DeviceMatrix given = bench.matrix(x, rows, inputs, 1).matrix();
                Matrix sum = bench.reference(type, before, rows, outputs);
                Matrix norm = bench.reference(DType.F32, new float[outputs], 1, outputs);
                bench.reference.linearAddRmsNorm(out, sum, in, same, norm, 1, rows);
                for (int i = 0; i < kernel.variants(type).size(); i++) {
                    int variant = i;
                    Fenced output = bench.output(rows, outputs);
                    bench.assertWrites(
                            what,
                            expected,
                            output,
                            rows,
                            more,
                            () -> kernel.run(variant, output.matrix(), given, placed, null, rows));
                    Fenced residual = bench.matrix(before, rows, outputs, 2);
                    DeviceMatrix added = residual.matrix();
                    kernel.run(variant, added, given, placed, added, rows);
                    bench.assertClose(
                            what + " added",
                            bench.values(sum, rows),
                            bench.written(residual, rows),
                            more);
                }
            }
        }
    }

    @Test
    void segmentsFollowFromTheShapeOfTheWeightsAndCoverTheInputs() {
        assertEquals(1, LinearKernel.segmentTiles(64, 64));
        assertEquals(16, LinearKernel.segmentTiles(200_000, 1024), "outputs enough");
        assertEquals(8, LinearKernel.segmentTiles(4608, 3584), "seven segments of eight");
        assertEquals(37, LinearKernel.segmentTiles(3584, 18944), "at most eight");
        assertEquals(9, LinearKernel.segmentTiles(64, 1025), "two segments");
    }

    @ParameterizedTest
    @EnumSource(NumberFormat.class)
    void rowsOfManyWidths(NumberFormat format) {
        try (KernelBench bench = new KernelBench(format, SEED)) {
            RmsNormKernel norm = new RmsNormKernel(bench.source);
            SiluAndMulKernel silu = new SiluAndMulKernel(bench.source);
            DType type = format.dtype();
            for (int width : new int[] {1, 7, 8, 9, 2040, 2048, 2049, 4100}) {
                int rows = 3;
                float[] x = bench.values(rows * width);
                float[] before = bench.values(rows * width);
                float[] weight = bench.values(width);
                Matrix in = bench.reference(type, x, rows, width);
                Matrix out = bench.reference.allocate(type, rows, width);
                Matrix weights = bench.reference(DType.F32, weight, 1, width);
                DeviceMatrix given = bench.matrix(x, rows, width, 1).matrix();
                DeviceMatrix placed = bench.vector(weight);
                bench.reference.rmsNorm(out, in, weights, 1e-5f, rows);
                Fenced output = bench.output(rows, width);
                bench.assertWrites(
                        "norm of " + width,
                        bench.values(out, rows),
                        output,
                        rows,
                        1e-5,
                        () -> norm.run(output.matrix(), given, placed, 1e-5f, rows));
                Matrix sum = bench.reference(type, before, rows, width);
                bench.reference.addRmsNorm(out, sum, in, weights, 1e-5f, rows);
                Fenced residual = bench.matrix(before, rows, width, 2);
                Fenced added = bench.output(rows, width);
                norm.run(added.matrix(), residual.matrix(), given, placed, 1e-5f, rows);
                bench.assertClose("sum", bench.values(sum, rows), bench.written(residual, rows), 0);
                bench.assertClose(
                        "norm", bench.values(out, rows), bench.written(added, rows), 1e-5);
                float[] both = bench.values(rows * 2 * width);
                bench.reference.siluAndMul(out, bench.reference(type, both, rows, 2 * width), rows);
                DeviceMatrix gateUp = bench.matrix(both, rows, 2 * width, 0).matrix();
                Fenced gated = bench.output(rows, width);
                bench.assertWrites(
                        "silu of " + width,
                        bench.values(out, rows),
                        gated,
                        rows,
                        1e-5,
                        () -> silu.run(gated.matrix(), gateUp, rows));
            }
        }
    }

    /**
     * Contexts on both sides of a tile of 64 and of a segment of 512 tokens, decoding and in
     * prompts, with windows that end at their edges.
     */
    @ParameterizedTest
    @EnumSource(NumberFormat.class)
    void attentionOverSegments(NumberFormat format) {
        int[][] sequences = {
            // tokens before, new tokens
            {0, 1}, {63, 1}, {64, 1}, {511, 1}, {512, 1}, {500, 30}, {1030, 3}, {0, 66}
        };
        for (int window : new int[] {0, 64, 512, 513}) {
            assertAttention(format, heads(4, 2, 64, window), 16, sequences);
        }
        assertAttention(format, heads(20, 1, 32, 0), 32, sequences);
        assertAttention(format, heads(2, 1, 256, 0), 16, sequences);
        assertAttention(format, heads(3, 1, 80, 100), 64, sequences);
    }

    /**
     * Sequences that decode, in parts of their contexts: the plain one's bits in its segments, and
     * close to them in others.
     */
    @ParameterizedTest
    @EnumSource(NumberFormat.class)
    void decodingInPartsOfTheContext(NumberFormat format) {
        int[][] sequences = {{0, 1}, {63, 1}, {511, 1}, {512, 1}, {1023, 1}, {1030, 1}};
        for (int window : new int[] {0, 64, 513}) {
            assertAttention(format, heads(4, 2, 64, window), 16, sequences);
        }
        int[][] few = {{1030, 1}, {700, 1}};
        assertAttention(format, heads(16, 1, 32, 0), 32, few);
        assertAttention(format, heads(2, 1, 256, 0), 16, few);
        assertAttention(format, heads(3, 1, 80, 100), 64, few);
        assertAttention(format, heads(2, 1, 32, 0), 16, new int[][] {{2100, 1}});
    }

    private static AttentionHeads heads(int heads, int kvHeads, int size, int window) {
        float scale = (float) (1 / Math.sqrt(size));
        return new AttentionHeads(heads, kvHeads, size, scale, window, Optional.empty());
    }

    private void assertAttention(
            NumberFormat format, AttentionHeads heads, int blockSize, int[][] sequences) {
        String what = heads + ", blocks of " + blockSize;
        DType type = format.dtype();
        try (KernelBench bench = new KernelBench(format, SEED)) {
            int maxBlocks = Math.ceilDiv(MAX_CONTEXT, blockSize);
            int numBlocks = sequences.length * maxBlocks;
            KvCacheLayout layout =
                    KvCacheLayout.uniform(
                            1,
                            numBlocks,
                            blockSize,
                            new KvCacheLayout.Layer(heads.numKvHeads(), heads.headDim()),
                            type);
            DeviceBuffer memory = new DeviceBuffer(bench.context, DeviceKvCache.bytes(layout));
            // What no token wrote is NaN.
            bench.stream.fill(memory, (byte) 0xff);
            DeviceKvCache cache = new DeviceKvCache(layout, format, memory);
            KvCache same = bench.reference.allocateKvCache(layout);
            AttentionKernel kernel = new AttentionKernel(bench.source);
            kernel.prepare(cache);
            RopeAndStoreKernel store = new RopeAndStoreKernel(bench.source);
            int[] order = order(bench, numBlocks);
            // First what came before, then the step in question.
            for (boolean before : new boolean[] {true, false}) {
                int tokens = 0;
                for (int[] one : sequences) {
                    tokens += before ? one[0] : one[1];
                }
                BatchLimits limits =
                        new BatchLimits(tokens, sequences.length, maxBlocks, blockSize);
                kernel.prepare(limits);
                DeviceBuffer steps = new DeviceBuffer(bench.context, StepMemory.bytes(limits));
                DeviceBatch batch = new DeviceBatch(bench.context, new StepMemory(limits, steps));
                Batch other = bench.reference.allocateBatch(limits);
                fill(batch.host(), sequences, before, order, maxBlocks);
                fill(other, sequences, before, order, maxBlocks);
                batch.measure();
                batch.tell(KernelBench.LIMIT, 0);
                batch.upload(bench.stream);
                new BeginStepKernel(bench.source, batch.memory()).run(batch.host().numSequences());
                float[] qkv = bench.values(tokens * heads.qkvWidth());
                Matrix rows = bench.reference(type, qkv, tokens, heads.qkvWidth());
                DeviceMatrix given = bench.matrix(qkv, tokens, heads.qkvWidth(), 1).matrix();
                bench.reference.ropeAndStore(rows, heads, still(bench), same, 0, other);
                store.run(given, heads, onCard(bench), cache, 0, batch);
                if (before) {
                    continue;
                }
                int width = heads.numHeads() * heads.headDim();
                Matrix out = bench.reference.allocate(type, tokens, width);
                bench.reference.attention(out, rows, heads, same, 0, other);
                Fenced output = bench.output(tokens, width);
                int count = tokens;
                bench.assertWrites(
                        what,
                        bench.values(out, tokens),
                        output,
                        count,
                        2e-3,
                        () -> kernel.run(output.matrix(), given, heads, cache, 0, batch));
                if (batch.mostNewTokens() > 1) {
                    continue;
                }
                float[] plain = bench.written(output, tokens);
                for (int parts = 1; parts <= 3; parts++) {
                    for (int variant = 1; variant <= 2; variant++) {
                        Fenced split = bench.output(tokens, width);
                        int which = variant;
                        int shared = parts;
                        String named = what + ", variant " + variant + " in " + parts + " parts";
                        bench.assertWrites(
                                named,
                                plain,
                                split,
                                count,
                                1e-2,
                                () ->
                                        kernel.run(
                                                which,
                                                shared,
                                                split.matrix(),
                                                given,
                                                heads,
                                                cache,
                                                0,
                                                batch));
                        if (variant == 1) {
                            assertArrayEquals(plain, bench.written(split, tokens), named);
                        }
                    }
                }
            }
        }
    }

    private static int[] order(KernelBench bench, int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = bench.random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    private static void fill(
            Batch batch, int[][] sequences, boolean before, int[] order, int maxBlocks) {
        batch.clear();
        for (int s = 0; s < sequences.length; s++) {
            int from = before ? 0 : sequences[s][0];
            int count = sequences[s][before ? 0 : 1];
            if (count == 0) {
                continue;
            }
            int[] table = Arrays.copyOfRange(order, s * maxBlocks, (s + 1) * maxBlocks);
            batch.startSequence(from, table, maxBlocks);
            for (int t = 0; t < count; t++) {
                batch.addToken(0);
            }
            batch.endSequence();
        }
    }

    /** Angles of zero. */
    private static float[] cosSin() {
        float[] table = new float[MAX_CONTEXT * 2];
        for (int p = 0; p < table.length; p += 2) {
            table[p] = 1;
        }
        return table;
    }

    private static RopeTable still(KernelBench bench) {
        Matrix table = bench.reference(DType.F32, cosSin(), MAX_CONTEXT, 2);
        return new RopeTable(table, 2, RopeTable.Pairing.HALVES);
    }

    private static RopeTable onCard(KernelBench bench) {
        DeviceBuffer buffer = new DeviceBuffer(bench.context, 4L * 2 * MAX_CONTEXT);
        bench.stream.write(MemorySegment.ofArray(cosSin()), buffer);
        DeviceMatrix table = new DeviceMatrix(DType.F32, MAX_CONTEXT, 2, buffer);
        return new RopeTable(table, 2, RopeTable.Pairing.HALVES);
    }
}
