package quire.rest;

import java.util.List;
import java.util.Optional;

/** Guesses which word was meant. */
final class Spelling {

    private static final int MAX_LENGTH = 40;

    private Spelling() {}

    /** The word at most two edits away, the nearest first. */
    static Optional<String> nearest(String word, List<String> words) {
        if (word.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String nearest = "";
        int least = Math.min(3, (word.length() + 1) / 2);
        for (String candidate : words) {
            int distance = distance(word, candidate);
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return nearest.isEmpty() ? Optional.empty() : Optional.of(nearest);
    }

    /** Levenshtein's distance, two rows of the table at a time. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
