package quire.grammar.rules;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import quire.grammar.Grammar;
import quire.grammar.Regex;
import quire.grammar.Symbol;

/**
 * Rules by name, and the grammar of them. What is regular becomes one terminal, as far as it does
 * not grow large: a matcher goes through a terminal faster than through rules.
 */
public final class Rules {

    private static final int MAX_RULES = 50_000;

    /** The size of a terminal that is built into others, in parts of expressions. */
    private static final int MAX_TERMINAL = 2000;

    private final SourceText source;
    private final Map<String, Expression> bodies = new LinkedHashMap<>();
    private final Map<String, Lowered> lowered = new HashMap<>();
    private final Map<String, Symbol> declared = new HashMap<>();
    private final Set<String> underWay = new HashSet<>();
    private final Grammar.Builder builder = Grammar.builder();

    /**
     * @param source where the rules are from, for complaints
     */
    public Rules(SourceText source) {
        this.source = source;
    }

    /**
     * Adds a rule.
     *
     * @param at where its name stands
     */
    public void add(String name, Expression body, int at) {
        if (bodies.putIfAbsent(name, body) != null) {
            throw source.error(at, "the rule '" + name + "' is there already");
        }
        if (bodies.size() > MAX_RULES) {
            throw source.limit(at, "more than " + MAX_RULES + " rules");
        }
    }

    /** Whether there is a rule of that name. */
    public boolean has(String name) {
        return bodies.containsKey(name);
    }

    /** The name of the rule that was added first; the empty string if there is none. */
    public String first() {
        return bodies.isEmpty() ? "" : bodies.keySet().iterator().next();
    }

    /** The grammar of all texts of a rule that there is. */
    public Grammar grammar(String start) {
        return builder.build(symbol(resolved(start)));
    }

    /** A language or a symbol, and how large it is in parts of expressions. */
    private record Lowered(Regex regex, Symbol symbol, int size) {

        boolean isRegular() {
            return regex != null;
        }
    }

    /**
     * What a rule became. Rules that it needs are made before it, without recursion, for their
     * chains can be long.
     */
    private Lowered resolved(String start) {
        Deque<String> pending = new ArrayDeque<>(List.of(start));
        while (!pending.isEmpty()) {
            String name = pending.peek();
            if (lowered.containsKey(name)) {
                pending.pop();
                continue;
            }
            boolean isNew = underWay.add(name);
            if (isNew) {
                references(bodies.get(name)).stream()
                        .filter(needed -> !lowered.containsKey(needed))
                        .forEach(needed -> need(needed, pending));
                continue;
            }
            pending.pop();
            Lowered body = lower(bodies.get(name));
            boolean isBuiltIn =
                    body.isRegular() && body.size() <= MAX_TERMINAL && !declared.containsKey(name);
            if (!isBuiltIn) {
                // Somebody in a circle may have asked for it before it was there.
                Symbol rule = declared.computeIfAbsent(name, builder::rule);
                builder.define(rule, symbol(body));
                body = new Lowered(null, rule, 1);
            }
            lowered.put(name, body);
            underWay.remove(name);
        }
        return lowered.get(start);
    }

    private void need(String name, Deque<String> pending) {
        if (underWay.contains(name)) {
            declared.computeIfAbsent(name, builder::rule);
        } else {
            pending.push(name);
        }
    }

    /** The rules that an expression names. */
    private Set<String> references(Expression expression) {
        Set<String> names = new HashSet<>();
        Deque<Expression> left = new ArrayDeque<>(List.of(expression));
        while (!left.isEmpty()) {
            switch (left.pop()) {
                case Expression.Reference reference -> {
                    if (!has(reference.name())) {
                        throw source.error(
                                reference.at(),
                                "the rule '" + reference.name() + "' is named and not defined");
                    }
                    names.add(reference.name());
                }
                case Expression.Sequence sequence -> left.addAll(sequence.parts());
                case Expression.Choice choice -> left.addAll(choice.branches());
                case Expression.Repeat repeat -> left.add(repeat.body());
                case Expression.Terminal terminal -> {}
                case Expression.Token token -> {}
                case Expression.Embedded embedded -> {}
            }
        }
        return names;
    }

    private Lowered lower(Expression expression) {
        return switch (expression) {
            case Expression.Terminal terminal -> new Lowered(terminal.regex(), null, 1);
            case Expression.Token token -> new Lowered(null, builder.token(token.id()), 1);
            case Expression.Embedded embedded ->
                    new Lowered(null, builder.include(embedded.grammar()), 1);
            case Expression.Reference reference -> {
                Lowered made = lowered.get(reference.name());
                yield made != null
                        ? made
                        : new Lowered(
                                null, declared.computeIfAbsent(reference.name(), builder::rule), 1);
            }
            case Expression.Sequence sequence -> sequence(sequence);
            case Expression.Choice choice -> choice(choice);
            case Expression.Repeat repeat -> {
                Lowered body = lower(repeat.body());
                yield body.isRegular()
                        ? new Lowered(
                                Regex.repeat(body.regex(), repeat.min(), repeat.max()),
                                null,
                                body.size() + 1)
                        : new Lowered(
                                null, builder.repeat(body.symbol(), repeat.min(), repeat.max()), 1);
            }
        };
    }

    private Lowered sequence(Expression.Sequence sequence) {
        List<Symbol> symbols = new ArrayList<>();
        List<Regex> run = new ArrayList<>();
        int size = 1;
        for (Expression part : sequence.parts()) {
            Lowered made = lower(part);
            if (made.isRegular()) {
                run.add(made.regex());
                size += made.size();
            } else {
                endRun(run, symbols);
                symbols.add(made.symbol());
            }
        }
        if (symbols.isEmpty()) {
            return new Lowered(Regex.seq(run.toArray(Regex[]::new)), null, size);
        }
        endRun(run, symbols);
        return new Lowered(null, builder.sequence(symbols.toArray(Symbol[]::new)), 1);
    }

    private void endRun(List<Regex> run, List<Symbol> symbols) {
        if (!run.isEmpty()) {
            symbols.add(builder.terminal(Regex.seq(run.toArray(Regex[]::new))));
            run.clear();
        }
    }

    private Lowered choice(Expression.Choice choice) {
        List<Symbol> symbols = new ArrayList<>();
        List<Regex> regular = new ArrayList<>();
        int size = 1;
        for (Expression branch : choice.branches()) {
            Lowered made = lower(branch);
            if (made.isRegular()) {
                regular.add(made.regex());
                size += made.size();
            } else {
                symbols.add(made.symbol());
            }
        }
        if (symbols.isEmpty()) {
            return new Lowered(Regex.anyOf(regular.toArray(Regex[]::new)), null, size);
        }
        if (!regular.isEmpty()) {
            symbols.add(builder.terminal(Regex.anyOf(regular.toArray(Regex[]::new))));
        }
        return new Lowered(null, builder.choice(symbols.toArray(Symbol[]::new)), 1);
    }

    private Symbol symbol(Lowered made) {
        return made.isRegular() ? builder.terminal(made.regex()) : made.symbol();
    }
}
