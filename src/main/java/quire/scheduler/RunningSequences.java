package quire.scheduler;

import java.util.Arrays;
import java.util.stream.Stream;
import quire.sequence.Guide;
import quire.sequence.Sequence;

/**
 * The sequences that have blocks and get tokens of the steps: those of lower priority value first,
 * of one priority in the order of their admission.
 */
final class RunningSequences {

    private final Sequence[] sequences;
    private int size;

    RunningSequences(int most) {
        sequences = new Sequence[most];
    }

    int size() {
        return size;
    }

    Sequence get(int i) {
        return sequences[i];
    }

    /** So many of them, in their order. */
    Stream<Sequence> first(int most) {
        return Arrays.stream(sequences, 0, Math.min(size, most));
    }

    void add(Sequence sequence) {
        int place = size++;
        while (place > 0 && sequences[place - 1].priority() > sequence.priority()) {
            sequences[place] = sequences[place - 1];
            place--;
        }
        sequences[place] = sequence;
    }

    Sequence removeLast() {
        Sequence last = sequences[--size];
        sequences[size] = null;
        return last;
    }

    /** Returns whether it was there. */
    boolean remove(Sequence sequence) {
        for (int i = 0; i < size; i++) {
            if (sequences[i] == sequence) {
                System.arraycopy(sequences, i + 1, sequences, i, size - i - 1);
                sequences[--size] = null;
                return true;
            }
        }
        return false;
    }

    /** Whether one of them is in no step until its guide calls. */
    boolean hasSittingOut() {
        for (int i = 0; i < size; i++) {
            if (sequences[i].isSittingOut()) {
                return true;
            }
        }
        return false;
    }

    /** Whether one of them has a guide and samples in a step in flight. */
    boolean hasGuidedPending() {
        for (int i = 0; i < size; i++) {
            Sequence sequence = sequences[i];
            if (sequence.guide() != Guide.NONE && sequence.leastPendingTokens() > 0) {
                return true;
            }
        }
        return false;
    }

    void removeFinished() {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (!sequences[i].isFinished()) {
                sequences[kept++] = sequences[i];
            }
        }
        for (int i = kept; i < size; i++) {
            sequences[i] = null;
        }
        size = kept;
    }
}
