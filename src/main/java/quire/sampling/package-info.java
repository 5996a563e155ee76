/**
 * Floor 0: from logits to a token. {@link quire.sampling.SamplingParams} is what a user may ask
 * for, {@link quire.sampling.SamplingState} what one choice remembers, {@link
 * quire.sampling.Sampler} the filters and the draw. Imports {@code error}; everybody above may
 * import it. Params are immutable; a state belongs to its sequence (event loop, lent to the {@code
 * quire-engine} thread from plan to commit); a sampler belongs to the {@code quire-engine} thread.
 */
package quire.sampling;
