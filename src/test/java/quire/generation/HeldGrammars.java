package quire.generation;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import quire.grammar.CompiledGrammar;
import quire.grammar.Grammar;
import quire.grammar.Regex;
import quire.grammar.Symbol;
import quire.grammar.Vocabulary;
import quire.grammar.constraint.Constraint;
import quire.sampling.EosTokens;
import quire.tokenizer.Tokenizer;

/**
 * Grammars whose threads the test moves, a piece of work at a time. The text of a constraint is a
 * seed, from which a grammar is drawn of words that are forced and words that are free.
 */
final class HeldGrammars extends AbstractExecutorService {

    private static final int EOS = 2;
    private static final int NUM_GRAMMARS = 300;
    private static final String OPEN = "<t>";
    private static final String CLOSE = "</>";

    final Library library;
    private final List<Runnable> work = new ArrayList<>();
    private final Grammars grammars;

    HeldGrammars(Library library) {
        this.library = library;
        Grammars.Limits limits =
                new Grammars.Limits(
                        1 << 20,
                        Duration.ofHours(1),
                        new GrammarGuide.Patience(0, 0, Long.MAX_VALUE));
        this.grammars = new Grammars(library::compile, limits, this, this);
    }

    /**
     * All grammars that there are, of the tokens of a model; any number of lives may share it. In
     * each nothing is known of them at first.
     */
    static final class Library {

        final Tokenizer tokenizer;
        private final byte[][] bytes;
        private final Vocabulary vocabulary;

        Library(Tokenizer tokenizer, int vocabSize) {
            this.tokenizer = tokenizer;
            bytes = bytes(tokenizer, vocabSize);
            vocabulary = Vocabulary.of(bytes, new int[] {EOS});
        }

        /** A token for each character of a text. */
        private int[] letters(String text) {
            return text.chars()
                    .map(letter -> tokenizer.id(Character.toString(letter)).orElseThrow())
                    .toArray();
        }

        private Compiled compile(Constraint constraint) {
            long seed = Long.parseLong(((Constraint.Text) constraint).grammar());
            return new Compiled(
                    CompiledGrammar.compile(draw(new Random(seed)), vocabulary),
                    new ForcedTokens(tokenizer, bytes));
        }
    }

    /** The bytes of the tokens of a text. */
    static byte[][] bytes(Tokenizer tokenizer, int vocabSize) {
        byte[][] bytes = new byte[vocabSize][];
        for (int id = 0; id < vocabSize; id++) {
            bytes[id] = tokenizer.isSpecial(id) ? null : tokenizer.bytes(id);
        }
        return bytes;
    }

    private static Grammar draw(Random random) {
        Grammar.Builder b = Grammar.builder();
        Symbol answer = answer(b, random);
        if (random.nextInt(3) > 0) {
            return b.build(answer);
        }
        // Two bytes of a character are two tokens.
        Regex inside = Regex.repeat(Regex.codePoints('a', 'z', '\u00e0', '\u00ff'), 0, -1);
        Symbol thought = b.sequence(b.literal(OPEN), b.terminal(inside), b.literal(CLOSE), answer);
        return b.build(random.nextBoolean() ? thought : b.choice(thought, answer));
    }

    private static Symbol answer(Grammar.Builder b, Random random) {
        List<Symbol> parts = new ArrayList<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
            Symbol word =
                    random.nextBoolean()
                            ? b.literal(word(random))
                            : b.terminal(
                                    Regex.repeat(
                                            Regex.codePoints('a', 'a' + random.nextInt(26)),
                                            random.nextInt(3),
                                            3 + random.nextInt(6)));
            parts.add(random.nextInt(5) == 0 ? b.choice(word, b.literal(word(random))) : word);
        }
        return b.sequence(parts.toArray(Symbol[]::new));
    }

    private static String word(Random random) {
        byte[] letters = new byte[random.nextInt(12)];
        for (int i = 0; i < letters.length; i++) {
            letters[i] = (byte) ('a' + random.nextInt(26));
        }
        return new String(letters, StandardCharsets.US_ASCII) + (random.nextBoolean() ? ", " : "");
    }

    /** The same request where the thought before an answer may only be so long. */
    GenerationRequest limited(GenerationRequest any, Random random) {
        boolean isOpen = any.form().map(form -> form.afterTokenIds().length > 0).orElse(true);
        int[] open = isOpen ? new int[0] : library.letters(OPEN);
        return any.within(
                Optional.of(new ThoughtLimit(random.nextInt(6), open, library.letters(CLOSE))));
    }

    /**
     * The same request for an answer of one of the forms that there are, maybe behind a thought.
     */
    GenerationRequest guided(GenerationRequest free, Random random) {
        String seed = Integer.toString(random.nextInt(NUM_GRAMMARS));
        int[] after = random.nextInt(4) == 0 ? library.letters(CLOSE) : new int[0];
        return new GenerationRequest(
                free.id(),
                free.promptTokenIds(),
                free.params(),
                free.priority(),
                free.cacheSalt(),
                free.display(),
                Optional.of(new AnswerForm("form", new Constraint.Text(seed), after)));
    }

    Choices choices(int vocabSize, int maxLength) {
        return new Choices(library.tokenizer, EosTokens.of(EOS), vocabSize, maxLength, 0, grammars);
    }

    boolean isIdle() {
        return work.isEmpty();
    }

    /** Does one of the pieces of work that wait, if there are any: nobody promises an order. */
    void move(Random random) {
        if (!work.isEmpty()) {
            work.remove(random.nextInt(work.size())).run();
        }
    }

    @Override
    public void execute(Runnable piece) {
        work.add(piece);
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return false;
    }
}
