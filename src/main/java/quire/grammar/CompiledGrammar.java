package quire.grammar;

/**
 * A grammar over a vocabulary, ready for any number of matchers on any threads, which share what
 * they find out.
 */
public final class CompiledGrammar {

    /** What matchers found out is forgotten when it takes more. */
    private static final long MAX_BYTES = 32L << 20;

    private final Vocabulary vocabulary;
    private final Rules rules;
    private volatile Store store;

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
        Store store = new Store(vocabulary);
        Rules rules = store.rules(grammar, vocabulary, budget);
        store.start(rules, budget);
        return new CompiledGrammar(vocabulary, rules, store);
    }

    /** A matcher of a text of which nothing is there yet. */
    public Matcher newMatcher() {
        Store current = store;
        return new Matcher(this, current, current.start(rules, new Budget()));
    }

    /** About how much memory it takes now; it grows with use, to some 50 MB at most. */
    public long bytes() {
        return rules.bytes() + store.bytes();
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    /** The store that matchers are to go on in. */
    Store store() {
        Store current = store;
        if (current.bytes() > MAX_BYTES) {
            synchronized (this) {
                if (store == current) {
                    store = new Store(vocabulary);
                }
            }
        }
        return store;
    }
}
