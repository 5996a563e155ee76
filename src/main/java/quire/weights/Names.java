package quire.weights;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Names out of files, made fit for a message. */
public final class Names {

    private static final int MAX_SHOWN = 80;
    private static final int MAX_COMPARED = 200;

    private Names() {}

    /** The name in quotes, shortened, with control characters spelled out. */
    public static String quote(String name) {
        StringBuilder shown = new StringBuilder("'");
        int end = Math.min(name.length(), MAX_SHOWN);
        for (int i = 0; i < end; i++) {
            char c = name.charAt(i);
            if (Character.isISOControl(c) || Character.isSurrogate(c)) {
                shown.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                shown.append(c);
            }
        }
        return shown.append(end < name.length() ? "...'" : "'").toString();
    }

    /**
     * At most three of the names that are the wanted one in another place, as when a language model
     * is a part of a larger one ({@code language_model.model.…}), or else a few edits from it,
     * nearest first.
     */
    static List<String> closest(String wanted, Collection<String> names) {
        if (wanted.length() > MAX_COMPARED) {
            return List.of();
        }
        String inner = wanted.startsWith("model.") ? wanted.substring(6) : wanted;
        List<String> moved =
                names.stream()
                        .filter(name -> name.equals(inner) || name.endsWith("." + inner))
                        .limit(3)
                        .toList();
        if (!moved.isEmpty()) {
            return moved;
        }
        int limit = Math.max(2, wanted.length() / 4);
        record Near(String name, int distance) {}
        List<Near> near = new ArrayList<>();
        for (String name : names) {
            if (Math.abs(name.length() - wanted.length()) <= limit) {
                int distance = editDistance(wanted, name);
                if (distance <= limit) {
                    near.add(new Near(name, distance));
                }
            }
        }
        near.sort(Comparator.comparingInt(Near::distance));
        return near.stream().limit(3).map(Near::name).toList();
    }

    /** Insertions, deletions and substitutions from one to the other (Wagner and Fischer, 1974). */
    private static int editDistance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(change, Math.min(previous[j], current[j - 1]) + 1);
            }
            int[] swap = previous;
            previous = current;
            current = swap;
        }
        return previous[b.length()];
    }
}
