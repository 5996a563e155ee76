package quire.ops.cuda.kernel;

import java.util.List;
import quire.tensor.DType;

/**
 * Something that the model asks for and several kernels can compute, at one shape and size: what
 * {@link SelfCheck} runs. Its inputs are made when it is opened and freed when it is closed.
 */
interface Trial extends AutoCloseable {

    /** What is computed, such as {@code linear_bf16 4608 x 3584, 8 rows}. */
    String name();

    /** The plain one first. */
    List<Variant> variants();

    /** Of the matrix that is written, all of it. */
    DType type();

    int rows();

    int columns();

    /**
     * How far two results may lie apart, each element for itself, that sum the same in different
     * orders: by how they are rounded on the way, and beside that by a unit of the type.
     */
    double tolerance();

    /** Makes the inputs, the same ones every time. */
    void open();

    /**
     * Puts a run on the stream.
     *
     * @param turn 0 for a result to compare; runs that are timed go through what the model has of
     *     this shape, as a step does, whose weights are in no cache either
     */
    void run(int variant, DeviceMatrix out, int turn);

    /** Settles which one the steps use. */
    void choose(int variant);

    @Override
    void close();
}
