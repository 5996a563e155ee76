/**
 * Floor 0: from logits to a token. {@link quire.sampling.SamplingParams} is what a user may ask
 * for, {@link quire.sampling.SamplingRule} what that means for one choice, {@link
 * quire.sampling.SamplingState} what is remembered of a running one, {@link quire.sampling.Sampler}
 * the filters and the draw, {@link quire.sampling.Logprobs} what is told of a token's probability.
 * Imports {@code error}; everybody above may import it. Params and rules are immutable; states and
 * samplers belong to the {@code quire-engine} thread.
 */
package quire.sampling;
