package quire.grammar.tag;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import quire.grammar.Grammar;
import quire.grammar.Regex;
import quire.grammar.Symbol;

/** Fixed and free text as parts of a grammar, in which a model's special tokens are tokens. */
final class Pieces {

    /** All texts. */
    private static final Regex TEXT = Regex.repeat(Regex.anyCodePoint(), 0, -1);

    /** All strings of bytes. */
    private static final Regex BYTES = Regex.not(Regex.nothing());

    /** White space that a model may put where a form has a space: some, but not endlessly. */
    private static final Regex SPACE = Regex.repeat(Regex.byteSet(' ', ' ', '\t', '\n'), 0, 16);

    private final Grammar.Builder builder;
    private final Map<String, Integer> specialTokens;
    private final TokenNames names;

    Pieces(Grammar.Builder builder, Map<String, Integer> specialTokens) {
        this.builder = builder;
        this.specialTokens = specialTokens;
        this.names = new TokenNames(specialTokens.keySet());
    }

    /** Ids of the model's special tokens by what they are called. */
    Map<String, Integer> specialTokens() {
        return specialTokens;
    }

    /** A text to the letter, in which special tokens stand as they are called. */
    Symbol exactly(String text) {
        return text(text, false);
    }

    /** The same, where every space stands for any white space, or none. */
    Symbol spaced(String text) {
        return text(text, true);
    }

    private Symbol text(String text, boolean spaced) {
        List<Symbol> parts = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < text.length(); at++) {
            int end = names.end(text, at);
            if (end > at) {
                addText(text.substring(from, at), spaced, parts);
                parts.add(builder.token(specialTokens.get(text.substring(at, end))));
                from = end;
                at = end - 1;
            }
        }
        addText(text.substring(from), spaced, parts);
        return builder.sequence(parts.toArray(Symbol[]::new));
    }

    private void addText(String text, boolean spaced, List<Symbol> parts) {
        if (text.isEmpty()) {
            return;
        }
        if (!spaced) {
            parts.add(builder.literal(text));
            return;
        }
        List<Regex> run = new ArrayList<>();
        for (String word : text.split("(?<= )|(?= )")) {
            run.add(word.equals(" ") ? SPACE : Regex.literal(word));
        }
        parts.add(builder.terminal(Regex.seq(run.toArray(Regex[]::new))));
    }

    /** The id of a special token by what it is called. */
    OptionalInt token(String name) {
        Integer id = specialTokens.get(name);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * Any text without some others in it. Special tokens are no text, so that those among the
     * others are not looked for.
     */
    Regex textWithout(List<String> words) {
        return without(words.stream().filter(word -> names.end(word, 0) == 0).toList());
    }

    /** Any text without some others in it, whether special tokens are called so or not. */
    static Regex without(List<String> words) {
        Regex[] unwanted =
                words.stream()
                        .filter(word -> !word.isEmpty())
                        .map(Regex::literal)
                        .toArray(Regex[]::new);
        return unwanted.length == 0
                ? TEXT
                : Regex.both(TEXT, Regex.not(Regex.seq(BYTES, Regex.anyOf(unwanted), BYTES)));
    }

    /** Any text of at most so many characters without some others in it. */
    Regex textWithout(List<String> words, int maxChars) {
        return Regex.both(textWithout(words), Regex.repeat(Regex.anyCodePoint(), 0, maxChars));
    }

    /** One of some regular languages as a part. */
    Symbol terminal(Regex regex) {
        return builder.terminal(regex);
    }

    /** One after another. */
    Symbol sequence(Symbol... parts) {
        return builder.sequence(parts);
    }

    /** One of several. */
    Symbol choice(List<Symbol> parts) {
        return parts.size() == 1 ? parts.getFirst() : builder.choice(parts.toArray(Symbol[]::new));
    }

    /** One several times; {@code max} is -1 without an end. */
    Symbol repeat(Symbol part, int min, int max) {
        return builder.repeat(part, min, max);
    }

    /** A part by a name of its own, behind which it lies no deeper in others. */
    Symbol rule(String name, Symbol part) {
        Symbol rule = builder.rule(name);
        builder.define(rule, part);
        return rule;
    }

    /** A whole grammar as a part. */
    Symbol include(Grammar grammar) {
        return builder.include(grammar);
    }

    /** The grammar of a part. */
    Grammar grammar(Symbol whole) {
        return builder.build(whole);
    }

    /** One token. */
    Symbol token(int id) {
        return builder.token(id);
    }

    /** Tags or calls with free text before, between and behind them. */
    Symbol among(Symbol tag, Symbol text, boolean atLeastOne, boolean onlyOne) {
        if (onlyOne) {
            return atLeastOne ? tag : sequence(text, repeat(tag, 0, 1));
        }
        Symbol behind = repeat(sequence(tag, text), atLeastOne ? 1 : 0, -1);
        return atLeastOne ? behind : sequence(text, behind);
    }

    /** One or several with a separator between them. */
    Symbol separated(Symbol part, Symbol separator) {
        return sequence(part, repeat(sequence(separator, part), 0, -1));
    }

    static List<String> joined(List<String> some, List<String> others) {
        List<String> all = new ArrayList<>(some);
        all.addAll(others);
        return all;
    }

    static String listed(String... names) {
        return String.join(", ", Arrays.stream(names).sorted().toList());
    }
}
