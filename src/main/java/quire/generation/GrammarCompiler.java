package quire.generation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import quire.grammar.CompiledGrammar;
import quire.grammar.Vocabulary;
import quire.grammar.constraint.Constraint;
import quire.sampling.EosTokens;
import quire.tokenizer.Tokenizer;

/** Compiles constraints for the tokens of one model, which it reads for the first of them. */
final class GrammarCompiler implements Function<Constraint, Compiled> {

    private final Tokenizer tokenizer;
    private final EosTokens eos;
    private final int vocabSize;
    private Words words;

    /** The model's tokens as grammars see them. */
    private record Words(
            Vocabulary vocabulary, ForcedTokens forcing, Map<String, Integer> special) {}

    /**
     * @param vocabSize logits of a row
     */
    GrammarCompiler(Tokenizer tokenizer, EosTokens eos, int vocabSize) {
        this.tokenizer = tokenizer;
        this.eos = eos;
        this.vocabSize = vocabSize;
    }

    /**
     * @throws quire.grammar.GrammarException if it cannot be honoured
     */
    @Override
    public Compiled apply(Constraint constraint) {
        Words own = words();
        CompiledGrammar grammar =
                CompiledGrammar.compile(constraint.toGrammar(own.special()), own.vocabulary());
        return new Compiled(grammar, own.forcing());
    }

    private synchronized Words words() {
        if (words == null) {
            byte[][] bytes = new byte[vocabSize][];
            int[] ends = Arrays.stream(eos.ids()).filter(id -> id < vocabSize).toArray();
            Map<String, Integer> special = new HashMap<>();
            for (int id = 0; id < Math.min(vocabSize, tokenizer.vocabSize()); id++) {
                byte[] own = tokenizer.bytes(id);
                bytes[id] = tokenizer.isSpecial(id) || own.length == 0 ? null : own;
                if (tokenizer.isSpecial(id)) {
                    special.put(tokenizer.token(id).orElseThrow(), id);
                }
            }
            words =
                    new Words(
                            Vocabulary.of(bytes, ends),
                            new ForcedTokens(tokenizer, bytes),
                            Map.copyOf(special));
        }
        return words;
    }
}
