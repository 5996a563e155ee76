package quire.scheduler;

import java.util.ArrayDeque;
import java.util.TreeMap;
import java.util.stream.Stream;
import quire.sequence.Sequence;

/**
 * The queue: those of lower priority value first, of one priority in the order of their arrival.
 */
final class WaitingSequences {

    /** None of them is empty. */
    private final TreeMap<Long, ArrayDeque<Sequence>> byPriority = new TreeMap<>();

    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Who goes first; the queue must not be empty. */
    Sequence first() {
        return byPriority.firstEntry().getValue().peekFirst();
    }

    /** So many of them, in the order in which they go. */
    Stream<Sequence> first(int most) {
        return byPriority.values().stream().flatMap(ArrayDeque::stream).limit(most);
    }

    /** Somebody arrives, behind those of the same priority. */
    void arrive(Sequence sequence) {
        sameAs(sequence).addLast(sequence);
        size++;
    }

    /** Somebody comes back who went first before, and does again among those of its priority. */
    void comeBack(Sequence sequence) {
        sameAs(sequence).addFirst(sequence);
        size++;
    }

    private ArrayDeque<Sequence> sameAs(Sequence sequence) {
        return byPriority.computeIfAbsent(sequence.priority(), any -> new ArrayDeque<>());
    }

    /** Returns whether it was there. */
    boolean remove(Sequence sequence) {
        ArrayDeque<Sequence> same = byPriority.get(sequence.priority());
        if (same == null || !same.removeFirstOccurrence(sequence)) {
            return false;
        }
        if (same.isEmpty()) {
            byPriority.remove(sequence.priority());
        }
        size--;
        return true;
    }
}
