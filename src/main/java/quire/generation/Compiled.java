package quire.generation;

import quire.grammar.CompiledGrammar;

/**
 * A grammar for the tokens of a model.
 *
 * @param forcing makes tokens of text that the grammar forces
 * @param sourceBytes of the constraint that it was made of
 */
record Compiled(CompiledGrammar grammar, ForcedTokens forcing, long sourceBytes) {

    /** About what keeping it costs. */
    long numBytes() {
        return grammar.bytes() + sourceBytes;
    }
}
