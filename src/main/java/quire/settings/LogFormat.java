package quire.settings;

import java.util.Map;

/** What a line of the log is. */
public enum LogFormat {
    TEXT,
    JSON;

    /** By the names that users give. */
    static Map<String, LogFormat> byName() {
        return Map.of("text", TEXT, "json", JSON);
    }
}
