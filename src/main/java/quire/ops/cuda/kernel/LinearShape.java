package quire.ops.cuda.kernel;

import java.util.ArrayList;
import java.util.List;
import quire.tensor.DType;

/** Weights of one shape and what is written by them: the layers that have it share a choice. */
final class LinearShape {

    /** Layers whose weights trials take in turn; enough that no cache holds all of them. */
    private static final int MOST_LAYERS = 16;

    private final DType type;
    private final int outputs;
    private final int inputs;
    private final int[] rows;
    private final int[] chosen;
    private final List<TiledLinear> layers = new ArrayList<>();
    private boolean isSettled;

    /**
     * @param type of the result
     * @param rows the greatest number of each choice
     */
    LinearShape(DType type, int outputs, int inputs, int[] rows) {
        this.type = type;
        this.outputs = outputs;
        this.inputs = inputs;
        this.rows = rows;
        this.chosen = new int[rows.length];
    }

    boolean is(DType resultType, TiledLinear linear) {
        return type == resultType && outputs == linear.outputs() && inputs == linear.inputs();
    }

    /** Takes down, until there was a trial, which layers are of this shape. */
    void saw(TiledLinear layer) {
        if (!isSettled && layers.size() < MOST_LAYERS && !layers.contains(layer)) {
            layers.add(layer);
        }
    }

    /** The variant for a choice. */
    int chosen(int choice) {
        return chosen[choice];
    }

    /** One for each choice that is open. */
    List<Trial> trials(LinearKernel kernel, KernelSource source) {
        List<Trial> trials = new ArrayList<>();
        for (int i = 0; i < rows.length && !isSettled; i++) {
            trials.add(new Choice(kernel, source, i));
        }
        return trials;
    }

    /** The trial of one choice, in rows that fill it, with a residual where there may be one. */
    private final class Choice implements Trial {

        private static final long SEED = 0x71e5;

        private final LinearKernel kernel;
        private final KernelSource source;
        private final int index;
        private DeviceMatrix x;
        private DeviceMatrix residual;

        Choice(LinearKernel kernel, KernelSource source, int index) {
            this.kernel = kernel;
            this.source = source;
            this.index = index;
        }

        @Override
        public String name() {
            return "a linear layer of %d x %d, %s, %d rows"
                    .formatted(outputs, inputs, type, rows[index]);
        }

        @Override
        public List<Variant> variants() {
            return kernel.variants(type);
        }

        @Override
        public DType type() {
            return type;
        }

        @Override
        public int rows() {
            return rows[index];
        }

        @Override
        public int columns() {
            return outputs;
        }

        /** No variant sums otherwise. */
        @Override
        public double tolerance() {
            return 0;
        }

        @Override
        public void open() {
            x = SeededMatrix.of(source, rows[index], inputs, 1, SEED);
            if (type != DType.F32) {
                residual = SeededMatrix.of(source, rows[index], outputs, 1, SEED + 1);
            }
        }

        @Override
        public void run(int variant, DeviceMatrix out, int turn) {
            TiledLinear layer = layers.get(turn % layers.size());
            kernel.run(variant, out, x, layer, residual, rows[index]);
        }

        @Override
        public void choose(int variant) {
            chosen[index] = variant;
            isSettled = true;
        }

        @Override
        public void close() {
            if (x != null) {
                x.buffer().close();
            }
            if (residual != null) {
                residual.buffer().close();
            }
        }
    }
}
