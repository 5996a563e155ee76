package quire.grammar.regex;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import quire.grammar.Regex;

/** All that may follow a part, by what stands before it. */
final class Rest {
    private final Map<Before, Regex> known = new EnumMap<>(Before.class);
    private final Function<Before, Regex> maker;

    private final boolean isUniform;

    Rest(Regex always) {
        this(true, before -> always);
    }

    Rest(boolean isUniform, Function<Before, Regex> maker) {
        this.isUniform = isUniform;
        this.maker = maker;
    }

    /** Whether it is the same whatever stands before it. */
    boolean isUniform() {
        return isUniform;
    }

    Regex behind(Before before) {
        Before key = isUniform ? Before.OTHER : before;
        Regex made = known.get(key);
        if (made == null) {
            made = maker.apply(key);
            known.put(key, made);
        }
        return made;
    }
}
