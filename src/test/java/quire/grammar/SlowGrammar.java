package quire.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Random grammars, each twice: as one of ours, and as productions over bytes for a recognizer that
 * shares nothing with ours (Earley's, as slow and plain as it can be).
 */
final class SlowGrammar {

    /** A part of both: ours, and a number of a nonterminal (negative) or a byte. */
    record Part(Symbol ours, int slow) {}

    /** The same for a terminal's language. */
    record Language(Regex ours, int slow) {}

    private record Item(int production, int dot, int origin) {}

    private final Grammar.Builder builder = Grammar.builder();
    private final List<int[]> productions = new ArrayList<>();
    private int nonterminals;
    private int start;

    private int fresh() {
        return -(++nonterminals);
    }

    private int produce(int left, int... right) {
        int[] production = new int[right.length + 1];
        production[0] = left;
        System.arraycopy(right, 0, production, 1, right.length);
        productions.add(production);
        return left;
    }

    /** A random grammar over the letters a, b and c with the given number of rules. */
    static SlowGrammar random(Random random, int rules, int[] tokens) {
        SlowGrammar grammar = new SlowGrammar();
        List<Part> names = new ArrayList<>();
        for (int i = 0; i < rules; i++) {
            names.add(new Part(grammar.builder.rule("r" + i), grammar.fresh()));
        }
        for (Part name : names) {
            Part body = grammar.choice(random, names, tokens, 2);
            grammar.builder.define(name.ours, body.ours);
            grammar.produce(name.slow, body.slow);
        }
        grammar.start = names.getFirst().slow;
        grammar.ours = names.getFirst().ours;
        return grammar;
    }

    private Symbol ours;

    Grammar grammar() {
        return builder.build(ours);
    }

    private Part choice(Random random, List<Part> names, int[] tokens, int depth) {
        int count = 1 + random.nextInt(3);
        int left = fresh();
        List<Symbol> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Part part = sequence(random, names, tokens, depth);
            parts.add(part.ours);
            produce(left, part.slow);
        }
        return new Part(builder.choice(parts.toArray(Symbol[]::new)), left);
    }

    private Part sequence(Random random, List<Part> names, int[] tokens, int depth) {
        int count = random.nextInt(4);
        int[] right = new int[count];
        Symbol[] parts = new Symbol[count];
        for (int i = 0; i < count; i++) {
            Part part = part(random, names, tokens, depth);
            right[i] = part.slow;
            parts[i] = part.ours;
        }
        return new Part(builder.sequence(parts), produce(fresh(), right));
    }

    private Part part(Random random, List<Part> names, int[] tokens, int depth) {
        int kind = random.nextInt(depth > 0 ? 10 : 8);
        if (kind < 4) {
            return names.get(random.nextInt(names.size()));
        }
        if (kind == 4 && tokens.length > 0) {
            // Special tokens are letters beyond bytes to the slow one.
            int token = tokens[random.nextInt(tokens.length)];
            return new Part(builder.token(token), produce(fresh(), 256 + token));
        }
        if (kind < 8) {
            Language language = language(random, 2);
            return new Part(builder.terminal(language.ours), language.slow);
        }
        if (kind == 8) {
            return choice(random, names, tokens, depth - 1);
        }
        int min = random.nextInt(3);
        int max = random.nextBoolean() ? -1 : min + random.nextInt(3);
        Part inner = part(random, names, tokens, depth - 1);
        return new Part(builder.repeat(inner.ours, min, max), repeated(inner.slow, min, max));
    }

    private int repeated(int inner, int min, int max) {
        int left = fresh();
        for (int count = min; count <= max; count++) {
            int[] right = new int[count];
            Arrays.fill(right, inner);
            produce(left, right);
        }
        if (max < 0) {
            int more = fresh();
            produce(more);
            produce(more, inner, more);
            int[] right = new int[min + 1];
            Arrays.fill(right, inner);
            right[min] = more;
            produce(left, right);
        }
        return left;
    }

    Language language(Random random, int depth) {
        switch (random.nextInt(depth > 0 ? 6 : 3)) {
            case 0 -> {
                String text = letters(random, random.nextInt(3));
                int[] right = text.chars().toArray();
                return new Language(Regex.literal(text), produce(fresh(), right));
            }
            case 1, 2 -> {
                int from = 'a' + random.nextInt(3);
                int to = from + random.nextInt('d' - from);
                int left = fresh();
                for (int letter = from; letter <= to; letter++) {
                    produce(left, letter);
                }
                return new Language(Regex.byteSet(from, to), left);
            }
            case 3 -> {
                Language one = language(random, depth - 1);
                Language other = language(random, depth - 1);
                return new Language(
                        Regex.seq(one.ours, other.ours), produce(fresh(), one.slow, other.slow));
            }
            case 4 -> {
                Language one = language(random, depth - 1);
                Language other = language(random, depth - 1);
                int left = produce(fresh(), one.slow);
                return new Language(Regex.anyOf(one.ours, other.ours), produce(left, other.slow));
            }
            default -> {
                int min = random.nextInt(3);
                int max = random.nextBoolean() ? -1 : min + random.nextInt(3);
                Language inner = language(random, depth - 1);
                return new Language(
                        Regex.repeat(inner.ours, min, max), repeated(inner.slow, min, max));
            }
        }
    }

    static String letters(Random random, int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append((char) ('a' + random.nextInt(3)));
        }
        return text.toString();
    }

    /** Leaves only productions of which something can come; whether the start is among them. */
    boolean prune() {
        Set<Integer> good = new HashSet<>();
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int[] production : productions) {
                if (isGood(production, good)) {
                    changed |= good.add(production[0]);
                }
            }
        }
        productions.removeIf(production -> !isGood(production, good));
        return good.contains(start);
    }

    private static boolean isGood(int[] production, Set<Integer> good) {
        for (int i = 1; i < production.length; i++) {
            if (production[i] < 0 && !good.contains(production[i])) {
                return false;
            }
        }
        return true;
    }

    /** Where a text of letters is: Earley's set behind its last one. */
    final class Reading {
        private final Reading before;
        private final Set<Item> set = new HashSet<>();
        private final Deque<Item> open = new ArrayDeque<>();
        private final Set<Integer> empty = new HashSet<>();
        private final Map<Integer, Reading> after = new HashMap<>();
        private final int position;

        /** Before the first letter. */
        Reading() {
            before = null;
            position = 0;
            predict(start);
            complete(open);
        }

        private Reading(Reading before, int letter) {
            this.before = before;
            this.position = before.position + 1;
            for (Item item : before.set) {
                if (next(item) == letter) {
                    add(advanced(item));
                }
            }
            complete(open);
        }

        /** What an item waits for; 0 at the end of its production. */
        private int next(Item item) {
            int[] production = productions.get(item.production);
            return item.dot < production.length ? production[item.dot] : 0;
        }

        private static Item advanced(Item item) {
            return new Item(item.production, item.dot + 1, item.origin);
        }

        private void add(Item item) {
            if (set.add(item)) {
                open.add(item);
                if (empty.contains(next(item))) {
                    add(advanced(item));
                }
            }
        }

        private void predict(int left) {
            for (int i = 0; i < productions.size(); i++) {
                if (productions.get(i)[0] == left) {
                    add(new Item(i, 1, position));
                }
            }
        }

        private void complete(Deque<Item> items) {
            while (!items.isEmpty()) {
                Item item = items.remove();
                int next = next(item);
                if (next < 0) {
                    predict(next);
                } else if (next == 0) {
                    int left = productions.get(item.production)[0];
                    Reading origin = this;
                    while (origin.position > item.origin) {
                        origin = origin.before;
                    }
                    if (origin == this) {
                        empty.add(left);
                    }
                    for (Item caller : List.copyOf(origin.set)) {
                        if (next(caller) == left) {
                            add(advanced(caller));
                        }
                    }
                }
            }
        }

        /** The text with one more letter. */
        Reading after(int letter) {
            return after.computeIfAbsent(letter, key -> new Reading(this, key));
        }

        /** Whether the text is the beginning of one of the grammar. */
        boolean isBeginning() {
            return !set.isEmpty();
        }

        boolean complete() {
            return set.stream()
                    .anyMatch(
                            item ->
                                    productions.get(item.production)[0] == start
                                            && item.origin == 0
                                            && next(item) == 0);
        }

        /** Whether some letter may follow. */
        boolean goesOn() {
            return set.stream().anyMatch(item -> next(item) > 0);
        }
    }
}
