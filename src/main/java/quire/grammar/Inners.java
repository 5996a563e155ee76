package quire.grammar;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What terminals allow that many grammars have (the inside of a string), by their language, for one
 * vocabulary; those not asked for longest go when there are too many. Thread-safe.
 */
final class Inners {

    private static final long MAX_BYTES = 64L << 20;

    private final Map<Regex, Inner> inners = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /** The one of a language, or null. */
    synchronized Inner of(Regex regex) {
        return inners.get(regex);
    }

    synchronized void keep(Regex regex, Inner inner) {
        if (inners.putIfAbsent(regex, inner) == null) {
            bytes += inner.bytes();
        }
        var eldest = inners.values().iterator();
        while (bytes > MAX_BYTES) {
            bytes -= eldest.next().bytes();
            eldest.remove();
        }
    }
}
