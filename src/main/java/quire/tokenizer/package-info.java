/**
 * Floor 0: text to token ids and back, incremental detokenizing and stop strings, for
 * tokenizer.json files and for the vocabularies inside GGUF files. Imports {@code quire.error}
 * alone; whoever turns prompts into ids may import it.
 *
 * <p>{@link quire.tokenizer.Tokenizer} may be used by any thread but is kept off the event loop,
 * since a long prompt takes its time; {@link quire.tokenizer.Detokenizer} and {@link
 * quire.tokenizer.StopStrings} belong to one sequence and run on the event loop.
 */
package quire.tokenizer;
