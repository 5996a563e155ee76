package quire.ops;

/**
 * An embedding table that an {@link Ops} placed, in the layout that its kernels want. Only that
 * backend sees inside.
 */
public interface Table {}
