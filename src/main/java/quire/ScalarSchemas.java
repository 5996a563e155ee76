package quire;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** JSON Schemas of types that are one value of JSON, as tight as the types that are read of it. */
final class ScalarSchemas {

    private static final String TIME = "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d";

    /** Days that every year has. */
    private static final String DAY =
            "\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)"
                    + "|02-(0[1-9]|1\\d|2[0-8]))";

    /**
     * Types that are a word of JSON's with a format, or with a pattern where there is no format.
     */
    private static final Map<Class<?>, ObjectNode> TEXTS =
            Map.ofEntries(
                    Map.entry(String.class, text("", "")),
                    Map.entry(CharSequence.class, text("", "")),
                    Map.entry(UUID.class, text("format", "uuid")),
                    Map.entry(URI.class, text("format", "uri")),
                    Map.entry(URL.class, text("format", "uri")),
                    Map.entry(LocalDate.class, text("format", "date")),
                    Map.entry(OffsetTime.class, text("format", "time")),
                    Map.entry(Instant.class, text("format", "date-time")),
                    Map.entry(OffsetDateTime.class, text("format", "date-time")),
                    Map.entry(ZonedDateTime.class, text("format", "date-time")),
                    Map.entry(Date.class, text("format", "date-time")),
                    Map.entry(LocalTime.class, text("pattern", "^" + TIME + "$")),
                    Map.entry(LocalDateTime.class, text("pattern", "^" + DAY + "T" + TIME + "$")),
                    Map.entry(
                            Duration.class,
                            text("pattern", "^P(\\d{1,6}D)?T(\\d{1,4}H)?(\\d{1,4}M)?\\d{1,4}S$")));

    private static final Set<Class<?>> REALS =
            Set.of(
                    float.class,
                    Float.class,
                    double.class,
                    Double.class,
                    BigDecimal.class,
                    Number.class);

    private ScalarSchemas() {}

    /** A new schema; empty where the type is no such value. */
    static Optional<ObjectNode> of(Class<?> raw) {
        if (TEXTS.containsKey(raw)) {
            return Optional.of(TEXTS.get(raw).deepCopy());
        }
        if (raw == char.class || raw == Character.class) {
            return Optional.of(text("pattern", "^[\\u0000-\\uD7FF\\uE000-\\uFFFF]$"));
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return Optional.of(typed("boolean"));
        }
        return REALS.contains(raw) ? Optional.of(typed("number")) : integer(raw);
    }

    private static ObjectNode typed(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }

    private static ObjectNode text(String keyword, String value) {
        ObjectNode node = typed("string");
        return keyword.isEmpty() ? node : node.put(keyword, value);
    }

    private static Optional<ObjectNode> integer(Class<?> raw) {
        ObjectNode node = typed("integer");
        if (raw == int.class || raw == Integer.class) {
            node.put("minimum", Integer.MIN_VALUE).put("maximum", Integer.MAX_VALUE);
        } else if (raw == long.class || raw == Long.class) {
            node.put("minimum", Long.MIN_VALUE).put("maximum", Long.MAX_VALUE);
        } else if (raw == short.class || raw == Short.class) {
            node.put("minimum", Short.MIN_VALUE).put("maximum", Short.MAX_VALUE);
        } else if (raw == byte.class || raw == Byte.class) {
            node.put("minimum", Byte.MIN_VALUE).put("maximum", Byte.MAX_VALUE);
        } else if (raw != BigInteger.class) {
            return Optional.empty();
        }
        return Optional.of(node);
    }
}
