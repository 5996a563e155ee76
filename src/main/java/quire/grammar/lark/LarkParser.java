package quire.grammar.lark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.Regex;
import quire.grammar.rules.Expression;
import quire.grammar.rules.Rules;
import quire.grammar.rules.SourceText;

/** Reads definitions and directives, and puts together what they say. */
final class LarkParser {

    private final SourceText in;
    private final LarkScanner scanner;
    private final LarkExpressions expressions;

    /** Right sides by name, in the order of the text. */
    private final List<Definition> definitions = new ArrayList<>();

    private final Map<String, Definition> terminals = new HashMap<>();
    private final List<LarkTree> ignored = new ArrayList<>();

    /** A rule or a terminal, and where its name stands. */
    private record Definition(String name, LarkTree body, int at) {}

    LarkParser(SourceText in, Map<String, Integer> specialTokens) {
        this.in = in;
        this.scanner = new LarkScanner(in);
        this.expressions = new LarkExpressions(in, scanner, specialTokens);
    }

    Grammar parse() {
        scanner.skipSpace();
        while (!in.atEnd()) {
            int at = in.at();
            if (in.take("%")) {
                directive(at);
            } else {
                definition(at);
            }
            scanner.skipSpace();
        }
        return together();
    }

    private void definition(int at) {
        in.take("?");
        in.take("!");
        String name = scanner.name();
        if (name.isEmpty()) {
            throw in.expected(in.at(), "the name of a rule or a terminal, or a directive with '%'");
        }
        if (in.peek() == '{') {
            throw in.unsupported(at, "a template (" + name + "{…})");
        }
        if (in.peek() == '[') {
            throw in.unsupported(at, "options of a rule (" + name + "[…])");
        }
        if (in.take(".")) {
            // A priority decides between trees, and both are the same text.
            in.take("-");
            if (in.number() < 0) {
                throw in.expected(in.at(), "the number of a priority");
            }
        }
        scanner.skipSpace();
        if (!in.take(":")) {
            throw in.expected(in.at(), "':' behind '" + name + "'");
        }
        add(name, expressions.alternatives(), at);
        if (!in.atEnd() && !scanner.isDefinitionNext()) {
            throw in.expected(in.at(), "an item or the next definition");
        }
    }

    private void add(String name, LarkTree body, int at) {
        Definition definition = new Definition(name, body, at);
        if (LarkTree.isTerminal(name)) {
            if (terminals.putIfAbsent(name, definition) != null) {
                throw in.error(at, "the terminal '" + name + "' is there already");
            }
        } else {
            definitions.add(definition);
        }
    }

    private void directive(int at) {
        String word = scanner.name();
        scanner.skipInline();
        switch (word) {
            case "ignore" -> ignored.add(expressions.alternatives());
            case "import" -> importing(at);
            case "llguidance" -> {
                String options = scanner.json();
                if (!options.replaceAll("\\s", "").equals("{}")) {
                    throw in.unsupported(at, "%llguidance with options");
                }
            }
            default -> throw in.unsupported(at, "the directive %" + word);
        }
    }

    /** Imports one terminal, perhaps by another name, or a list of them. */
    private void importing(int at) {
        if (!in.take("common")) {
            throw in.unsupported(at, "an %import from anything but common");
        }
        if (in.take(".")) {
            int place = in.at();
            String name = scanner.name();
            scanner.skipInline();
            String alias = name;
            if (in.take("->")) {
                scanner.skipInline();
                alias = scanner.name();
            }
            imported(name, alias, place);
            return;
        }
        scanner.skipInline();
        if (!in.take("(")) {
            throw in.expected(in.at(), "'.' and a name, or a list of names in '(…)'");
        }
        do {
            scanner.skipSpace();
            int place = in.at();
            String name = scanner.name();
            imported(name, name, place);
            scanner.skipSpace();
        } while (in.take(","));
        if (!in.take(")")) {
            throw in.expected(in.at(), "',' or ')'");
        }
    }

    private void imported(String name, String alias, int at) {
        Regex regex =
                CommonTerminals.named(name)
                        .orElseThrow(() -> in.error(at, "common has no terminal '" + name + "'"));
        if (!LarkTree.isTerminal(alias)) {
            throw in.expected(at, "the name of a terminal, in capitals");
        }
        add(alias, new LarkTree.Text(regex), at);
    }

    private Grammar together() {
        if (definitions.isEmpty()) {
            throw new GrammarException("Lark: there is no rule, such as 'start: \"yes\" | \"no\"'");
        }
        Map<String, LarkTree> bodies = new HashMap<>();
        terminals.forEach((name, definition) -> bodies.put(name, definition.body()));
        LarkTerminals languages = new LarkTerminals(in, bodies);
        // Also those that no rule names are to be right.
        terminals.values().forEach(terminal -> languages.named(terminal.name(), terminal.at()));
        Regex gap =
                Regex.repeat(
                        Regex.anyOf(ignored.stream().map(languages::of).toArray(Regex[]::new)),
                        0,
                        -1);
        Rules rules = new Rules(in);
        for (Definition rule : definitions) {
            rules.add(rule.name(), languages.rule(rule.body(), gap), rule.at());
        }
        String start = rules.has("start") ? "start" : rules.first();
        if (gap.equals(Regex.empty())) {
            return rules.grammar(start);
        }
        // A name that no text can have.
        String whole = "the whole";
        Expression body =
                new Expression.Sequence(
                        List.of(new Expression.Terminal(gap), new Expression.Reference(start, 0)));
        rules.add(whole, body, 0);
        return rules.grammar(whole);
    }
}
