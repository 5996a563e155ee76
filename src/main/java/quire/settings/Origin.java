package quire.settings;

import java.util.Locale;

/** Where a setting was given; each place spells the same name in its own way. */
public enum Origin {
    COMMAND_LINE("flag"),
    ENVIRONMENT("variable"),
    FILE("flag");

    private final String noun;

    Origin(String noun) {
        this.noun = noun;
    }

    /** What a setting is called there. */
    String noun() {
        return noun;
    }

    /**
     * The name as its user typed it: {@code --max-num-seqs}, {@code QUIRE_MAX_NUM_SEQS} or {@code
     * max-num-seqs}.
     *
     * @param name without dashes in front
     */
    public String spell(String name) {
        return switch (this) {
            case COMMAND_LINE -> "--" + name;
            case ENVIRONMENT ->
                    Environment.PREFIX + name.toUpperCase(Locale.ROOT).replace('-', '_');
            case FILE -> name;
        };
    }
}
