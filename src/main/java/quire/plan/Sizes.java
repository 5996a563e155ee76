package quire.plan;

import com.fasterxml.jackson.databind.JsonNode;
import quire.model.Fields;

/** The numbers of a configuration that are sizes, none without a bound. */
record Sizes(Fields config) {

    /** Of anything that a configuration counts, positions apart. */
    private static final int MOST = 1 << 24;

    int size(String key) {
        return size(key, MOST);
    }

    int size(String key, int most) {
        int size = config.positiveInt(key).orElse(0);
        if (size < 1 || size > most) {
            throw config.wrong(key, "a whole number from 1 to " + most);
        }
        return size;
    }

    /** As {@link #size}, or what is assumed of an absent one. */
    int sizeOr(String key, int otherwise) {
        return config.has(key) ? size(key) : otherwise;
    }

    /** As {@link #size}, or 0. */
    int natural(String key) {
        JsonNode value = config.json().path(key);
        return value.isNumber() && value.asDouble() == 0 ? 0 : sizeOr(key, 0);
    }
}
