/**
 * Floor 2: the operations on NVIDIA cards. {@link quire.ops.cuda.CudaOps} is what the engine sees;
 * {@code kernel} has a class for each kernel, {@code driver} is the only place that sees JCuda.
 * Imports {@code ops}, {@code tensor} and {@code error}; the engine picks it. There is no static
 * state of a device: one context a card, which belongs to the thread that last used it, the {@code
 * quire-engine} thread once a model is loaded.
 */
package quire.ops.cuda;
