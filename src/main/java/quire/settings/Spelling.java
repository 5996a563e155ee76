package quire.settings;

import java.util.Collection;
import java.util.Optional;

/** Guesses which word was meant. */
public final class Spelling {

    private static final int MAX_LENGTH = 40;

    /** From this length on a word may have one mistake more. */
    private static final int LONG_WORD = 12;

    private Spelling() {}

    /** The word at most two edits away, three for long words; the nearest first. */
    public static Optional<String> nearest(String word, Collection<String> words) {
        if (word.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String nearest = "";
        int least = Math.min(word.length() < LONG_WORD ? 3 : 4, (word.length() + 1) / 2);
        for (String candidate : words) {
            int distance = distance(word, candidate);
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return nearest.isEmpty() ? Optional.empty() : Optional.of(nearest);
    }

    /** The end of a sentence about a word that is not known: {@code ; did you mean port?}. */
    public static String guess(String word) {
        return "; did you mean " + word + "?";
    }

    /**
     * Edits that turn one word into the other: a letter more, less or another, or two neighbours
     * swapped (optimal string alignment). Three rows of the table at a time.
     */
    private static int distance(String a, String b) {
        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] oldest = beforeLast;
            beforeLast = last;
            last = row;
            row = oldest;
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(last[j], row[j - 1]) + 1);
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
                }
            }
        }
        return row[b.length()];
    }
}
