package quire.template.operations;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Undefined;

/** The {@code attribute} argument of filters: a dotted path into each item. */
public final class ItemKey {

    private ItemKey() {}

    /**
     * A function from items to what the path finds in them.
     *
     * @param attribute a dotted path, an index, or None for the item itself
     * @param fallback stands for what is undefined on the way, unless it is None
     * @param ignoreCase lower-case the strings that are found
     */
    public static UnaryOperator<Object> of(
            Run run, Object attribute, Object fallback, boolean ignoreCase) {
        List<Object> path = path(run, attribute);
        return item -> {
            Object found = item;
            for (Object part : path) {
                found = Attributes.item(run, found, part);
                if (fallback != null && found instanceof Undefined) {
                    found = fallback;
                }
            }
            return ignoreCase && Strings.is(found) ? Strings.lower(Strings.text(found)) : found;
        };
    }

    private static List<Object> path(Run run, Object attribute) {
        if (attribute == null) {
            return List.of();
        }
        if (!Strings.is(attribute)) {
            return List.of(attribute);
        }
        List<Object> path = new ArrayList<>();
        for (Object part : Splitting.split(run, Strings.text(attribute), ".", -1)) {
            String name = (String) part;
            boolean index =
                    !name.isEmpty()
                            && name.length() < 19
                            && name.chars().allMatch(c -> c >= '0' && c <= '9');
            path.add(index ? (Object) Long.valueOf(name) : name);
        }
        return path;
    }
}
