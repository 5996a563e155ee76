package quire.gpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import quire.model.ModelConfig;
import quire.ops.Ops;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/** A model of some shape, with weights that are {@linkplain MadeWeights made}, in a step loop. */
final class ShapedModel implements AutoCloseable {
    /** More tokens than a measurement makes. */
    private static final int MAX_TOKENS = 1 << 16;

    private final Path folder;
    private final Arena arena = Arena.ofConfined();
    private final Checkpoint checkpoint;
    private final Ops ops;
    private final ModelConfig config;
    private final StepLoop loop;
    private final SplittableRandom random = new SplittableRandom(5);

    /** Takes over {@code backend}. */
    ShapedModel(Ops backend, ShapedCheckpoint.Sizes sizes, StepLoop.Room room) throws IOException {
        folder = Files.createTempDirectory("shaped");
        checkpoint = ShapedCheckpoint.in(folder, sizes);
        config = ModelConfig.of(checkpoint, "");
        long largest = checkpoint.names().stream().mapToLong(this::numElements).max().orElseThrow();
        ops = new MadeWeights(arena, largest).over(backend);
        loop = new StepLoop(ops, checkpoint, config, room);
    }

    private long numElements(String name) {
        return checkpoint.tensor(name).numElements();
    }

    /** Bytes of all weights. */
    long weightBytes() {
        return checkpoint.sizeBytes();
    }

    /** Bytes of the weights of layers, which every token is multiplied with. */
    long layerBytes() {
        return weightBytes() - 2 * headBytes();
    }

    /** Bytes of the output projection, and as many of the table that embeds. */
    long headBytes() {
        return (long) config.vocabSize() * config.hiddenSize() * Short.BYTES;
    }

    /** Bytes that the keys and values of a token take. */
    long bytesOfToken() {
        int block = StepLoop.BLOCK;
        return config.kvCacheLayout(1, block, DType.BF16).blockBytes() / block;
    }

    /** What it took to bring the weights to the card and into tiles. */
    double loadSeconds() {
        return loop.loadSeconds();
    }

    /** Steps that the backend takes at once. */
    int maxDepth() {
        return loop.maxDepth();
    }

    /** A step that computes a whole prompt and samples. */
    StepLoop.Timing prompt(int length) {
        add(length);
        StepLoop.Timing timing = loop.run(1, 1);
        loop.end();
        return timing;
    }

    /**
     * Steps that decode.
     *
     * @param length of each context, of which all but one token is taken as computed
     * @param depth steps in flight
     */
    StepLoop.Timing decode(int sequences, int length, int steps, int depth) {
        for (int i = 0; i < sequences; i++) {
            add(length);
        }
        loop.pretend();
        loop.run(depth + 2, depth);
        StepLoop.Timing timing = loop.run(steps, depth);
        loop.end();
        return timing;
    }

    private void add(int length) {
        loop.add(random.ints(length, 0, config.vocabSize()).toArray(), MAX_TOKENS);
    }

    @Override
    public void close() throws IOException {
        loop.close();
        ops.close();
        checkpoint.close();
        arena.close();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
