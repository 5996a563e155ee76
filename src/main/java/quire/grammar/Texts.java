package quire.grammar;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which elements have a text, and which the empty one.
 *
 * @param alternatives by element, of rules; null for others
 */
record Texts(
        List<Element> elements,
        List<List<List<Normalizer.Part>>> alternatives,
        Dfa dfa,
        Budget budget) {

    /**
     * By element, whether there is a text of it. Series are looked at again as long as more of
     * their parts are found, from those inside to those outside.
     */
    boolean[] productive() {
        List<Element> series = elements.stream().filter(e -> e.series != null).toList();
        List<Element> open = new ArrayList<>(series);
        Set<Element> had = new HashSet<>();
        while (true) {
            boolean[] productive = holds(element -> canBeHad(element) || had.contains(element));
            List<Element> found = open.stream().filter(e -> e.series.canBeHad(productive)).toList();
            if (found.isEmpty()) {
                series.forEach(element -> element.series.canBeHad(productive));
                return productive;
            }
            budget.spend(elements.size());
            open.removeAll(found);
            had.addAll(found);
        }
    }

    /** By element, whether the empty text is one of its own. */
    boolean[] nullable() {
        return holds(this::isEmpty);
    }

    private boolean canBeHad(Element element) {
        return switch (element.kind) {
            case TERMINAL -> !dfa.start(element.regex, budget).isDead();
            case TOKEN -> true;
            case RULE, SERIES -> false;
        };
    }

    private boolean isEmpty(Element element) {
        return switch (element.kind) {
            case TERMINAL -> element.regex.nullable;
            case SERIES -> element.series.mayEnd(element.series.start());
            case TOKEN, RULE -> false;
        };
    }

    /** An element holds where it does so by itself, or by all that one of its bodies needs. */
    private boolean[] holds(Predicate<Element> alone) {
        List<Fixpoint.Clause> clauses = new ArrayList<>();
        for (Element element : elements) {
            List<List<Normalizer.Part>> bodies = alternatives.get(element.index);
            if (bodies == null) {
                if (alone.test(element)) {
                    clauses.add(new Fixpoint.Clause(element.index, new int[0]));
                }
                continue;
            }
            for (List<Normalizer.Part> body : bodies) {
                int[] needs =
                        body.stream()
                                .filter(part -> part.min() > 0)
                                .mapToInt(part -> part.element().index)
                                .toArray();
                clauses.add(new Fixpoint.Clause(element.index, needs));
            }
        }
        return Fixpoint.of(elements.size(), clauses);
    }
}
