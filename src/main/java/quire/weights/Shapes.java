package quire.weights;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/** Arithmetic on shapes that a file claims: exact, or no answer. */
final class Shapes {

    private Shapes() {}

    /**
     * Bytes of a row-major tensor whose rows are whole blocks; empty if a dimension is negative,
     * the size passes 2^63 or a row is not a whole number of blocks and bytes.
     *
     * @param blockBits size of a block of {@code blockElements} elements
     */
    static OptionalLong bytes(List<Long> shape, long blockElements, long blockBits) {
        long columns = shape.isEmpty() ? 1 : shape.getLast();
        if (columns % blockElements != 0) {
            return OptionalLong.empty();
        }
        // A zero hides an overflow of the dimensions before it, so signs and zeros come first.
        boolean empty = false;
        for (long dimension : shape) {
            if (dimension < 0) {
                return OptionalLong.empty();
            }
            empty |= dimension == 0;
        }
        if (empty) {
            return OptionalLong.of(0);
        }
        try {
            long bits = Math.multiplyExact(columns / blockElements, blockBits);
            for (int i = 0; i < shape.size() - 1; i++) {
                bits = Math.multiplyExact(bits, shape.get(i).longValue());
            }
            return bits % 8 == 0 ? OptionalLong.of(bits / 8) : OptionalLong.empty();
        } catch (ArithmeticException e) {
            return OptionalLong.empty();
        }
    }

    /** Makes sure that no byte belongs to two tensors. */
    static void requireDisjoint(List<StoredTensor> tensors, HeaderReader in) {
        List<StoredTensor> sorted = new ArrayList<>(tensors);
        sorted.sort(
                Comparator.comparingLong(StoredTensor::offset)
                        .thenComparingLong(StoredTensor::bytes));
        for (int i = 1; i < sorted.size(); i++) {
            StoredTensor before = sorted.get(i - 1);
            StoredTensor tensor = sorted.get(i);
            if (before.offset() + before.bytes() > tensor.offset()) {
                throw in.fault(
                        "lets the tensors "
                                + Names.quote(before.name())
                                + " and "
                                + Names.quote(tensor.name())
                                + " overlap");
            }
        }
    }
}
