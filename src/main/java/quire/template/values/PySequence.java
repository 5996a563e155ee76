package quire.template.values;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import quire.template.TemplateException;

/** Python's indexable sequences, strings excepted. None of them ever changes. */
public sealed interface PySequence {

    int size();

    Object get(int index);

    /** The items as a list that cannot be changed. */
    List<Object> items();

    /** The class name that Python shows. */
    String typeName();

    /** A list; equal only to lists. */
    record PyList(List<Object> items) implements PySequence {
        @Override
        public int size() {
            return items.size();
        }

        @Override
        public Object get(int index) {
            return items.get(index);
        }

        @Override
        public String typeName() {
            return "list";
        }
    }

    /**
     * A tuple; equal only to tuples.
     *
     * @param names attribute names of its first items, empty for a plain tuple
     */
    record PyTuple(List<Object> items, List<String> names) implements PySequence {
        public static PyTuple of(Object... items) {
            return new PyTuple(Arrays.asList(items), List.of());
        }

        @Override
        public int size() {
            return items.size();
        }

        @Override
        public Object get(int index) {
            return items.get(index);
        }

        @Override
        public String typeName() {
            return names.isEmpty() ? "tuple" : "_GroupTuple";
        }
    }

    /** An arithmetic progression that is computed as it is read. */
    record PyRange(long start, long stop, long step, int size) implements PySequence {

        /** Jinja2's sandbox refuses longer ranges, whatever the limits here. */
        private static final int MAX_SIZE = 100_000;

        public static PyRange of(Run run, long start, long stop, long step) {
            if (step == 0) {
                throw TemplateException.value("range() arg 3 must not be zero");
            }
            boolean empty = step > 0 ? start >= stop : start <= stop;
            double length = empty ? 0 : Math.ceil(((double) stop - start) / step);
            if (length > MAX_SIZE) {
                throw TemplateException.arithmetic(
                        "Range too big. The sandbox blocks ranges "
                                + "larger than MAX_RANGE ("
                                + MAX_SIZE
                                + ").");
            }
            run.items((long) length);
            return new PyRange(start, stop, step, (int) length);
        }

        @Override
        public Object get(int index) {
            return start + index * step;
        }

        @Override
        public List<Object> items() {
            return new AbstractList<>() {
                @Override
                public Object get(int index) {
                    return start + index * step;
                }

                @Override
                public int size() {
                    return size;
                }
            };
        }

        @Override
        public String typeName() {
            return "range";
        }
    }
}
