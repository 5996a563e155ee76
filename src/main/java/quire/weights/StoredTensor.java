package quire.weights;

import java.util.List;
import java.util.Optional;
import quire.tensor.DType;

/**
 * What a header says of one tensor, checked: its bytes lie inside the file and overlap no other's.
 *
 * @param offset of its first byte from the start of the file
 * @param bytes exactly what shape and type need
 */
record StoredTensor(
        String name,
        String typeName,
        Optional<DType> knownType,
        List<Long> shape,
        long offset,
        long bytes) {

    StoredTensor {
        shape = List.copyOf(shape);
    }
}
