package quire.hub;

import java.util.Locale;

/** Texts that a hub or a user sent, made fit for a terminal and a log. */
final class Shown {

    private static final int MAX_CHARS = 120;

    private Shown() {}

    /** The text, shortened; whatever is no plain character (controls, direction marks) spelled. */
    static String of(String text) {
        StringBuilder shown = new StringBuilder();
        int end = Math.min(text.length(), MAX_CHARS);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (isPlain(c)) {
                shown.append(c);
            } else {
                shown.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            }
        }
        return end < text.length() ? shown.append("...").toString() : shown.toString();
    }

    /** Whether a terminal shows the character and does nothing else with it. */
    static boolean isPlain(char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED ->
                    false;
            default -> true;
        };
    }

    /** A size as people read it: {@code 4.68 GiB}. */
    static String size(long bytes) {
        if (bytes < 1024) {
            return bytes + " bytes";
        }
        String units = "KMGTPE";
        double size = bytes;
        int unit = -1;
        while (size >= 1024 && unit < units.length() - 1) {
            size /= 1024;
            unit++;
        }
        return String.format(
                Locale.ROOT, size < 10 ? "%.2f %ciB" : "%.1f %ciB", size, units.charAt(unit));
    }
}
