package quire.generation;

import quire.grammar.CompiledGrammar;

/**
 * A grammar for the tokens of a model.
 *
 * @param forcing makes tokens of text that the grammar forces
 */
record Compiled(CompiledGrammar grammar, ForcedTokens forcing) {}
