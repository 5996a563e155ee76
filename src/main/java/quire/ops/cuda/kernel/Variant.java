package quire.ops.cuda.kernel;

/**
 * One of several kernels that compute the same.
 *
 * @param name as logs and the store call it; the same wherever the kernel is used
 */
record Variant(String name, Sums sums) {

    /** What a variant adds up in which order. */
    enum Sums {
        /** The plain kernel's sums in its order: a result has the same bits, or is wrong. */
        AS_PLAIN,

        /** Others: a result differs by what rounding explains. */
        OTHERWISE
    }
}
