package quire.template.runtime;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import quire.template.TemplateException;
import quire.template.operations.Equality;
import quire.template.values.Arguments;
import quire.template.values.HasAttributes;
import quire.template.values.HasLength;
import quire.template.values.Missing;
import quire.template.values.PyCallable;
import quire.template.values.PySequence.PyTuple;
import quire.template.values.PyTypes;
import quire.template.values.Run;
import quire.template.values.Undefined;

/** The special variable {@code loop}: walks the items of a for statement, one ahead if asked. */
final class LoopObject implements PyCallable, HasAttributes, HasLength {

    /** Renders a recursive loop's body over other items. */
    interface Recursion {
        String render(Object items, int depth);
    }

    private final Object iterable;
    private final Recursion recursion;
    private final int depth0;
    private Iterator<?> items;
    private Object ahead = Missing.MISSING;
    private Object current = Missing.MISSING;
    private Object previous = Missing.MISSING;
    private Object lastChanged = Missing.MISSING;
    private long index0 = -1;
    private long length = -1;

    /** A loop over items; {@code recursion} is null unless the loop is marked as recursive. */
    LoopObject(Object iterable, Recursion recursion, int depth0) {
        this.iterable = iterable;
        this.recursion = recursion;
        this.depth0 = depth0;
        this.items = PyTypes.iterate(iterable);
    }

    boolean hasNext() {
        return ahead != Missing.MISSING || items.hasNext();
    }

    Object next() {
        Object item = ahead == Missing.MISSING ? items.next() : ahead;
        ahead = Missing.MISSING;
        index0++;
        previous = current;
        current = item;
        return item;
    }

    private Object peek() {
        if (ahead == Missing.MISSING && items.hasNext()) {
            ahead = items.next();
        }
        return ahead;
    }

    /** How many items there are; reads a generator to its end to find out. */
    @Override
    public long length(Run run) {
        if (length < 0) {
            if (PyTypes.hasLength(iterable)) {
                length = PyTypes.length(run, iterable);
            } else {
                List<Object> rest = new ArrayList<>();
                while (items.hasNext()) {
                    rest.add(items.next());
                    run.items(1);
                }
                items = rest.iterator();
                length = rest.size() + index0 + 1 + (ahead == Missing.MISSING ? 0 : 1);
            }
        }
        return length;
    }

    @Override
    public Object attribute(Run run, String name) {
        return switch (name) {
            case "index" -> index0 + 1;
            case "index0" -> index0;
            case "revindex" -> length(run) - index0;
            case "revindex0" -> length(run) - index0 - 1;
            case "first" -> index0 == 0;
            case "last" -> peek() == Missing.MISSING;
            case "length" -> length(run);
            case "depth" -> depth0 + 1L;
            case "depth0" -> (long) depth0;
            case "previtem" ->
                    index0 == 0 ? Undefined.because("there is no previous item") : previous;
            case "nextitem" ->
                    peek() == Missing.MISSING ? Undefined.because("there is no next item") : ahead;
            case "cycle" -> Function.of("cycle", this::cycle);
            case "changed" -> Function.of("changed", this::changed);
            default -> Missing.MISSING;
        };
    }

    private Object cycle(Run run, Arguments arguments) {
        List<Object> values = arguments.positional();
        if (values.isEmpty()) {
            throw TemplateException.type("no items for cycling given");
        }
        return values.get((int) (index0 % values.size()));
    }

    private Object changed(Run run, Arguments arguments) {
        PyTuple values = new PyTuple(arguments.positional(), List.of());
        if (lastChanged != Missing.MISSING && Equality.equal(run, lastChanged, values)) {
            return false;
        }
        lastChanged = values;
        return true;
    }

    @Override
    public Object call(Run run, Arguments arguments) {
        if (recursion == null) {
            throw TemplateException.type(
                    "The loop must have the 'recursive' marker to be called recursively.");
        }
        return recursion.render(arguments.bind("loop", 1, "iterable").or(0, null), depth0 + 1);
    }

    @Override
    public String typeName() {
        return "LoopContext";
    }

    @Override
    public String shown(Run run) {
        return "<LoopContext " + (index0 + 1) + "/" + length(run) + ">";
    }
}
