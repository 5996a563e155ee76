/**
 * Floor 2: what a decoder model is, as data, and the one forward loop that runs all of them. {@link
 * quire.model.ModelConfig} reads {@code config.json} or GGUF metadata, {@link
 * quire.model.ModelWeights} lists the tensors that follow from it, {@link quire.model.DecoderModel}
 * places them and computes logits over {@link quire.ops.Ops}. Imports {@code ops}, {@code weights},
 * {@code tensor} and {@code error}; the engine imports it. Parsing and loading run on any thread,
 * {@code forward} on the {@code quire-engine} thread.
 */
package quire.model;
