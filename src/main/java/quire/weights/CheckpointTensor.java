package quire.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import quire.error.CheckpointException;
import quire.tensor.BlockDecoder;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * One tensor of a checkpoint, as it lies in the mapped file.
 *
 * @param name as the file spells it
 * @param typeName as the file's format calls the element type: {@code BF16}, {@code F8_E4M3}
 * @param knownType the element type where Quire computes with it; empty for those it only lists
 * @param shape row-major, the last dimension contiguous; GGUF's reversed dimensions are turned
 *     around; empty for a scalar
 * @param data read-only, exactly the tensor's bytes, at any alignment; valid until the checkpoint
 *     is closed
 * @param file name of the file that holds it, for messages
 */
public record CheckpointTensor(
        String name,
        String typeName,
        Optional<DType> knownType,
        List<Long> shape,
        MemorySegment data,
        String file) {

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public CheckpointTensor {
        shape = List.copyOf(shape);
    }

    /**
     * The element type.
     *
     * @throws CheckpointException if Quire does not compute with the stored type
     */
    public DType dtype() {
        return knownType.orElseThrow(
                () ->
                        fault(
                                "is stored as "
                                        + typeName
                                        + ", which Quire does not compute with; use a"
                                        + " checkpoint in BF16, F16 or F32, or a GGUF file"));
    }

    /** Number of elements: the product of the shape, 1 for a scalar. */
    public long numElements() {
        if (shape.contains(0L)) {
            return 0;
        }
        long product = 1;
        for (long dimension : shape) {
            product = Math.multiplyExact(product, dimension);
        }
        return product;
    }

    /**
     * A view of a tensor of two dimensions as {@code [rows, columns]}; shares memory.
     *
     * @throws CheckpointException if it has not two dimensions, or a type that is only listed
     */
    public Tensor asMatrix() {
        if (shape.size() != 2) {
            throw fault("has the shape " + shape + ", a matrix [rows, columns] is needed");
        }
        return view(shape.get(0), shape.get(1));
    }

    /**
     * A view of a tensor of one dimension as {@code [1, length]}; shares memory.
     *
     * @throws CheckpointException if it has not one dimension, or a type that is only listed
     */
    public Tensor asVector() {
        if (shape.size() != 1) {
            throw fault("has the shape " + shape + ", a vector is needed");
        }
        return view(1, shape.get(0));
    }

    /**
     * A copy of all elements as float32, row-major.
     *
     * @throws CheckpointException if the type has no float32 values or there are 2^31 or more
     */
    public float[] toFloats() {
        DType dtype = dtype();
        if (dtype == DType.I32) {
            throw fault("holds integers, floating point numbers are needed");
        }
        float[] floats = new float[arrayLength()];
        BlockDecoder.decode(dtype, data, 0, floats, 0, floats.length);
        return floats;
    }

    /**
     * A copy of all elements of an I32 tensor, row-major.
     *
     * @throws CheckpointException if the type is another or there are 2^31 or more elements
     */
    public int[] toInts() {
        if (dtype() != DType.I32) {
            throw fault("is stored as " + typeName + ", I32 is needed");
        }
        int[] ints = new int[arrayLength()];
        MemorySegment.copy(data, INT, 0, ints, 0, ints.length);
        return ints;
    }

    private Tensor view(long rows, long columns) {
        if (rows > Integer.MAX_VALUE || columns > Integer.MAX_VALUE) {
            throw fault("has the shape " + shape + ", dimensions end at " + Integer.MAX_VALUE);
        }
        return new Tensor(dtype(), (int) rows, (int) columns, data);
    }

    private int arrayLength() {
        long elements = numElements();
        if (elements > Integer.MAX_VALUE - 8) {
            throw fault("has " + elements + " elements, too many for one array");
        }
        return (int) elements;
    }

    private CheckpointException fault(String what) {
        return new CheckpointException(file + ": tensor " + Names.quote(name) + " " + what + ".");
    }
}
