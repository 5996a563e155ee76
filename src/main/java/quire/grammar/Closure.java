package quire.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * What may come where a continuation begins: the terminals and tokens, and what is behind each.
 *
 * <p>All that call a rule at this moment become one continuation, which the rule's body gets as its
 * end; callers are complete before a rule's turn comes, since ranks fall along what rules begin
 * with. A left-recursive cycle has one turn for all of its rules. A rule that may be empty needs no
 * end of its own: whoever calls it goes on behind it at once.
 */
final class Closure {

    private final Nodes nodes;
    private final Budget budget;
    private final Map<Element, List<Entry>> calls = new LinkedHashMap<>();
    private final PriorityQueue<Element> rules =
            new PriorityQueue<>(Comparator.comparingInt((Element rule) -> -rule.rank));
    private final Deque<Node> ends = new ArrayDeque<>();
    private final Set<Node> ended = new HashSet<>();
    private boolean accepting;

    Closure(Nodes nodes, Budget budget) {
        this.nodes = nodes;
        this.budget = budget;
    }

    /** Finds all of it. Called once. */
    Closure from(Node start) {
        end(start);
        while (!ends.isEmpty()) {
            goOnBehind(ends.pop());
        }
        while (!rules.isEmpty()) {
            Element rule = rules.poll();
            if (rule.cycle == null) {
                begin(rule, nodes.of(calls.get(rule), budget));
            } else {
                beginCycle(rule.cycle);
            }
        }
        return this;
    }

    /** Whether the end of everything is among it. */
    boolean accepting() {
        return accepting;
    }

    /** The terminals and tokens, and the entries behind each. */
    Map<Element, List<Entry>> calls() {
        return calls;
    }

    private void end(Node node) {
        if (ended.add(node)) {
            ends.push(node);
        }
    }

    private void goOnBehind(Node node) {
        budget.spend(1 + node.entries.length);
        if (node == Node.ROOT) {
            accepting = true;
        }
        for (Entry entry : node.entries) {
            goOn(entry.place(), entry.done(), entry.parent());
        }
        if (node.frame != null) {
            Node callers = node.frame.callers[node.member.slot];
            if (callers != null) {
                end(callers);
            }
            for (Element.Edge edge : node.member.edges) {
                goOn(edge.to(), edge.done(), nodes.of(node.frame, edge.caller(), budget));
            }
        }
    }

    private void goOn(Place start, int times, Node parent) {
        if (start.series != null) {
            goOnIn(start.series, start.state, parent);
            if (start.series.mayEnd(start.state)) {
                end(parent);
            }
            return;
        }
        Place place = start;
        int done = times;
        while (place != Place.END) {
            call(place.element, place.after(done, parent));
            if (!place.mayBeLeft(done)) {
                return;
            }
            place = place.next;
            done = 0;
        }
        end(parent);
    }

    private void goOnIn(Series series, Object state, Node parent) {
        for (Automaton.Step<Object> step : series.from(state)) {
            Place place = nodes.place(series, step.next(), budget);
            call(series.part(step), new Entry(place, 0, parent));
        }
    }

    private void call(Element element, Entry behind) {
        budget.spend(2);
        List<Entry> callers = calls.get(element);
        if (callers == null) {
            callers = new ArrayList<>(2);
            calls.put(element, callers);
            if (element.isCalled()) {
                rules.add(element);
            }
        }
        callers.add(behind);
    }

    private void begin(Element rule, Node behind) {
        if (rule.series != null) {
            goOnIn(rule.series, rule.series.start(), behind);
            return;
        }
        for (Place corner : rule.corners) {
            call(corner.element, corner.after(0, behind));
        }
    }

    private void beginCycle(List<Element> cycle) {
        Node[] callers = new Node[cycle.size()];
        for (Element member : cycle) {
            List<Entry> outside = calls.get(member);
            if (outside != null) {
                rules.remove(member);
                callers[member.slot] = nodes.of(unwound(outside, member), budget);
            }
        }
        Node.Frame frame = nodes.frame(callers, budget);
        for (Element member : cycle) {
            begin(member, nodes.of(frame, member, budget));
        }
    }

    /**
     * The same callers: one that is nothing but the end of the same rule, called earlier, says what
     * that rule's callers say, since the cycle's own calls are in this frame as well. Without this
     * step, frames would nest once more with each operator of an expression.
     */
    private List<Entry> unwound(List<Entry> callers, Element member) {
        List<Entry> unwound = new ArrayList<>(callers.size());
        for (Entry caller : callers) {
            Node parent = caller.parent();
            boolean same =
                    caller.place() == Place.END
                            && parent.member == member
                            && isCalledAlone(parent.frame, member);
            unwound.add(same ? new Entry(Place.END, 0, parent.frame.callers[member.slot]) : caller);
        }
        return unwound;
    }

    private static boolean isCalledAlone(Node.Frame frame, Element member) {
        for (int slot = 0; slot < frame.callers.length; slot++) {
            if ((frame.callers[slot] != null) != (slot == member.slot)) {
                return false;
            }
        }
        return true;
    }
}
