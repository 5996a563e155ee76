package quire.rest;

/** Texts of strangers as the log shows them: nobody's begins a line or speaks to a terminal. */
final class LogText {

    private LogText() {}

    /** At most that many characters, no character cut in two. */
    static String shortened(String text, int maxChars) {
        int end = Math.min(text.length(), maxChars);
        if (end < text.length() && end > 0 && Character.isLowSurrogate(text.charAt(end))) {
            end--;
        }
        return text.substring(0, end);
    }

    /** In quotes and on one line. */
    static String quoted(String text) {
        StringBuilder line = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> line.append("\\n");
                case '"', '\\' -> line.append('\\').append(c);
                default -> line.append(visible(c));
            }
        }
        return line.append('"').toString();
    }

    /** As it is, but for characters that would do something; lines and tabs stay. */
    static String cleaned(String text) {
        StringBuilder clean = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            clean.append(c == '\n' || c == '\t' ? String.valueOf(c) : visible(c));
        }
        return clean.toString();
    }

    private static String visible(char c) {
        boolean breaks = Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
        return breaks ? String.format("\\u%04x", (int) c) : String.valueOf(c);
    }
}
