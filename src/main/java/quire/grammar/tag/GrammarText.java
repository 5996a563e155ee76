package quire.grammar.tag;

import java.util.Map;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.gbnf.Gbnf;
import quire.grammar.lark.Lark;

/** A grammar that is written down, in whichever syntax. */
public final class GrammarText {

    /**
     * Reads Lark's syntax or GBNF: the latter is what has {@code ::=} outside of comments, as vLLM
     * tells them apart.
     *
     * @throws GrammarException with line and column of what is wrong
     */
    public static Grammar grammar(String text, Map<String, Integer> specialTokens) {
        boolean isGbnf =
                text.lines().map(GrammarText::withoutComment).anyMatch(l -> l.contains("::="));
        return isGbnf ? Gbnf.grammar(text, specialTokens) : Lark.grammar(text, specialTokens);
    }

    private static String withoutComment(String line) {
        int hash = line.indexOf('#');
        int slashes = line.indexOf("//");
        int end = hash < 0 ? slashes : slashes < 0 ? hash : Math.min(hash, slashes);
        return end < 0 ? line : line.substring(0, end);
    }

    private GrammarText() {}
}
