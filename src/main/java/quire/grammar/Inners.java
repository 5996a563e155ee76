package quire.grammar;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What terminals allow that many grammars have (the inside of a string), by their language, for one
 * vocabulary; those not asked for longest go when there are too many. Thread-safe.
 */
final class Inners {

    private static final long MAX_BYTES = 64L << 20;

    /** Larger languages are not kept: what has tables of words is no other grammar's. */
    private static final int MAX_REGEX_BYTES = 64 << 10;

    private final Map<Regex, Inner> inners = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /** The one of a language, or null. */
    synchronized Inner of(Regex regex) {
        return inners.get(regex);
    }

    /** Keeps the one of a language, if that is not too large. */
    synchronized void keep(Regex regex, Inner inner) {
        if (regex.bytes > MAX_REGEX_BYTES) {
            return;
        }
        if (inners.putIfAbsent(regex, inner) == null) {
            bytes += bytes(regex, inner);
        }
        Iterator<Map.Entry<Regex, Inner>> eldest = inners.entrySet().iterator();
        while (bytes > MAX_BYTES) {
            Map.Entry<Regex, Inner> entry = eldest.next();
            bytes -= bytes(entry.getKey(), entry.getValue());
            eldest.remove();
        }
    }

    private static long bytes(Regex regex, Inner inner) {
        return regex.bytes + inner.bytes();
    }
}
