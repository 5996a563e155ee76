package quire.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.error.InvalidRequestException;

/**
 * Finds the stop strings of one sequence in its text as that grows, and holds back no more of it
 * than could still become one.
 *
 * <p>The match is the one that is complete first; among those that end together, the one that began
 * first. So what is cut does not depend on how the text came in pieces. Each stop string is
 * followed by its own automaton (Knuth, Morris and Pratt, 1977) over code points, so that a match
 * never splits a surrogate pair. Owned by one thread at a time, the event loop.
 */
public final class StopStrings {

    private final List<Pattern> patterns;
    private final boolean includeStop;

    /** Text that came in and was not given out yet. */
    private final StringBuilder held = new StringBuilder();

    /** How far into {@link #held} the automata have read. */
    private int scanned;

    private boolean enabled = true;
    private String matched = "";

    /**
     * @param stops what ends the text; may be empty
     * @param includeStop whether the match is part of the text
     * @throws InvalidRequestException if a stop string is empty
     */
    public StopStrings(List<String> stops, boolean includeStop) {
        this.includeStop = includeStop;
        this.patterns = new ArrayList<>(stops.size());
        for (String stop : stops) {
            if (stop.isEmpty()) {
                throw new InvalidRequestException(
                        "stop", "A stop string is empty; each needs at least one character.");
            }
            patterns.add(new Pattern(stop));
        }
    }

    /**
     * Turns matching on or off; it is on at first.
     *
     * <p>While it is off, stop strings that are complete are text like any other, and one that has
     * begun still counts if it is completed later on.
     */
    public void setEnabled(boolean enabled) {
        this.enabled = enabled;
    }

    /**
     * Takes the next piece of text.
     *
     * @return the text that is certain not to be cut; nothing once a stop string has matched
     */
    public String append(String text) {
        if (isMatched()) {
            return "";
        }
        if (patterns.isEmpty()) {
            return text;
        }
        held.append(text);
        while (scanned < held.length()) {
            int codePoint = held.codePointAt(scanned);
            if (scanned + 1 == held.length() && isHighSurrogate(codePoint)) {
                break;
            }
            scanned += Character.charCount(codePoint);
            Optional<Pattern> complete = advance(codePoint);
            if (complete.isPresent() && enabled) {
                return cut(complete.get());
            }
        }
        return release(scanned - undecided(), text);
    }

    /**
     * Ends the text.
     *
     * @return what was held back; nothing when a stop string has matched
     */
    public String finish() {
        String rest = held.toString();
        held.setLength(0);
        scanned = 0;
        return rest;
    }

    /** Whether a stop string has matched, so that the text is over. */
    public boolean isMatched() {
        return !matched.isEmpty();
    }

    /** The stop string that matched. */
    public Optional<String> matched() {
        return isMatched() ? Optional.of(matched) : Optional.empty();
    }

    private static boolean isHighSurrogate(int codePoint) {
        return codePoint <= Character.MAX_VALUE && Character.isHighSurrogate((char) codePoint);
    }

    /** Lets every automaton read on, and returns the longest stop string that is complete. */
    private Optional<Pattern> advance(int codePoint) {
        Optional<Pattern> longest = Optional.empty();
        for (Pattern pattern : patterns) {
            boolean complete = pattern.read(codePoint);
            if (complete && (longest.isEmpty() || pattern.numChars() > longest.get().numChars())) {
                longest = Optional.of(pattern);
            }
        }
        return longest;
    }

    private String cut(Pattern pattern) {
        matched = pattern.stop;
        String text = held.substring(0, includeStop ? scanned : scanned - pattern.numChars());
        held.setLength(0);
        scanned = 0;
        return text;
    }

    /** The number of chars at the end of the read text that could still become a stop string. */
    private int undecided() {
        int undecided = 0;
        if (!includeStop) {
            for (Pattern pattern : patterns) {
                undecided = Math.max(undecided, pattern.numCharsRead());
            }
        }
        return undecided;
    }

    private String release(int numChars, String last) {
        if (numChars == held.length() && numChars == last.length()) {
            held.setLength(0);
            scanned = 0;
            return last;
        }
        String text = held.substring(0, numChars);
        held.delete(0, numChars);
        scanned -= numChars;
        return text;
    }

    /** One stop string and how much of it the end of the text matches. */
    private static final class Pattern {

        private final String stop;
        private final int[] codePoints;

        /** Chars taken by the first i code points. */
        private final int[] chars;

        /** For a match of i code points: the next shorter one that ends at the same place. */
        private final int[] shorter;

        private int numRead;

        Pattern(String stop) {
            this.stop = stop;
            this.codePoints = stop.codePoints().toArray();
            this.chars = new int[codePoints.length + 1];
            for (int i = 0; i < codePoints.length; i++) {
                chars[i + 1] = chars[i] + Character.charCount(codePoints[i]);
            }
            this.shorter = new int[codePoints.length + 1];
            for (int i = 1; i < codePoints.length; i++) {
                int length = shorter[i];
                while (length > 0 && codePoints[length] != codePoints[i]) {
                    length = shorter[length];
                }
                shorter[i + 1] = codePoints[length] == codePoints[i] ? length + 1 : 0;
            }
        }

        /** Reads on, and says whether the stop string is complete here. */
        boolean read(int codePoint) {
            if (numRead == codePoints.length) {
                numRead = shorter[numRead];
            }
            while (numRead > 0 && codePoints[numRead] != codePoint) {
                numRead = shorter[numRead];
            }
            if (codePoints[numRead] == codePoint) {
                numRead++;
            }
            return numRead == codePoints.length;
        }

        int numChars() {
            return stop.length();
        }

        /** Of a match that was passed over, what begins another one. */
        int numCharsRead() {
            return chars[numRead == codePoints.length ? shorter[numRead] : numRead];
        }
    }
}
