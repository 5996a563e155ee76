package quire.grammar.schema;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * The values that a schema allows, type by type; of each type the union of some sets. The sets of
 * one type are small products, those of different types have nothing to do with each other, which
 * keeps combinations few.
 */
record Shape(
        boolean hasNull,
        boolean hasTrue,
        boolean hasFalse,
        List<NumberSet> numbers,
        List<StringSet> strings,
        List<ArrayShape> arrays,
        List<ObjectShape> objects) {

    static final Shape ALL =
            new Shape(
                    true,
                    true,
                    true,
                    List.of(NumberSet.ALL),
                    List.of(StringSet.ALL),
                    List.of(ArrayShape.ALL),
                    List.of(ObjectShape.ALL));

    static final Shape NOTHING =
            new Shape(false, false, false, List.of(), List.of(), List.of(), List.of());

    static final Shape NULL =
            new Shape(true, false, false, List.of(), List.of(), List.of(), List.of());

    Shape withNumbers(List<NumberSet> sets) {
        return new Shape(hasNull, hasTrue, hasFalse, sets, strings, arrays, objects);
    }

    Shape withStrings(List<StringSet> sets) {
        return new Shape(hasNull, hasTrue, hasFalse, numbers, sets, arrays, objects);
    }

    Shape withArrays(List<ArrayShape> shapes) {
        return new Shape(hasNull, hasTrue, hasFalse, numbers, strings, shapes, objects);
    }

    Shape withObjects(List<ObjectShape> shapes) {
        return new Shape(hasNull, hasTrue, hasFalse, numbers, strings, arrays, shapes);
    }

    /** All values but those objects that are not in the shape. */
    static Shape ifObject(ObjectShape... shapes) {
        return ALL.withObjects(List.of(shapes));
    }

    boolean isNothing() {
        return equals(NOTHING);
    }

    /**
     * The values of either.
     *
     * @param keepsAll whether sets are kept beside one that has all their values, since they tell
     *     more properties or items to be evaluated
     */
    Shape or(Shape other, boolean keepsAll, Budget budget) {
        if (isNothing() || equals(other)) {
            return other;
        }
        if (other.isNothing()) {
            return this;
        }
        return new Shape(
                hasNull || other.hasNull,
                hasTrue || other.hasTrue,
                hasFalse || other.hasFalse,
                union(numbers, other.numbers, NumberSet.ALL, budget),
                strings(strings, other.strings, budget),
                union(arrays, other.arrays, keepsAll ? null : ArrayShape.ALL, budget),
                union(objects, other.objects, keepsAll ? null : ObjectShape.ALL, budget));
    }

    Shape or(Shape other, Budget budget) {
        return or(other, false, budget);
    }

    /** Lists of strings become one list. */
    private static List<StringSet> strings(
            List<StringSet> one, List<StringSet> other, Budget budget) {
        if (one.size() != 1
                || other.size() != 1
                || one.getFirst().values() == null
                || other.getFirst().values() == null) {
            return union(one, other, StringSet.ALL, budget);
        }
        Set<String> all = new LinkedHashSet<>(one.getFirst().values());
        all.addAll(other.getFirst().values());
        budget.spend(1 + all.size() / 10);
        return List.of(StringSet.of(all));
    }

    private static <T> List<T> union(List<T> one, List<T> other, T all, Budget budget) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? other : one;
        }
        if (all != null && (one.contains(all) || other.contains(all))) {
            return List.of(all);
        }
        budget.spend(one.size() * other.size());
        List<T> sets = new ArrayList<>(one);
        other.stream().filter(set -> !one.contains(set)).forEach(sets::add);
        return sets;
    }

    /**
     * The values of both.
     *
     * @param emptiness what is seen to be empty and left out
     */
    Shape and(Shape other, Emptiness emptiness, Budget budget) {
        if (this == ALL || other == ALL || this == other) {
            return this == ALL ? other : this;
        }
        return new Shape(
                hasNull && other.hasNull,
                hasTrue && other.hasTrue,
                hasFalse && other.hasFalse,
                product(numbers, other.numbers, NumberSet::and, NumberSet::isNothing, budget),
                product(strings, other.strings, StringSet::and, emptiness::isNothing, budget),
                product(arrays, other.arrays, ArrayShape::and, emptiness::isNothing, budget),
                product(objects, other.objects, ObjectShape::and, emptiness::isNothing, budget));
    }

    private static <T> List<T> product(
            List<T> one,
            List<T> other,
            BiFunction<T, T, T> and,
            Predicate<T> isNothing,
            Budget budget) {
        List<T> sets = new ArrayList<>();
        for (T left : one) {
            for (T right : other) {
                T both = and.apply(left, right);
                budget.spend(10);
                boolean isAlone = one.size() == 1 && other.size() == 1;
                if (!sets.contains(both) && (isAlone || !isNothing.test(both))) {
                    budget.spend(sets.size());
                    sets.add(both);
                }
            }
        }
        return sets;
    }

    /** Without what is seen to be empty. */
    Shape pruned(Emptiness emptiness) {
        return new Shape(
                hasNull,
                hasTrue,
                hasFalse,
                numbers.stream().filter(set -> !set.isNothing()).toList(),
                strings.stream().filter(set -> !emptiness.isNothing(set)).toList(),
                arrays.stream().filter(shape -> !emptiness.isNothing(shape)).toList(),
                objects.stream().filter(shape -> !emptiness.isNothing(shape)).toList());
    }
}
