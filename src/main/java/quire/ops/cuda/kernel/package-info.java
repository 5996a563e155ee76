/**
 * Floor 2, inside {@code ops.cuda}: one class for each source in {@code kernels-cuda/}, which
 * checks shapes, picks the variant and computes the grid, and what kernels read and write. Past
 * these classes a kernel trusts every size that it is given. Imports {@code ops}, {@code tensor}
 * and {@code ops.cuda.driver}. Runs on the thread that owns the context.
 */
package quire.ops.cuda.kernel;
