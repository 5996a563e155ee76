package quire.template.operations;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import quire.template.values.Run;

/** A stable merge sort that asks for nothing but {@code <}: an order with NaN in it is no order. */
public final class Sorting {

    private record Keyed(Object key, Object value) {}

    private Sorting() {}

    /** Values sorted by keys, one key for each. */
    public static List<Object> sorted(
            Run run, List<Object> values, List<Object> keys, boolean reverse) {
        List<Keyed> items = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            items.add(new Keyed(keys.get(i), values.get(i)));
        }
        // Equal values keep their order in a reversed sort too, hence the two reversals.
        if (reverse) {
            Collections.reverse(items);
        }
        items = sort(run, items);
        if (reverse) {
            Collections.reverse(items);
        }
        List<Object> sorted = new ArrayList<>();
        items.forEach(item -> sorted.add(item.value()));
        return sorted;
    }

    private static List<Keyed> sort(Run run, List<Keyed> items) {
        if (items.size() < 2) {
            return items;
        }
        int middle = items.size() / 2;
        List<Keyed> left = sort(run, items.subList(0, middle));
        List<Keyed> right = sort(run, items.subList(middle, items.size()));
        List<Keyed> merged = new ArrayList<>(items.size());
        int l = 0;
        int r = 0;
        while (l < left.size() && r < right.size()) {
            boolean rightFirst = Equality.ordered(run, "<", right.get(r).key(), left.get(l).key());
            merged.add(rightFirst ? right.get(r++) : left.get(l++));
        }
        merged.addAll(left.subList(l, left.size()));
        merged.addAll(right.subList(r, right.size()));
        return merged;
    }
}
