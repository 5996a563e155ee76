package quire.settings;

import java.util.Map;

/** How serious a line of the log must be. */
public enum LogLevel {
    DEBUG("DEBUG"),
    INFO("INFO"),
    WARNING("WARN"),
    ERROR("ERROR");

    private final String logged;

    LogLevel(String logged) {
        this.logged = logged;
    }

    /** By the names that users give. */
    static Map<String, LogLevel> byName() {
        return Map.of(
                "debug", DEBUG, "info", INFO, "warning", WARNING, "warn", WARNING, "error", ERROR);
    }

    /** What the level is called in lines of the log. */
    public String logged() {
        return logged;
    }
}
