package quire.grammar.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import quire.grammar.Automaton.Step;
import quire.grammar.Regex;
import quire.grammar.Symbol;
import quire.grammar.schema.Goals.Goal;

/** Writes shapes of arrays as rules. */
final class ArrayRules {

    /** Items at the beginning that are compared with each other. */
    private static final int MAX_COMPARED = 16;

    private final Emitter.Writer writer;
    private final Goals goals;
    private final Expansion expansion;

    ArrayRules(Emitter.Writer writer, Goals goals, Expansion expansion) {
        this.writer = writer;
        this.goals = goals;
        this.expansion = expansion;
    }

    Symbol symbol(ArrayShape shape) {
        Symbol parts;
        if (shape.unique() != null && !areDistinct(shape)) {
            parts = distinct(shape);
        } else if (!shape.contains().isEmpty()) {
            parts = series(new ContainsSteps(shape, this::item, goals));
        } else {
            parts = plain(shape);
        }
        return writer.builder()
                .sequence(writer.mark("", "[", "gap"), parts, writer.mark("gap", "]", ""));
    }

    private Symbol series(ContainsSteps steps) {
        return new Series<>(writer.builder(), steps, comma(), writer.budget()).from(steps.start());
    }

    private Symbol comma() {
        return writer.mark("gap", ",", "gap");
    }

    private Symbol item(Goal goal) {
        return writer.symbols().apply(goal);
    }

    private Symbol plain(ArrayShape shape) {
        int first = shape.first();
        if (shape.max() >= 0 && shape.min() > shape.max()) {
            return writer.builder().choice();
        }
        if (shape.max() == 0) {
            return empty();
        }
        Symbol comma = comma();
        int known = Math.max(first, 1);
        Symbol rest = writer.builder().sequence(comma, item(shape.goal(first, goals)));
        Symbol behind = empty();
        if (shape.max() < 0 || shape.max() > known) {
            int most = shape.max() < 0 ? -1 : shape.max() - known;
            behind = writer.builder().repeat(rest, Math.max(0, shape.min() - known), most);
        }
        int last = shape.max() < 0 ? known : Math.min(known, shape.max());
        for (int i = last - 1; i >= 0; i--) {
            Symbol item = item(shape.goal(i, goals));
            Symbol more =
                    i == 0
                            ? writer.builder().sequence(item, behind)
                            : writer.builder().sequence(comma, item, behind);
            Symbol rule = writer.builder().rule("items");
            writer.builder().define(rule, i >= shape.min() ? optional(more) : more);
            behind = rule;
            writer.budget().spend(3);
        }
        return behind;
    }

    private Symbol empty() {
        return writer.builder().sequence();
    }

    private Symbol optional(Symbol symbol) {
        return writer.builder().choice(empty(), symbol);
    }

    /** Whether no two items can be equal, by what they satisfy. */
    private boolean areDistinct(ArrayShape shape) {
        int most = shape.max() < 0 ? Integer.MAX_VALUE : shape.max();
        if (most > shape.first() && isNothing(shape.goal(shape.first(), goals))) {
            most = shape.first();
        }
        if (most > MAX_COMPARED) {
            return false;
        }
        for (int i = 0; i < most; i++) {
            for (int j = 0; j < i; j++) {
                if (!isNothing(goals.and(shape.goal(i, goals), shape.goal(j, goals)))) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean isNothing(Goal goal) {
        return expansion.emptiness().isNothing(goal);
    }

    /** Items of a list of values, each of them once. */
    private Symbol distinct(ArrayShape shape) {
        List<Symbol> values = new ArrayList<>();
        int size = -1;
        if (shape.first() == 0 && shape.contains().isEmpty()) {
            List<Regex> texts = texts(expansion.shape(shape.goal(0, goals)));
            size = texts == null ? -1 : texts.size();
            for (int i = 0; i < size; i++) {
                values.add(writer.builder().terminal(texts.get(i)));
            }
        }
        if (size < 0) {
            throw SchemaNode.refused(
                    shape.unique(),
                    "distinct items can be told only of a list of values (enum), or where"
                            + " each has a schema that no other's values satisfy");
        }
        DistinctItems items = new DistinctItems(values.size(), shape.min(), shape.max());
        return Separated.symbol(writer.builder(), values, comma(), items);
    }

    /** The values of a shape if it has only a few, else null. */
    private List<Regex> texts(Shape shape) {
        if (!shape.arrays().isEmpty() || !shape.objects().isEmpty()) {
            return null;
        }
        List<Regex> texts = writer.notation().words(shape);
        for (NumberSet set : shape.numbers()) {
            if (set.values() == null) {
                return null;
            }
            for (BigDecimal value : set.values()) {
                texts.add(NumberText.literal(value, false));
            }
        }
        for (StringSet set : shape.strings()) {
            if (set.values() == null) {
                return null;
            }
            set.values().forEach(v -> texts.add(Regex.literal('"' + JsonText.content(v) + '"')));
        }
        return texts.stream().distinct().toList();
    }

    /** Each value once. */
    private record DistinctItems(int size, int min, int max) implements Separated.Parts<BitSet> {

        @Override
        public BitSet start() {
            return new BitSet();
        }

        @Override
        public boolean mayEnd(BitSet seen) {
            return seen.cardinality() >= min;
        }

        @Override
        public List<Step<BitSet>> from(BitSet seen) {
            List<Step<BitSet>> steps = new ArrayList<>();
            if (max >= 0 && seen.cardinality() >= max) {
                return steps;
            }
            for (int i = 0; i < size; i++) {
                if (!seen.get(i)) {
                    BitSet next = (BitSet) seen.clone();
                    next.set(i);
                    steps.add(new Step<>(i, next));
                }
            }
            return steps;
        }

        @Override
        public boolean canGoOn(BitSet seen, BitSet usable) {
            int count = seen.cardinality();
            boolean isOpen = count < size && (max < 0 || count < max);
            return isOpen && size >= min && (max < 0 || max >= min);
        }
    }
}
