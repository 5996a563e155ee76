package quire.generation;

/**
 * How long the thought before an answer may be.
 *
 * @param maxTokens most tokens of it, from 0
 * @param openIds tokens that begin it; none where the prompt ends within it. Not modified
 * @param closeIds tokens that end it, at least one. Not modified
 */
public record ThoughtLimit(int maxTokens, int[] openIds, int[] closeIds) {}
