package quire.grammar.lark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import quire.grammar.GrammarException;
import quire.grammar.Regex;
import quire.grammar.rules.Expression;
import quire.grammar.rules.SourceText;

/** The languages of terminals, and with them the right sides of rules. */
final class LarkTerminals {

    /** Terminals that are made of terminals that are made of terminals. */
    private static final int MAX_DEPTH = 500;

    private static final Regex TEXT = Regex.repeat(Regex.anyCodePoint(), 0, -1);

    private final SourceText in;
    private final Map<String, LarkTree> bodies;
    private final Map<String, Regex> made = new HashMap<>();
    private final Set<String> underWay = new HashSet<>();

    LarkTerminals(SourceText in, Map<String, LarkTree> bodies) {
        this.in = in;
        this.bodies = bodies;
    }

    /** The language of a terminal that is named at a place. */
    Regex named(String name, int at) {
        Regex known = made.get(name);
        if (known != null) {
            return known;
        }
        LarkTree body = bodies.get(name);
        if (body == null) {
            throw in.error(
                    at,
                    LarkTree.isTerminal(name)
                            ? "the terminal '" + name + "' is named and not defined"
                            : "a terminal has no rule (" + name + ") in it");
        }
        if (!underWay.add(name)) {
            throw in.error(at, "the terminal '" + name + "' has itself in it; make it a rule");
        }
        if (underWay.size() > MAX_DEPTH) {
            throw in.limit(at, "terminals in more than " + MAX_DEPTH + " terminals");
        }
        Regex regex = of(body);
        underWay.remove(name);
        made.put(name, regex);
        return regex;
    }

    /** The language of the right side of a terminal. */
    Regex of(LarkTree tree) {
        return switch (tree) {
            case LarkTree.Text text -> text.regex();
            case LarkTree.Named named -> named(named.name(), named.at());
            case LarkTree.Sequence sequence -> Regex.seq(all(sequence.parts()));
            case LarkTree.Choice choice -> Regex.anyOf(all(choice.branches()));
            case LarkTree.Repeat repeat ->
                    Regex.repeat(of(repeat.body()), repeat.min(), repeat.max());
            case LarkTree.All all -> {
                Regex both = TEXT;
                for (Regex part : all(all.parts())) {
                    both = Regex.both(both, part);
                }
                yield both;
            }
            case LarkTree.Not not -> Regex.both(TEXT, Regex.not(of(not.body())));
            case LarkTree.Tokens tokens -> throw notInTerminals(tokens.at(), "a special token");
            case LarkTree.Embedded embedded -> throw notInTerminals(embedded.at(), "%json");
        };
    }

    private GrammarException notInTerminals(int at, String what) {
        return in.error(at, what + " stands in rules, not in terminals");
    }

    private Regex[] all(List<LarkTree> trees) {
        return trees.stream().map(this::of).toArray(Regex[]::new);
    }

    /**
     * The right side of a rule.
     *
     * @param gap what may stand behind every terminal
     */
    Expression rule(LarkTree tree, Regex gap) {
        return switch (tree) {
            case LarkTree.Text text -> followed(text.regex(), gap);
            case LarkTree.Named named ->
                    LarkTree.isTerminal(named.name())
                            ? followed(named(named.name(), named.at()), gap)
                            : new Expression.Reference(named.name(), named.at());
            case LarkTree.Sequence sequence ->
                    new Expression.Sequence(rules(sequence.parts(), gap));
            case LarkTree.Choice choice -> new Expression.Choice(rules(choice.branches(), gap));
            case LarkTree.Repeat repeat ->
                    new Expression.Repeat(rule(repeat.body(), gap), repeat.min(), repeat.max());
            case LarkTree.Tokens tokens -> {
                List<Expression> ids = new ArrayList<>();
                tokens.ids().forEach(id -> ids.add(new Expression.Token(id)));
                yield followed(new Expression.Choice(ids), gap);
            }
            case LarkTree.Embedded embedded ->
                    followed(new Expression.Embedded(embedded.grammar()), gap);
            case LarkTree.All all -> throw notInRules(all.at(), "'&'");
            case LarkTree.Not not -> throw notInRules(not.at(), "'~'");
        };
    }

    private GrammarException notInRules(int at, String what) {
        return in.error(at, what + " stands in terminals, not in rules");
    }

    private List<Expression> rules(List<LarkTree> trees, Regex gap) {
        return trees.stream().map(tree -> rule(tree, gap)).toList();
    }

    private static Expression followed(Regex regex, Regex gap) {
        return new Expression.Terminal(Regex.seq(regex, gap));
    }

    private static Expression followed(Expression first, Regex gap) {
        return gap.equals(Regex.empty())
                ? first
                : new Expression.Sequence(List.of(first, new Expression.Terminal(gap)));
    }
}
