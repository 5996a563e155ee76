package quire.grammar.lark;

import java.util.List;
import quire.grammar.Grammar;
import quire.grammar.Regex;

/** The right side of a definition, of a rule or of a terminal. */
sealed interface LarkTree {

    /** A text of a regular language. */
    record Text(Regex regex) implements LarkTree {}

    /** What a name stands for. */
    record Named(String name, int at) implements LarkTree {}

    /** One of some tokens of the model, in rules alone. */
    record Tokens(List<Integer> ids, int at) implements LarkTree {}

    /** A text of another grammar, in rules alone. */
    record Embedded(Grammar grammar, int at) implements LarkTree {}

    record Sequence(List<LarkTree> parts) implements LarkTree {}

    record Choice(List<LarkTree> branches) implements LarkTree {}

    /** One several times; max is -1 without an end. */
    record Repeat(LarkTree body, int min, int max) implements LarkTree {}

    /** What is a text of all of them, in terminals alone. */
    record All(List<LarkTree> parts, int at) implements LarkTree {}

    /** What is no text of it, in terminals alone. */
    record Not(LarkTree body, int at) implements LarkTree {}

    /** Whether a name is that of a terminal rather than a rule. */
    static boolean isTerminal(String name) {
        return name.chars().anyMatch(Character::isUpperCase)
                && name.chars().noneMatch(Character::isLowerCase);
    }
}
