/**
 * Floor 0: what a model may say next. Grammars of texts, read from JSON Schemas, regular
 * expressions, Lark, GBNF and structural tags, and for each sequence the set of tokens that go on
 * with a text of its grammar. Imports nothing of Quire's.
 *
 * <p>{@link quire.grammar.Constraint} is what a request asks for. Everything immutable is shared by
 * all threads; a matcher belongs to one sequence and to one thread at a time.
 */
package quire.grammar;
