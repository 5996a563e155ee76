package quire.grammar.lark;

import java.util.Map;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.rules.SourceText;

/**
 * Reads grammars as the parser Lark has them, with what llguidance added: rules and terminals,
 * {@code %import common.…}, {@code %ignore}, {@code %json}, special tokens. A text is in the
 * language if it can be divided into terminals in any way that the rules allow. What only concerns
 * trees and lexers (aliases, {@code ?} and {@code !} before a rule, priorities) changes no text and
 * is read and left.
 */
public final class Lark {

    /**
     * The grammar of a text, which begins with the rule {@code start} or, without one, with its
     * first rule.
     *
     * @param specialTokens ids of the model's special tokens by what they are called
     * @throws GrammarException with line and column of what is wrong or not supported
     */
    public static Grammar grammar(String text, Map<String, Integer> specialTokens) {
        SourceText source = new SourceText("Lark", text);
        return new LarkParser(source, specialTokens).parse();
    }

    private Lark() {}
}
