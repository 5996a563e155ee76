/**
 * Floor 0: tells what a model thinks from what it answers, a character at a time. Imports nothing
 * of Quire's; {@code chat} uses it.
 *
 * <p>{@link quire.reasoning.ReasoningFormat} lists the formats. A parser belongs to one choice of
 * an answer and to whatever thread writes that choice.
 */
package quire.reasoning;
