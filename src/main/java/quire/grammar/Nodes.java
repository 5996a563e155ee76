package quire.grammar;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All continuations of a store. Guarded by its owner's lock. */
final class Nodes {

    private static final int NODE_BYTES = 120;
    private static final int ENTRY_BYTES = 40;

    /** With its state, as far as that is its own. */
    private static final int PLACE_BYTES = 250;

    private final Map<Node, Node> nodes = new HashMap<>();
    private final Map<Node.Frame, Node.Frame> frames = new HashMap<>();
    private final Map<InSeries, Place> places = new HashMap<>();
    private long bytes;

    /** A series has one place for each of its automaton's states. */
    private record InSeries(Series series, Object state) {}

    /** About how much memory the nodes take. */
    long bytes() {
        return bytes;
    }

    /** The node of these entries, which may be in any order and more than once. */
    Node of(List<Entry> entries, Budget budget) {
        if (entries.size() == 1) {
            Entry only = entries.getFirst();
            return only.place() == Place.END
                    ? only.parent()
                    : unique(new Entry[] {only}, null, null, budget);
        }
        List<Entry> flat = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            boolean tail = entry.place() == Place.END && isPlain(entry.parent());
            if (tail) {
                Collections.addAll(flat, entry.parent().entries);
            } else {
                flat.add(entry);
            }
        }
        budget.spend(4L * flat.size());
        Collections.sort(flat);
        Entry last = null;
        int kept = 0;
        for (Entry entry : flat) {
            if (!entry.equals(last)) {
                flat.set(kept++, entry);
                last = entry;
            }
        }
        Entry[] distinct = flat.subList(0, kept).toArray(Entry[]::new);
        return distinct.length == 1 && last.place() == Place.END
                ? last.parent()
                : unique(distinct, null, null, budget);
    }

    /**
     * What follows {@code member} of a cycle that was called from outside as {@code frame} says.
     */
    Node of(Node.Frame frame, Element member, Budget budget) {
        return unique(new Entry[0], frame, member, budget);
    }

    /** The frame of these callers. */
    Node.Frame frame(Node[] callers, Budget budget) {
        budget.spend(callers.length);
        return frames.computeIfAbsent(
                new Node.Frame(callers),
                frame -> {
                    bytes += NODE_BYTES + 4L * callers.length;
                    return frame;
                });
    }

    /** Where a series is in a state. */
    Place place(Series series, Object state, Budget budget) {
        return places.computeIfAbsent(
                new InSeries(series, state),
                key -> {
                    bytes += PLACE_BYTES;
                    budget.allocate(PLACE_BYTES);
                    return Place.in(series, state, -places.size() - 1);
                });
    }

    /** What may go on as one or as the other. */
    Node union(Node one, Node other, Budget budget) {
        if (one == other) {
            return one;
        }
        return of(List.of(new Entry(Place.END, 0, one), new Entry(Place.END, 0, other)), budget);
    }

    /** Whether it is a set of entries, which can be put into another set. */
    private static boolean isPlain(Node node) {
        return node != Node.ROOT && node.frame == null;
    }

    private Node unique(Entry[] entries, Node.Frame frame, Element member, Budget budget) {
        Node made = new Node(nodes.size() + 1, entries, frame, member);
        Node known = nodes.putIfAbsent(made, made);
        if (known != null) {
            return known;
        }
        long size = NODE_BYTES + (long) ENTRY_BYTES * entries.length;
        bytes += size;
        budget.allocate(size);
        return made;
    }
}
