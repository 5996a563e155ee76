package quire.grammar.schema;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Function;
import quire.grammar.Grammar;
import quire.grammar.Regex;
import quire.grammar.Symbol;
import quire.grammar.schema.Goals.Goal;

/** Writes goals as rules of a grammar, each when something first needs it. */
final class Emitter {

    /** A space, or a new line with what indents it. */
    private static final Regex GAP =
            Regex.anyOf(
                    Regex.empty(),
                    Regex.literal(" "),
                    Regex.seq(
                            Regex.anyOf(Regex.literal("\n"), Regex.literal("\r\n")),
                            Regex.repeat(Regex.codePoints('\t', '\t', ' ', ' '), 0, 64)));

    private final Expansion expansion;
    private final SchemaOptions options;
    private final Grammar.Builder builder = Grammar.builder();
    private final Regex gap;
    private final ObjectRules objects;
    private final ArrayRules arrays;
    private final Map<Goal, Symbol> rules = new HashMap<>();
    private final Queue<Goal> open = new ArrayDeque<>();
    private final Budget budget;

    Emitter(Expansion expansion, Goals goals, SchemaOptions options, Budget budget) {
        this.expansion = expansion;
        this.options = options;
        this.budget = budget;
        this.gap = options.whitespace() == SchemaOptions.Whitespace.FLEXIBLE ? GAP : Regex.empty();
        Writer writer = new Writer(builder, this::symbol, gap, options.notation(), budget);
        this.objects = new ObjectRules(writer, goals, expansion, options);
        this.arrays = new ArrayRules(writer, goals, expansion);
    }

    /**
     * What the rules of one kind of value need.
     *
     * @param gap the white space that there may be
     */
    record Writer(
            Grammar.Builder builder,
            Function<Goal, Symbol> symbols,
            Regex gap,
            SchemaOptions.Notation notation,
            Budget budget) {

        /** A bracket or comma with white space on one or both sides. */
        Symbol mark(String before, String mark, String after) {
            Regex text = Regex.literal(mark);
            return builder.terminal(
                    Regex.seq(
                            before.isEmpty() ? Regex.empty() : gap,
                            text,
                            after.isEmpty() ? Regex.empty() : gap));
        }
    }

    Grammar grammar(Goal goal) {
        Symbol start = symbol(goal);
        while (!open.isEmpty()) {
            Goal next = open.remove();
            builder.define(rules.get(next), body(expansion.shape(next)));
        }
        return builder.build(start);
    }

    private Symbol symbol(Goal goal) {
        return rules.computeIfAbsent(
                goal,
                key -> {
                    budget.spend(20);
                    open.add(key);
                    return builder.rule("value " + key.id());
                });
    }

    private Symbol body(Shape shape) {
        List<Symbol> choices = new ArrayList<>();
        Regex scalars = scalars(shape);
        if (scalars != Regex.nothing()) {
            choices.add(builder.terminal(scalars));
        }
        shape.arrays().forEach(array -> choices.add(arrays.symbol(array)));
        shape.objects().forEach(object -> choices.add(objects.symbol(object)));
        return builder.choice(choices.toArray(Symbol[]::new));
    }

    private Regex scalars(Shape shape) {
        List<Regex> parts = options.notation().words(shape);
        boolean withZeros = options.spelling() == SchemaOptions.Spelling.ANY;
        for (NumberSet set : shape.numbers()) {
            parts.add(set.regex(withZeros));
        }
        for (StringSet set : shape.strings()) {
            if (set.values() != null) {
                // One table, in which it does not matter how many they are.
                set.values().stream()
                        .map(value -> Regex.literal('"' + JsonText.content(value) + '"'))
                        .forEach(parts::add);
            } else {
                parts.add(options.notation().quoted(set.content()));
            }
        }
        return JsonText.anyOf(parts);
    }
}
