package quire.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/** Brings the parts of a grammar into rules whose alternatives are sequences of elements. */
final class Normalizer {

    /** More places are refused. */
    private static final int MAX_PLACES = 2_000_000;

    private static final long PLACE_BYTES = 40;
    private static final long ELEMENT_BYTES = 200;

    /** An element of an alternative, before it is known whether it can be had. */
    record Part(Element element, int min, int max) {}

    /** An anonymous part that became a rule, and its alternatives, or a rule's body. */
    private record Open(Element rule, List<Symbol> choices) {}

    private final Vocabulary vocabulary;
    private final Dfa dfa;
    private final Budget budget;
    private final List<Element> elements = new ArrayList<>();
    private final Map<Regex, Element> terminals = new HashMap<>();
    private final Map<Integer, Element> tokens = new HashMap<>();
    private final Map<Symbol, Element> rules = new IdentityHashMap<>();
    private final Map<Symbol, Regex> plain = new IdentityHashMap<>();
    private final Queue<Open> open = new ArrayDeque<>();

    /** By element, the alternatives of rules; null for others. */
    private final List<List<List<Part>>> alternatives = new ArrayList<>();

    private int places;

    private Normalizer(Vocabulary vocabulary, Dfa dfa, Budget budget) {
        this.vocabulary = vocabulary;
        this.dfa = dfa;
        this.budget = budget;
    }

    /**
     * The grammar's rules.
     *
     * @throws GrammarException if no text is in the grammar, or it has a token that is not in the
     *     vocabulary
     */
    static Rules of(Grammar grammar, Vocabulary vocabulary, Dfa dfa, Budget budget) {
        return new Normalizer(vocabulary, dfa, budget).run(grammar);
    }

    private Rules run(Grammar grammar) {
        Element start = rule(List.of(grammar.start));
        while (!open.isEmpty()) {
            Open next = open.remove();
            List<List<Part>> bodies = new ArrayList<>(next.choices.size());
            for (Symbol choice : next.choices) {
                List<Part> body = new ArrayList<>();
                append(choice, body);
                count(body.size() + 1);
                bodies.add(body);
            }
            alternatives.set(next.rule.index, bodies);
        }
        Texts texts = new Texts(elements, alternatives, dfa, budget);
        boolean[] productive = texts.productive();
        if (!productive[start.index]) {
            throw new GrammarException("no text matches the grammar: nothing can be generated");
        }
        boolean[] nullable = texts.nullable();
        elements.forEach(element -> element.nullable = nullable[element.index]);
        List<List<Place>> bodies = new ArrayList<>(elements.size());
        for (Element element : elements) {
            List<List<Part>> rule = alternatives.get(element.index);
            if (element.series != null) {
                rule = element.series.parts().stream().map(part -> List.of(once(part))).toList();
            }
            bodies.add(rule == null ? null : chained(rule, productive));
        }
        new Corners(elements, bodies).find();
        checkSeries();
        return new Rules(
                new Place(++places, start, 1, 1, Place.END),
                PLACE_BYTES * places + ELEMENT_BYTES * elements.size());
    }

    private void checkSeries() {
        for (Element element : elements) {
            if (element.series != null && element.cycle != null) {
                throw new GrammarException("a part of a series begins with the series itself");
            }
            if (element.series != null
                    && element.series.parts().stream().anyMatch(p -> p.nullable)) {
                throw new GrammarException("a part of a series may be empty");
            }
        }
    }

    private void count(int more) {
        places += more;
        budget.spend(more);
        if (places > MAX_PLACES) {
            throw new GrammarLimitException(
                    "the grammar has more than " + MAX_PLACES + " places in its rules");
        }
    }

    private List<Place> chained(List<List<Part>> rule, boolean[] productive) {
        List<Place> starts = new ArrayList<>(rule.size());
        for (List<Part> body : rule) {
            Place place = Place.END;
            for (Part part : body.reversed()) {
                if (productive[part.element.index]) {
                    place = new Place(++places, part.element, part.min, part.max, place);
                } else if (part.min > 0) {
                    place = null;
                    break;
                }
            }
            if (place != null) {
                starts.add(place);
            }
        }
        return starts;
    }

    private Element rule(List<Symbol> choices) {
        Element rule = added(Element.rule(elements.size()));
        open.add(new Open(rule, choices));
        return rule;
    }

    private Element added(Element element) {
        elements.add(element);
        alternatives.add(null);
        return element;
    }

    private void append(Symbol symbol, List<Part> body) {
        // Parts may share parts, so that a small grammar can stand for a long body.
        budget.spend(1);
        if (body.size() > MAX_PLACES) {
            count(body.size());
        }
        switch (symbol) {
            case Symbol.Terminal terminal -> append(terminal.regex, body);
            case Symbol.Token token ->
                    body.add(once(tokens.computeIfAbsent(token.id, this::token)));
            case Symbol.Sequence sequence -> sequence.parts.forEach(part -> append(part, body));
            case Symbol.Choice choice -> append(choice, body);
            case Symbol.Repeat repeat -> append(repeat, body);
            case Symbol.Series series -> {
                Element known = rules.get(series);
                if (known == null) {
                    known = series(series);
                    rules.put(series, known);
                }
                body.add(once(known));
            }
            case Symbol.Rule rule -> {
                Element known = rules.get(rule);
                if (known == null) {
                    known =
                            rule(
                                    rule.body instanceof Symbol.Choice choice
                                            ? choice.parts
                                            : List.of(rule.body));
                    rules.put(rule, known);
                }
                body.add(once(known));
            }
        }
    }

    /** Literals one after the other become one. */
    private void append(Regex regex, List<Part> body) {
        if (regex == Regex.EMPTY) {
            return;
        }
        Regex whole = regex;
        if (!body.isEmpty() && isLiteral(regex)) {
            Part last = body.getLast();
            if (last.min == 1 && last.max == 1 && isLiteral(last.element.regex)) {
                body.removeLast();
                whole = joined(last.element.regex, regex);
            }
        }
        body.add(once(terminal(whole)));
    }

    private Element series(Symbol.Series series) {
        List<Element> parts = series.parts.stream().map(this::alone).toList();
        count(parts.size());
        return added(Element.series(elements.size(), new Series(series.automaton, parts)));
    }

    /** A part as one element. */
    private Element alone(Symbol symbol) {
        List<Part> body = new ArrayList<>();
        append(symbol, body);
        Part first = body.isEmpty() ? null : body.getFirst();
        boolean single = body.size() == 1 && first.min == 1 && first.max == 1;
        return single ? first.element : rule(List.of(symbol));
    }

    private Element token(int id) {
        if (id < 0 || id >= vocabulary.size()) {
            throw new GrammarException(
                    "token " + id + " is none of the " + vocabulary.size() + " of this model");
        }
        return added(Element.token(elements.size(), id));
    }

    private Element terminal(Regex regex) {
        return terminals.computeIfAbsent(
                regex, key -> added(Element.terminal(elements.size(), key)));
    }

    private static boolean isLiteral(Regex regex) {
        return regex != null && regex.isTable() && regex.to == 1;
    }

    private static Regex joined(Regex one, Regex other) {
        byte[] head = one.words.word(0);
        byte[] tail = other.words.word(0);
        byte[] all = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, all, head.length, tail.length);
        return Regex.bytes(all);
    }

    private void append(Symbol.Choice choice, List<Part> body) {
        Regex regex = plain(choice);
        if (regex != null) {
            append(regex, body);
        } else if (choice.parts.size() == 1) {
            append(choice.parts.getFirst(), body);
        } else {
            Element known = rules.get(choice);
            if (known == null) {
                known = rule(choice.parts);
                rules.put(choice, known);
            }
            body.add(once(known));
        }
    }

    private void append(Symbol.Repeat repeat, List<Part> body) {
        Regex regex = plain(repeat);
        if (regex != null) {
            append(regex, body);
            return;
        }
        if (repeat.max == 0) {
            return;
        }
        if (repeat.min == 1 && repeat.max == 1) {
            append(repeat.part, body);
            return;
        }
        Element known = rules.get(repeat);
        if (known == null) {
            known = alone(repeat.part);
            rules.put(repeat, known);
        }
        body.add(new Part(known, repeat.min, repeat.max));
    }

    private static Part once(Element element) {
        return new Part(element, 1, 1);
    }

    /**
     * The regular language of a part that is made of characters and short words alone, as grammars
     * that spell their terminals have them; else null. Terminals that a front end made stay as they
     * are, since what they allow is known from other grammars.
     */
    private Regex plain(Symbol symbol) {
        if (plain.containsKey(symbol)) {
            return plain.get(symbol);
        }
        Regex regex = PlainText.of(symbol, this::plain);
        plain.put(symbol, regex);
        return regex;
    }
}
