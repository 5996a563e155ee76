package quire.toolcall;

import java.util.List;
import java.util.Optional;

/** Looks for markers in a text, holding back what may be the beginning of one. */
final class Markers {

    private final List<String> markers;
    private final Findings found;
    private final StringBuilder held = new StringBuilder();

    /**
     * @param markers none the beginning of another
     */
    Markers(Findings found, String... markers) {
        this.found = found;
        this.markers = List.of(markers);
    }

    /**
     * Reads a character of text; what is part of no marker, or of one that is shown as code, goes
     * to the user.
     *
     * @return the marker that it completes
     */
    Optional<String> find(char c) {
        held.append(c);
        while (!held.isEmpty() && !isBeginning()) {
            found.content(held.charAt(0));
            held.deleteCharAt(0);
        }
        if (held.isEmpty()) {
            return Optional.empty();
        }
        for (String marker : markers) {
            if (marker.contentEquals(held)) {
                if (found.inCode()) {
                    flush();
                    return Optional.empty();
                }
                held.setLength(0);
                return Optional.of(marker);
            }
        }
        return Optional.empty();
    }

    /** Whether nothing is held back. */
    boolean isEmpty() {
        return held.isEmpty();
    }

    /** Hands what is held back to the user. */
    void flush() {
        found.content(held);
        held.setLength(0);
    }

    private boolean isBeginning() {
        for (String marker : markers) {
            if (startsWith(marker, held)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a text begins with another. */
    static boolean startsWith(String text, CharSequence beginning) {
        int length = beginning.length();
        if (length > text.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (text.charAt(i) != beginning.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
