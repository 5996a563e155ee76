package quire.cli.talk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import quire.SamplingParams;
import quire.SamplingParamsBuilder;
import quire.error.ConfigurationException;

/**
 * What a user has set about answers; whatever is not set is the model's or the server's own.
 * Immutable.
 */
public record Wishes(Map<Wish, JsonNode> values) {

    /** Nothing is set. */
    public static final Wishes NONE = new Wishes(Map.of());

    public Wishes {
        Map<Wish, JsonNode> copy = new EnumMap<>(Wish.class);
        copy.putAll(values);
        values = Collections.unmodifiableMap(copy);
    }

    /**
     * What {@code --set NAME=VALUE} says, the last one last.
     *
     * @throws ConfigurationException naming the first that is none
     */
    public static Wishes of(List<String> settings) {
        Wishes wishes = NONE;
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals < 0) {
                throw new ConfigurationException(
                        "--set takes NAME=VALUE, such as temperature=0.2, and not '"
                                + Visible.of(setting)
                                + "'");
            }
            wishes = wishes.with(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return wishes;
    }

    /**
     * These with one more.
     *
     * @param value as it was typed; {@code default} takes the wish back
     * @throws ConfigurationException if there is no such wish, or the value is of another type
     */
    public Wishes with(String name, String value) {
        Wish wish = Wish.named(name);
        Map<Wish, JsonNode> all = new EnumMap<>(Wish.class);
        all.putAll(values);
        if (value.equals("default")) {
            all.remove(wish);
        } else {
            all.put(wish, wish.read(value));
        }
        return new Wishes(all);
    }

    /** For a model in this process, which checks them. */
    SamplingParams params() {
        SamplingParamsBuilder params = SamplingParams.builder();
        values.forEach((wish, value) -> wish.put(params, value));
        return params.build();
    }

    /** Adds them to a request. */
    void putInto(ObjectNode request) {
        values.forEach((wish, value) -> request.set(wish.wireName(), value));
    }

    /** As lines for a user. */
    @Override
    public String toString() {
        return values.isEmpty()
                ? "nothing is set; the parameters are " + String.join(", ", Wish.names())
                : values.entrySet().stream()
                        .map(entry -> entry.getKey().wireName() + " " + entry.getValue())
                        .collect(Collectors.joining("\n"));
    }
}
