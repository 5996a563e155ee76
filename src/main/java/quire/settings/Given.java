package quire.settings;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What somebody gave for a flag, as it was typed. May hold secrets: not for logs.
 *
 * @param spelled the flag's name as that place spells it, for sentences
 * @param texts one for each value; empty = nothing was given and there is no default
 */
public record Given(String spelled, List<String> texts) {

    private static final int SHOWN = 60;
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}+");

    public Given {
        texts = List.copyOf(texts);
    }

    /** Values from a place, none of them checked. */
    public static Given of(Origin origin, Flag<?> flag, List<String> texts) {
        return new Given(origin.spell(flag.name()), texts);
    }

    /** The value of a flag that takes one. */
    String text() {
        return texts.getFirst();
    }

    /** The value for a sentence: on one line and not too long. */
    public String shown() {
        String line = CONTROL.matcher(text()).replaceAll(" ");
        return line.length() <= SHOWN
                ? line
                : line.substring(0, line.offsetByCodePoints(0, SHOWN / 2)) + "…";
    }
}
