package quire.ops;

/**
 * A linear layer that an {@link Ops} placed, in the layout, type and number of copies that its
 * kernels want. Only that backend sees inside.
 */
public interface Linear {

    /** Columns of what goes in. */
    int inputs();

    /** Columns of what comes out, those of all parts together. */
    int outputs();
}
