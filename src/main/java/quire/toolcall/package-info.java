/**
 * Floor 0: finds the tool calls in what a model says, one small class a format, a character at a
 * time. Imports nothing of Quire's; {@code chat} uses it.
 *
 * <p>{@link quire.toolcall.ToolCallFormat} lists the formats and names the classes. A parser
 * belongs to one choice of an answer and to whatever thread writes that choice.
 */
package quire.toolcall;
