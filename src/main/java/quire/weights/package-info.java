/**
 * Floor 1: model files. A {@link quire.weights.Checkpoint} gives tensors by name over memory-mapped
 * safetensors and GGUF files. Imports {@code tensor} and {@code error}; any floor above may import
 * it. Opening runs on whatever thread loads the model; an open checkpoint is immutable and may be
 * read from any thread until it is closed.
 *
 * <p>Nothing a file says is believed before it is checked: whatever its bytes, opening it gives a
 * checkpoint whose tensors lie inside the file, or a {@link quire.error.CheckpointException}.
 * Headers are read with ordinary reads into memory proportional to the bytes actually read; only
 * tensor data is mapped.
 *
 * <p>What cannot be guarded is a file that another process shortens in place while it is mapped:
 * the pages past its new end are gone, Java code that touches them gets an {@link InternalError},
 * and native code a {@code SIGBUS}. Replace model files by renaming a new file over the old one, as
 * downloaders and the hub cache do; the mapping then keeps the old file alive until it is closed.
 */
package quire.weights;
