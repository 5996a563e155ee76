/**
 * Room 5 of {@code template}: {@link quire.template.runtime.Interpreter} runs a tree to a text,
 * statement by statement, with {@code Evaluator} for its expressions and {@code Activation} for the
 * variables. Imports all other rooms; {@code ChatTemplate} alone imports it. One render, one
 * thread.
 */
package quire.template.runtime;
