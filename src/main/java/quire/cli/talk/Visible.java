package quire.cli.talk;

/**
 * Texts of others made fit for a terminal: what would move a cursor, ring a bell, change a title or
 * turn the direction of writing is shown instead of done.
 */
public final class Visible {

    private static final int PICTURES = 0x2400;
    private static final int PICTURE_OF_DELETE = 0x2421;

    private Visible() {}

    /** The text, with a picture in place of each control character but line breaks and tabs. */
    public static String of(String text) {
        int first = 0;
        while (first < text.length() && isHarmless(text.charAt(first))) {
            first++;
        }
        if (first == text.length()) {
            return text;
        }
        StringBuilder shown = new StringBuilder(text.length() + 16).append(text, 0, first);
        for (int i = first; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isHarmless(c)) {
                shown.append(c);
            } else if (c < ' ') {
                shown.append((char) (PICTURES + c));
            } else if (c == 0x7f) {
                shown.append((char) PICTURE_OF_DELETE);
            } else {
                shown.append("\\u%04x".formatted((int) c));
            }
        }
        return shown.toString();
    }

    private static boolean isHarmless(char c) {
        boolean control = c < ' ' && c != '\n' && c != '\t' || c >= 0x7f && c < 0xa0;
        boolean direction =
                c == 0x061c
                        || c == 0x200e
                        || c == 0x200f
                        || c >= 0x202a && c <= 0x202e
                        || c >= 0x2066 && c <= 0x2069;
        return !control && !direction;
    }
}
