package quire.gpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.ops.cuda.CudaOps;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * A layer of Qwen2.5-7B by the engine's plain operations, over and over as if it were 28: what a
 * step takes before anything is tuned.
 */
final class PlainStage implements Stage.Work {
    private static final DType TYPE = DType.BF16;
    private static final int LAYERS = 28;
    private static final int BLOCK = 16;

    /** Sizes of a model. */
    private record Model(AttentionHeads heads, int hidden, int intermediate) {
        int width() {
            return heads.numHeads() * heads.headDim();
        }
    }

    @Override
    public void run(Bench bench) {
        Model model =
                bench.tiny()
                        ? new Model(heads(4, 2, 64), 256, 320)
                        : new Model(heads(28, 4, 128), 3584, 18944);
        int[][] loads =
                bench.tiny()
                        ? new int[][] {{2, 1, 40}}
                        : new int[][] {{1, 1, 1024}, {8, 1, 1024}, {64, 1, 1024}, {1, 1024, 1024}};
        try (Ops ops = new CudaOps(bench.gpu().device(), bench.engineKernels(), TYPE);
                Arena arena = Arena.ofConfined()) {
            Layer layer = new Layer(ops, arena, model);
            for (int[] load : loads) {
                double millis = layer.millis(load[0], load[1], load[2], bench.tiny() ? 1 : 5);
                String name =
                        load[1] == 1
                                ? load[0] + " sequences of " + load[2]
                                : "a prompt of " + load[1];
                bench.report()
                        .figure(
                                name + ", " + LAYERS + " layers",
                                LAYERS * millis,
                                "ms",
                                "without embedding, head and sampling");
            }
        }
    }

    private static AttentionHeads heads(int heads, int kvHeads, int size) {
        float scale = (float) (1 / Math.sqrt(size));
        return new AttentionHeads(heads, kvHeads, size, scale, 0, Optional.empty());
    }

    private static final class Layer {
        private final Ops ops;
        private final Model model;
        private final Linear qkv;
        private final Linear output;
        private final Linear gateUp;
        private final Linear down;
        private final Matrix norm;

        Layer(Ops ops, Arena arena, Model model) {
            this.ops = ops;
            this.model = model;
            qkv = linear(arena, model.heads.qkvWidth(), model.hidden);
            output = linear(arena, model.hidden, model.width());
            gateUp = linear(arena, 2 * model.intermediate, model.hidden);
            down = linear(arena, model.hidden, model.intermediate);
            norm = ops.placeVector(new Tensor(TYPE, 1, model.hidden, numbers(arena, model.hidden)));
        }

        private Linear linear(Arena arena, int outputs, int inputs) {
            MemorySegment data = numbers(arena, (long) outputs * inputs);
            Tensor weight = new Tensor(TYPE, outputs, inputs, data);
            return ops.placeLinear(List.of(new LinearPart(weight, Optional.empty())));
        }

        /** A random piece again and again: what the numbers are does not matter to time. */
        private static MemorySegment numbers(Arena arena, long count) {
            short[] piece = Bf16.normal(new SplittableRandom(3), 1 << 16, 0.02);
            MemorySegment all = arena.allocate(2 * count, 64);
            for (long at = 0; at < count; at += piece.length) {
                int some = (int) Math.min(piece.length, count - at);
                MemorySegment.copy(piece, 0, all, ValueLayout.JAVA_SHORT, 2 * at, some);
            }
            return all;
        }

        /** Of one layer, while sequences that end at {@code context} each bring some tokens. */
        double millis(int sequences, int newTokens, int context, int runs) {
            int tokens = sequences * newTokens;
            int maxBlocks = Math.ceilDiv(context, BLOCK);
            Batch batch = ops.allocateBatch(new BatchLimits(tokens, sequences, maxBlocks, BLOCK));
            batch.clear();
            for (int s = 0; s < sequences; s++) {
                int[] table = new int[maxBlocks];
                for (int i = 0; i < maxBlocks; i++) {
                    table[i] = i * sequences + s;
                }
                batch.startSequence(context - newTokens, table, maxBlocks);
                for (int t = 0; t < newTokens; t++) {
                    batch.addToken(0);
                }
                batch.endSequence();
            }
            AttentionHeads heads = model.heads;
            KvCache cache =
                    ops.allocateKvCache(
                            KvCacheLayout.uniform(
                                    1,
                                    sequences * maxBlocks,
                                    BLOCK,
                                    new KvCacheLayout.Layer(heads.numKvHeads(), heads.headDim()),
                                    TYPE));
            Matrix table = ops.allocate(DType.F32, context, heads.headDim());
            RopeTable rope = new RopeTable(table, heads.headDim(), RopeTable.Pairing.HALVES);
            Matrix residual = ops.allocate(TYPE, tokens, model.hidden);
            Matrix normed = ops.allocate(TYPE, tokens, model.hidden);
            Matrix rows = ops.allocate(TYPE, tokens, heads.qkvWidth());
            Matrix attended = ops.allocate(TYPE, tokens, model.width());
            Matrix both = ops.allocate(TYPE, tokens, 2 * model.intermediate);
            Matrix gated = ops.allocate(TYPE, tokens, model.intermediate);
            ops.begin(batch);
            Runnable layer =
                    () -> {
                        ops.linearRopeAndStore(rows, normed, qkv, heads, rope, cache, 0, batch);
                        ops.attention(attended, rows, heads, cache, 0, batch);
                        ops.linearAddRmsNorm(
                                normed, residual, attended, output, norm, 1e-6f, tokens);
                        ops.linear(both, normed, gateUp, tokens);
                        ops.siluAndMul(gated, both, tokens);
                        ops.linearAddRmsNorm(normed, residual, gated, down, norm, 1e-6f, tokens);
                    };
            layer.run();
            ops.host(normed, 1);
            long begun = System.nanoTime();
            for (int i = 0; i < runs * LAYERS; i++) {
                layer.run();
            }
            ops.host(normed, 1);
            return (System.nanoTime() - begun) / 1e6 / (runs * LAYERS);
        }
    }
}
