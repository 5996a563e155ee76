package quire.template.values;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import quire.template.TemplateException;

/**
 * A dictionary in order of insertion whose keys compare as Python's do: 1, 1.0 and True are one
 * key. Changed only while it is built.
 */
public final class PyDict {

    /** A key as it was first written, and its value. */
    public record Entry(Object key, Object value) {}

    private record TupleKey(List<Object> items) {}

    private final Map<Object, Entry> entries = new LinkedHashMap<>();

    /**
     * Adds or replaces; a replaced key keeps its place and its first spelling.
     *
     * @throws TemplateException of kind TYPE for a key that cannot be hashed
     */
    public void put(Run run, Object key, Object value) {
        run.charge(1);
        Object hashed = hashed(run, key);
        Entry old = entries.get(hashed);
        entries.put(hashed, new Entry(old == null ? key : old.key(), value));
    }

    public void putAll(Run run, PyDict other) {
        run.items((long) size() + other.size());
        other.entries().forEach(e -> put(run, e.key(), e.value()));
    }

    /** The value of a key, or MISSING. */
    public Object get(Run run, Object key) {
        Entry entry = entries.get(hashed(run, key));
        return entry == null ? Missing.MISSING : entry.value();
    }

    public int size() {
        return entries.size();
    }

    public Collection<Entry> entries() {
        return entries.values();
    }

    public List<Object> keys() {
        List<Object> keys = new ArrayList<>(size());
        entries.values().forEach(e -> keys.add(e.key()));
        return keys;
    }

    /** What stands for a value in a hash table: equal for values that Python finds equal. */
    public static Object hashed(Run run, Object key) {
        return switch (key) {
            case null -> Missing.MISSING;
            case String text -> charged(run, text);
            case Markup markup -> charged(run, markup.text());
            case Boolean bool -> bool ? 1L : 0L;
            case Double number -> integral(number);
            case Undefined undefined -> Undefined.class;
            case PySequence.PyTuple tuple -> {
                run.enter();
                run.items(tuple.size());
                List<Object> items = new ArrayList<>();
                tuple.items().forEach(item -> items.add(hashed(run, item)));
                run.leave();
                // Nested hashes would recurse in Java's own hashCode: flatten them here.
                yield new TupleKey(flat(run, items));
            }
            case PySequence.PyList list -> throw unhashable("list");
            case PyDict dict -> throw unhashable("dict");
            default -> key;
        };
    }

    /** Finding a key compares it with an equal one, and hashes it once. */
    private static String charged(Run run, String key) {
        run.charge(key.length() >> 4);
        return key;
    }

    private static List<Object> flat(Run run, List<Object> items) {
        List<Object> flat = new ArrayList<>();
        flat.add((long) items.size());
        for (Object item : items) {
            if (item instanceof TupleKey nested) {
                flat.add(Type.TUPLE);
                flat.addAll(nested.items());
            } else {
                flat.add(item);
            }
        }
        run.items(flat.size());
        return flat;
    }

    private enum Type {
        TUPLE
    }

    private static Object integral(Double number) {
        if (number != Math.rint(number) || Double.isInfinite(number)) {
            return number;
        }
        return Math.abs(number) < 1L << 53
                ? (Object) number.longValue()
                : Numbers.normal(new BigDecimal(number).toBigInteger());
    }

    static TemplateException unhashable(String type) {
        return TemplateException.type("unhashable type: '" + type + "'");
    }

    /**
     * A live view of a dictionary, as {@code keys()}, {@code values()} and {@code items()} give.
     */
    public record View(PyDict dict, Kind kind) {
        public enum Kind {
            KEYS("dict_keys"),
            VALUES("dict_values"),
            ITEMS("dict_items");

            final String typeName;

            Kind(String typeName) {
                this.typeName = typeName;
            }
        }

        public List<Object> items() {
            List<Object> items = new ArrayList<>(dict.size());
            iterator().forEachRemaining(items::add);
            return items;
        }

        public Iterator<Object> iterator() {
            Iterator<Entry> entries = dict.entries().iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return entries.hasNext();
                }

                @Override
                public Object next() {
                    Entry entry = entries.next();
                    return switch (kind) {
                        case KEYS -> entry.key();
                        case VALUES -> entry.value();
                        case ITEMS -> PySequence.PyTuple.of(entry.key(), entry.value());
                    };
                }
            };
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }
    }
}
