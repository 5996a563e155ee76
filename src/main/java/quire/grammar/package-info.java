/**
 * Floor 0: what a model may say next. Grammars of texts, read from JSON Schemas, regular
 * expressions, Lark, GBNF and structural tags, and for each sequence the set of tokens that go on
 * with a text of its grammar. Imports nothing of Quire's.
 *
 * <p>{@code constraint.Constraint} is what a request asks for. Everything immutable is shared by
 * all threads; a matcher belongs to one sequence and to one thread at a time.
 *
 * <p>A {@link quire.grammar.Grammar} is context-free, and its terminals are regular languages over
 * bytes ({@link quire.grammar.Regex}); a {@link quire.grammar.Vocabulary} is a trie of the bytes of
 * a tokenizer's tokens. Both together make a {@link quire.grammar.CompiledGrammar}, and that a
 * {@link quire.grammar.Matcher} for each sequence.
 *
 * <p>A state of a matcher is a set of pairs: a terminal's derivative by what was read of it, and a
 * continuation, which is a set of places in rules to go on from. Terminals' derivatives,
 * continuations and states are each made once in a {@code Store} and found again by what they
 * consist of, so that states make an automaton that is built where matchers go. Finished parts of
 * it are read without a lock, new ones are made under the store's.
 */
package quire.grammar;
