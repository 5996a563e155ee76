package quire.template.values;

/** A text under construction that never grows past the render's limit. */
public final class Text {

    private final Run run;
    private final StringBuilder chars = new StringBuilder();

    public Text(Run run) {
        this.run = run;
    }

    public Text append(String text) {
        run.charge(1 + (text.length() >> 3));
        if ((long) chars.length() + text.length() > run.limits().maxChars()) {
            run.chars((long) chars.length() + text.length());
        }
        chars.append(text);
        return this;
    }

    public Text append(char c) {
        if (chars.length() >= run.limits().maxChars()) {
            run.chars(chars.length() + 1L);
        }
        chars.append(c);
        return this;
    }

    public Text repeat(char c, long count) {
        run.chars(chars.length() + Math.max(0, count));
        chars.repeat(c, (int) Math.max(0, count));
        return this;
    }

    @Override
    public String toString() {
        return chars.toString();
    }
}
