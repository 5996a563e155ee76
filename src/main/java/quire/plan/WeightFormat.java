package quire.plan;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import quire.ops.Footprint;
import quire.ops.LinearShape;
import quire.plan.WeightShape.Kind;
import quire.tensor.DType;

/**
 * How the weights of a model are kept.
 *
 * @param name as people write it
 * @param matrices type of the embedding, the output projection and, unless they are packed, the
 *     matrices of layers
 * @param packing how the matrices of layers are quantised
 */
public record WeightFormat(String name, DType matrices, Optional<Packing> packing) {

    /**
     * Numbers of few bits in groups that share a scale.
     *
     * @param groupRows rows of a group
     * @param groupColumns its columns; those of the matrix where it has fewer
     * @param groupBits what is kept of a group besides
     * @param kinds of the matrices that are; others stay in 16 bits
     */
    record Packing(int bits, int groupRows, int groupColumns, int groupBits, Set<Kind> kinds) {

        /** All that quantisation is for. */
        static final Set<Kind> USUAL = Set.of(Kind.ATTENTION, Kind.MLP, Kind.EXPERT);

        long bytes(long rows, long columns) {
            long groups =
                    Math.multiplyExact(
                            Math.ceilDiv(rows, (long) groupRows),
                            Math.ceilDiv(columns, (long) groupColumns));
            long numbers = Math.multiplyExact(rows, Math.ceilDiv(columns * bits, Byte.SIZE));
            return Math.addExact(numbers, Math.ceilDiv(groups * groupBits, Byte.SIZE));
        }
    }

    /** 16 bits each. */
    public static final WeightFormat BF16 = plain("bf16", DType.BF16);

    /** The types that a GGUF file has, as the CPU engine keeps them. */
    static final WeightFormat AS_STORED = plain("as stored", DType.BF16);

    /** 8 bits, and a scale of 16 for each output, as W8A8 checkpoints have them. */
    public static final WeightFormat INT8 = packed("int8", 8, 1, Integer.MAX_VALUE, 16);

    /** 4 bits, and a scale of 16 and a zero of 4 for each 128 inputs, as AWQ and GPTQ have them. */
    public static final WeightFormat INT4 = packed("4-bit", 4, 1, 128, 20);

    /** What one may choose from for a card. */
    static final List<WeightFormat> OF_CARDS = List.of(BF16, INT8, INT4);

    /** And for the CPU engine, which reads these types of GGUF as they are. */
    static final List<WeightFormat> OF_PROCESSORS =
            List.of(BF16, plain("Q8_0", DType.Q8_0), plain("Q4_0", DType.Q4_0));

    static WeightFormat plain(String name, DType type) {
        return new WeightFormat(name, type, Optional.empty());
    }

    private static WeightFormat packed(
            String name, int bits, int groupRows, int groupColumns, int groupBits) {
        return packed(name, new Packing(bits, groupRows, groupColumns, groupBits, Packing.USUAL));
    }

    static WeightFormat packed(String name, Packing packing) {
        return new WeightFormat(name, DType.BF16, Optional.of(packing));
    }

    /** Whether each number has 16 bits or more. */
    boolean isPlain() {
        return packing.isEmpty() && !matrices.quantised();
    }

    /** Bytes of a model's weights as a backend keeps them. */
    long bytes(ModelShape shape, Footprint footprint) {
        return shape.weights().stream()
                .mapToLong(weight -> bytes(weight, footprint))
                .reduce(0, Math::addExact);
    }

    private long bytes(WeightShape weight, Footprint footprint) {
        int rows = weight.outputs().stream().reduce(0, Math::addExact);
        long each =
                switch (weight.kind()) {
                    case VECTOR -> DType.F32.rowBytes(rows);
                    case TABLE -> footprint.tableBytes(type(weight), rows, weight.inputs());
                    case HEAD -> linearBytes(weight, type(weight), footprint);
                    case PLAIN -> linearBytes(weight, DType.BF16, footprint);
                    case ATTENTION, MLP, EXPERT ->
                            packing.filter(p -> p.kinds.contains(weight.kind()))
                                    .map(p -> packedBytes(weight, p))
                                    .orElseGet(() -> linearBytes(weight, type(weight), footprint));
                };
        return Math.multiplyExact(weight.count(), each);
    }

    /** Rows that are no whole number of blocks stay in 16 bits, as converters leave them. */
    private DType type(WeightShape weight) {
        return weight.inputs() % matrices.blockElements() == 0 ? matrices : DType.BF16;
    }

    private static long linearBytes(WeightShape weight, DType type, Footprint footprint) {
        return footprint.linearBytes(
                weight.outputs().stream()
                        .map(rows -> new LinearShape(type, rows, weight.inputs(), weight.bias()))
                        .toList());
    }

    private static long packedBytes(WeightShape weight, Packing packing) {
        long bytes = 0;
        for (int rows : weight.outputs()) {
            long biases = weight.bias() ? DType.F32.rowBytes(rows) : 0;
            bytes = Math.addExact(bytes, packing.bytes(rows, weight.inputs()) + biases);
        }
        return bytes;
    }

    /** What files of each of the usual formats take, by the format's name. */
    static Map<String, Long> files(ModelShape shape) {
        Map<String, Long> bytes = new LinkedHashMap<>();
        OF_CARDS.forEach(format -> bytes.put(format.name, format.fileBytes(shape)));
        return bytes;
    }

    /** Bytes of all weights as files of this format have them, norms and biases in 16 bits. */
    long fileBytes(ModelShape shape) {
        long bytes = 0;
        for (WeightShape weight : shape.weights()) {
            long rows = weight.outputs().stream().mapToLong(Integer::longValue).sum();
            long parameters = weight.numParameters() / weight.count();
            boolean packs = packing.isPresent() && packing.get().kinds.contains(weight.kind());
            long plain = matrices.blockBytes();
            long each =
                    packs
                            ? packing.get().bytes(rows, weight.inputs())
                                    + (weight.bias() ? plain * rows : 0)
                            : plain * parameters;
            bytes = Math.addExact(bytes, Math.multiplyExact(weight.count(), each));
        }
        return bytes;
    }
}
