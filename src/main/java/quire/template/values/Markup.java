package quire.template.values;

/** A string that is marked as safe HTML: joined with plain strings, it escapes them. */
public record Markup(String text) {

    /** A value as HTML: markup stays as it is, anything else is escaped. */
    public static String escaped(Run run, Object value) {
        if (value instanceof Markup markup) {
            return markup.text();
        }
        String text = Repr.str(run, value);
        run.charge(text.length() >> 3);
        Text out = new Text(run);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&#34;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c);
            }
        }
        return out.toString();
    }

    /** A string of the same sort as another value: markup when that is markup. */
    public static Object like(Object model, String text) {
        return model instanceof Markup ? new Markup(text) : text;
    }
}
