package quire.ops.cuda.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import quire.ops.AttentionHeads;
import quire.ops.KvCacheLayout;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.tensor.DType;

/** Heads of one geometry, of sequences that decode: the layers that have it share a choice. */
final class AttentionShape {

    /**
     * The greatest numbers of sequences for which variants compete, each from the one before on.
     */
    private static final int[] SEQUENCES = {1, 4, 16};

    /** Tokens over which they compete, where so long a context can be. */
    private static final int CONTEXT = 4096;

    private final AttentionHeads heads;
    private final int maxBlocks;
    private final int blockSize;
    private final int[] chosen = new int[SEQUENCES.length];
    private boolean isSettled;

    AttentionShape(AttentionHeads heads, DeviceSequences on) {
        this.heads = heads;
        this.maxBlocks = on.maxBlocks();
        this.blockSize = on.blockSize();
    }

    boolean is(AttentionHeads other, DeviceSequences on) {
        return heads.numHeads() == other.numHeads()
                && heads.numKvHeads() == other.numKvHeads()
                && heads.headDim() == other.headDim()
                && heads.slidingWindow() == other.slidingWindow()
                && maxBlocks == on.maxBlocks()
                && blockSize == on.blockSize();
    }

    /** The variant for so many sequences. */
    int chosen(int numSequences) {
        for (int i = 0; i < SEQUENCES.length; i++) {
            if (numSequences <= SEQUENCES[i]) {
                return chosen[i];
            }
        }
        return 0;
    }

    /** One for each choice that is open. */
    List<Trial> trials(AttentionKernel kernel, KernelSource source) {
        List<Trial> trials = new ArrayList<>();
        for (int i = 0; i < SEQUENCES.length && !isSettled; i++) {
            trials.add(new Choice(kernel, source, i));
        }
        return trials;
    }

    /** The trial of one choice. Its sequences share their blocks: a cache of its own is small. */
    private final class Choice implements Trial, DeviceSequences {

        private static final long SEED = 0xa77e;

        /** Queries that let a few tokens of many have most of the weight, as in a model. */
        private static final float QUERIES = 8;

        private final AttentionKernel kernel;
        private final KernelSource source;
        private final int index;
        private final int context = Math.min(CONTEXT, maxContext());
        private final List<Variant> variants = new ArrayList<>();
        private final List<Integer> numbers = new ArrayList<>();
        private DeviceKvCache cache;
        private DeviceBuffer keysAndValues;
        private DeviceMatrix qkv;
        private DeviceBuffer arrays;

        Choice(AttentionKernel kernel, KernelSource source, int index) {
            this.kernel = kernel;
            this.source = source;
            this.index = index;
            List<Variant> all = kernel.variants(heads.headDim());
            for (int i = 0; i < all.size(); i++) {
                if (i == 0 || kernel.splits(i, heads, this)) {
                    variants.add(all.get(i));
                    numbers.add(i);
                }
            }
        }

        @Override
        public String name() {
            return "attention of %d on %d heads of %d%s, %d sequences of %d in at most %d tokens"
                    .formatted(
                            heads.numHeads(),
                            heads.numKvHeads(),
                            heads.headDim(),
                            heads.slidingWindow() > 0 ? ", window " + heads.slidingWindow() : "",
                            numSequences(),
                            context,
                            maxContext());
        }

        @Override
        public List<Variant> variants() {
            return variants;
        }

        @Override
        public DType type() {
            return source.format().dtype();
        }

        @Override
        public int rows() {
            return SEQUENCES[index];
        }

        @Override
        public int columns() {
            return heads.numHeads() * heads.headDim();
        }

        /**
         * The weight of a token is rounded to the format, by half a unit at most, and otherwise
         * where it is relative to another maximum. Values are at most 1, and so is the sum of
         * weights.
         */
        @Override
        public double tolerance() {
            return switch (source.format()) {
                case BF16 -> 0x1p-8;
                case FP16 -> 0x1p-11;
            };
        }

        @Override
        public void open() {
            int numBlocks = Math.ceilDiv(context, blockSize);
            KvCacheLayout layout =
                    KvCacheLayout.uniform(
                            1,
                            numBlocks,
                            blockSize,
                            new KvCacheLayout.Layer(heads.numKvHeads(), heads.headDim()),
                            type());
            // Whatever place in a tile a number has, it is as good as any other.
            DeviceMatrix numbersOfCache =
                    SeededMatrix.of(
                            source,
                            2 * numBlocks * blockSize,
                            heads.numKvHeads() * heads.headDim(),
                            1,
                            SEED);
            keysAndValues = numbersOfCache.buffer();
            cache = new DeviceKvCache(layout, source.format(), keysAndValues);
            qkv = SeededMatrix.of(source, rows(), heads.qkvWidth(), QUERIES, SEED + 1);
            arrays = new DeviceBuffer(source.context(), arraysBytes());
            source.stream().write(MemorySegment.ofArray(arrays(numBlocks)), arrays);
        }

        private long arraysBytes() {
            return Integer.BYTES * (1L + rows() * (3L + maxBlocks));
        }

        /**
         * Starts of the sequences, their lengths, which differ by some tokens, and their blocks.
         */
        private int[] arrays(int numBlocks) {
            int rows = rows();
            int[] all = new int[Math.toIntExact(arraysBytes() / Integer.BYTES)];
            for (int i = 0; i <= rows; i++) {
                all[i] = i;
            }
            for (int i = 0; i < rows; i++) {
                all[rows + 1 + i] = Math.max(1, context - 37 * i);
                all[2 * rows + 1 + i] = i;
                for (int b = 0; b < numBlocks; b++) {
                    all[3 * rows + 1 + i * maxBlocks + b] = b;
                }
            }
            return all;
        }

        @Override
        public void run(int variant, DeviceMatrix out, int turn) {
            kernel.run(numbers.get(variant), out, qkv, heads, cache, 0, this);
        }

        @Override
        public void choose(int variant) {
            chosen[index] = numbers.get(variant);
            isSettled = true;
        }

        @Override
        public int numSequences() {
            return SEQUENCES[index];
        }

        @Override
        public int mostNewTokens() {
            return 1;
        }

        @Override
        public long queryStarts() {
            return arrays.address();
        }

        @Override
        public long contextLengths() {
            return arrays.address() + Integer.BYTES * (1L + rows());
        }

        @Override
        public long slots() {
            return arrays.address() + Integer.BYTES * (1L + 2L * rows());
        }

        @Override
        public long tables() {
            return arrays.address() + Integer.BYTES * (1L + 3L * rows());
        }

        @Override
        public int maxBlocks() {
            return maxBlocks;
        }

        @Override
        public int blockSize() {
            return blockSize;
        }

        @Override
        public void close() {
            for (DeviceBuffer buffer :
                    new DeviceBuffer[] {keysAndValues, qkv == null ? null : qkv.buffer(), arrays}) {
                if (buffer != null) {
                    buffer.close();
                }
            }
        }
    }
}
