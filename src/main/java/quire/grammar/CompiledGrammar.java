package quire.grammar;

/**
 * A grammar over a vocabulary, ready for any number of matchers on any threads, which share what
 * they find out.
 */
public final class CompiledGrammar {

    private final Vocabulary vocabulary;
    private final Rules rules;
    private final Store store;

    private CompiledGrammar(Vocabulary vocabulary, Rules rules, Store store) {
        this.vocabulary = vocabulary;
        this.rules = rules;
        this.store = store;
    }

    /**
     * Compiles a grammar; most work is left to matchers.
     *
     * @throws GrammarException if no text matches it, or it has a token that is not there
     * @throws GrammarLimitException if it is too large
     */
    public static CompiledGrammar compile(Grammar grammar, Vocabulary vocabulary) {
        Budget budget = new Budget();
        Store store = new Store();
        CompiledGrammar compiled =
                new CompiledGrammar(vocabulary, store.rules(grammar, vocabulary, budget), store);
        store.start(compiled.rules, budget);
        return compiled;
    }

    /** A matcher of a text of which nothing is there yet. */
    public Matcher newMatcher() {
        return new Matcher(this, store, store.start(rules, new Budget()));
    }

    /** About how much memory it has come to take. */
    public long bytes() {
        return store.bytes();
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }
}
