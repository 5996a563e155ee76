package quire.grammar.gbnf;

import java.util.Map;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.rules.Rules;
import quire.grammar.rules.SourceText;

/**
 * Reads grammars as llama.cpp writes them: rules {@code name ::= …} of strings, classes of
 * characters, groups, repetitions and tokens, of which {@code root} is the first.
 */
public final class Gbnf {

    /**
     * The grammar of a text.
     *
     * @param specialTokens ids of the model's special tokens by what they are called
     * @throws GrammarException with line and column of what is wrong
     */
    public static Grammar grammar(String text, Map<String, Integer> specialTokens) {
        SourceText source = new SourceText("GBNF", text);
        Rules rules = new GbnfParser(source, specialTokens).parse();
        if (!rules.has("root")) {
            throw new GrammarException("GBNF: there is no rule 'root' to begin with");
        }
        return rules.grammar("root");
    }

    private Gbnf() {}
}
