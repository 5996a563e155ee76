package quire.grammar;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** The least set of numbers that some clauses demand, in time linear in their size. */
final class Fixpoint {

    /** The number holds if all that it needs do. */
    record Clause(int holds, int[] needs) {}

    /** Which of {@code [0, size)} hold. */
    static boolean[] of(int size, List<Clause> clauses) {
        boolean[] holds = new boolean[size];
        int[] open = new int[clauses.size()];
        int[] starts = new int[size + 1];
        clauses.forEach(clause -> Arrays.stream(clause.needs).forEach(need -> starts[need + 1]++));
        for (int i = 0; i < size; i++) {
            starts[i + 1] += starts[i];
        }
        int[] users = new int[starts[size]];
        int[] filled = Arrays.copyOf(starts, size);
        Deque<Integer> found = new ArrayDeque<>();
        for (int i = 0; i < open.length; i++) {
            Clause clause = clauses.get(i);
            open[i] = clause.needs.length;
            for (int need : clause.needs) {
                users[filled[need]++] = i;
            }
            if (open[i] == 0) {
                found.add(clause.holds);
            }
        }
        while (!found.isEmpty()) {
            int next = found.remove();
            if (!holds[next]) {
                holds[next] = true;
                for (int i = starts[next]; i < starts[next + 1]; i++) {
                    if (--open[users[i]] == 0) {
                        found.add(clauses.get(users[i]).holds);
                    }
                }
            }
        }
        return holds;
    }

    private Fixpoint() {}
}
