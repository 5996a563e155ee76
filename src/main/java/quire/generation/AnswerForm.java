package quire.generation;

import quire.grammar.constraint.Constraint;

/**
 * What an answer is to be.
 *
 * @param param the request field that asks for it, as errors name it
 * @param constraint what the text has to match
 * @param afterTokenIds tokens of the answer, one after the other, behind which that text begins,
 *     such as those that end a thought; before them anything may come. Empty where it begins at
 *     once. Not modified
 */
public record AnswerForm(String param, Constraint constraint, int... afterTokenIds) {}
