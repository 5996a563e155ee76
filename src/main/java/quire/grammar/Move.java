package quire.grammar;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Makes the continuations of one store anew in another, whose lock the caller has. */
final class Move {

    private final Nodes to;
    private final Budget budget;
    private final Map<Node, Node> moved = new HashMap<>();

    Move(Nodes to, Budget budget) {
        this.to = to;
        this.budget = budget;
        moved.put(Node.ROOT, Node.ROOT);
    }

    /** The node that is what {@code node} is. Continuations may be long, so that it is no call. */
    Node of(Node node) {
        Deque<Node> open = new ArrayDeque<>();
        open.push(node);
        while (!open.isEmpty()) {
            Node next = open.peek();
            List<Node> missing = behind(next).filter(behind -> !moved.containsKey(behind)).toList();
            if (missing.isEmpty()) {
                open.pop();
                moved.computeIfAbsent(next, this::made);
            }
            missing.forEach(open::push);
        }
        return moved.get(node);
    }

    private static Stream<Node> behind(Node node) {
        return node.frame == null
                ? Stream.of(node.entries).map(Entry::parent)
                : Stream.of(node.frame.callers).filter(caller -> caller != null);
    }

    private Place placed(Entry entry) {
        Place place = entry.place();
        return place.series == null ? place : to.place(place.series, place.state, budget);
    }

    private Node made(Node node) {
        if (node.frame == null) {
            return to.of(
                    Stream.of(node.entries)
                            .map(e -> new Entry(placed(e), e.done(), moved.get(e.parent())))
                            .toList(),
                    budget);
        }
        Node[] callers = new Node[node.frame.callers.length];
        for (int slot = 0; slot < callers.length; slot++) {
            Node caller = node.frame.callers[slot];
            callers[slot] = caller == null ? null : moved.get(caller);
        }
        return to.of(to.frame(callers, budget), node.member, budget);
    }
}
