package quire.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds with what rules may begin, ranks them so that callers come before what they begin with, and
 * finds the cycles of left recursion (Tarjan's algorithm, without calls that nest).
 */
final class Corners {

    private final List<Element> elements;
    private final List<List<Place>> bodies;

    /** By element, where rules may begin, cycles and all. */
    private final List<List<Place>> corners = new ArrayList<>();

    private final int[] number;
    private final int[] low;
    private final int[] at;
    private final int[] stack;
    private int stacked;
    private int numbered;
    private int ranks;

    /**
     * @param bodies by element, the alternatives of a rule, null for others
     */
    Corners(List<Element> elements, List<List<Place>> bodies) {
        this.elements = elements;
        this.bodies = bodies;
        number = new int[elements.size()];
        low = new int[elements.size()];
        at = new int[elements.size()];
        stack = new int[elements.size()];
    }

    /** Sets corners, rank, cycle and edges of all rules. */
    void find() {
        for (List<Place> starts : bodies) {
            corners.add(starts == null ? List.of() : beginnings(starts));
        }
        for (Element element : elements) {
            if (number[element.index] == 0) {
                visit(element.index);
            }
        }
        elements.forEach(this::divide);
    }

    private static List<Place> beginnings(List<Place> starts) {
        List<Place> found = new ArrayList<>();
        for (Place start : starts) {
            Place place = start;
            while (place != Place.END) {
                found.add(place);
                if (!place.mayBeLeft(0)) {
                    break;
                }
                place = place.next;
            }
        }
        return found;
    }

    private void visit(int root) {
        int[] path = new int[16];
        int depth = 0;
        path[depth++] = enter(root);
        while (depth > 0) {
            int node = path[depth - 1];
            List<Place> next = corners.get(node);
            if (at[node] < next.size()) {
                int to = next.get(at[node]++).element.index;
                if (number[to] == 0) {
                    if (depth == path.length) {
                        path = Arrays.copyOf(path, 2 * depth);
                    }
                    path[depth++] = enter(to);
                } else if (elements.get(to).rank < 0) {
                    low[node] = Math.min(low[node], number[to]);
                }
                continue;
            }
            depth--;
            if (depth > 0) {
                low[path[depth - 1]] = Math.min(low[path[depth - 1]], low[node]);
            }
            if (low[node] == number[node]) {
                leave(node);
            }
        }
    }

    private int enter(int node) {
        number[node] = ++numbered;
        low[node] = numbered;
        stack[stacked++] = node;
        return node;
    }

    /** All above {@code node} on the stack are one cycle with it. */
    private void leave(int node) {
        List<Element> members = new ArrayList<>();
        int member;
        do {
            member = stack[--stacked];
            elements.get(member).rank = ranks;
            members.add(elements.get(member));
        } while (member != node);
        ranks++;
        boolean recursive =
                members.size() > 1
                        || corners.get(node).stream().anyMatch(c -> c.element.index == node);
        if (recursive) {
            for (int i = 0; i < members.size(); i++) {
                Element element = members.get(i);
                element.cycle = members;
                element.slot = i;
                element.edges = new ArrayList<>();
            }
        }
    }

    /** What a rule begins with outside its cycle are corners; what is inside are edges. */
    private void divide(Element rule) {
        List<Place> outside = new ArrayList<>();
        for (Place corner : corners.get(rule.index)) {
            if (rule.cycle != null && corner.element.cycle == rule.cycle) {
                Entry after = corner.after(0, Node.ROOT);
                corner.element.edges.add(new Element.Edge(after.place(), after.done(), rule));
            } else {
                outside.add(corner);
            }
        }
        rule.corners = outside;
    }
}
