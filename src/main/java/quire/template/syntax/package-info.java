/**
 * Room 4 of {@code template}: from the source to a {@link quire.template.syntax.Tree}. {@code
 * Lexer} cuts the source into tokens, {@code Parser} and {@code ExpressionParser} build statements
 * and expressions, {@code Binder} gives every name a slot and every scope its variables, and fails
 * on filters that are not there. Imports {@code library}, {@code operations} and {@code values}. A
 * tree does not change once it is made; any thread may read it.
 */
package quire.template.syntax;
