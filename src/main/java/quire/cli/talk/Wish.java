package quire.cli.talk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import quire.SamplingParamsBuilder;
import quire.error.ConfigurationException;
import quire.settings.Given;
import quire.settings.Spelling;

/** What may be set about answers, by its name in a request. */
public enum Wish {
    TEMPERATURE(Kind.NUMBER, (params, value) -> params.temperature(value.doubleValue())),
    TOP_P(Kind.NUMBER, (params, value) -> params.topP(value.doubleValue())),
    TOP_K(Kind.WHOLE, (params, value) -> params.topK(value.intValue())),
    MIN_P(Kind.NUMBER, (params, value) -> params.minP(value.doubleValue())),
    MAX_TOKENS(Kind.WHOLE, (params, value) -> params.maxTokens(value.intValue())),
    MIN_TOKENS(Kind.WHOLE, (params, value) -> params.minTokens(value.intValue())),
    SEED(Kind.LONG, (params, value) -> params.seed(value.longValue())),
    STOP(Kind.TEXT, (params, value) -> params.stop(value.get(0).textValue())),
    PRESENCE_PENALTY(Kind.NUMBER, (params, value) -> params.presencePenalty(value.doubleValue())),
    FREQUENCY_PENALTY(Kind.NUMBER, (params, value) -> params.frequencyPenalty(value.doubleValue())),
    REPETITION_PENALTY(
            Kind.NUMBER, (params, value) -> params.repetitionPenalty(value.doubleValue())),
    IGNORE_EOS(Kind.SWITCH, (params, value) -> params.ignoreEos(value.booleanValue()));

    private enum Kind {
        NUMBER("a number", Wish::finite),
        WHOLE(
                "a whole number of at most 2147483647",
                text -> Optional.of(LongNode.valueOf(Integer.parseInt(text)))),
        LONG(
                "a whole number of 64 bits",
                text -> Optional.of(LongNode.valueOf(Long.parseLong(text)))),
        SWITCH("true or false", Wish::truth),
        TEXT("a text", text -> Optional.of(JsonNodeFactory.instance.arrayNode().add(text)));

        private final String takes;

        /**
         * The value, or nothing where this kind has no such one; a NumberFormatException means the
         * same.
         */
        private final Function<String, Optional<JsonNode>> read;

        Kind(String takes, Function<String, Optional<JsonNode>> read) {
            this.takes = takes;
            this.read = read;
        }
    }

    private final Kind kind;
    private final BiConsumer<SamplingParamsBuilder, JsonNode> put;

    Wish(Kind kind, BiConsumer<SamplingParamsBuilder, JsonNode> put) {
        this.kind = kind;
        this.put = put;
    }

    /** Hands the value over to a model of this process. */
    void put(SamplingParamsBuilder params, JsonNode value) {
        put.accept(params, value);
    }

    private static Optional<JsonNode> finite(String text) {
        double number = Double.parseDouble(text);
        return Double.isFinite(number) ? Optional.of(DoubleNode.valueOf(number)) : Optional.empty();
    }

    private static Optional<JsonNode> truth(String text) {
        return switch (text) {
            case "true" -> Optional.of(BooleanNode.TRUE);
            case "false" -> Optional.of(BooleanNode.FALSE);
            default -> Optional.empty();
        };
    }

    /** As in a request: {@code top_p}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The names of all. */
    static List<String> names() {
        return Arrays.stream(values()).map(Wish::wireName).toList();
    }

    /**
     * The wish of that name.
     *
     * @throws ConfigurationException if there is none, with the nearest one
     */
    static Wish named(String name) {
        String wanted = name.toLowerCase(Locale.ROOT).replace('-', '_');
        return Stream.of(values())
                .filter(wish -> wish.wireName().equals(wanted))
                .findFirst()
                .orElseThrow(() -> unknown(name, wanted));
    }

    private static ConfigurationException unknown(String name, String wanted) {
        return new ConfigurationException(
                "there is no parameter '"
                        + new Given("", List.of(name)).shown()
                        + "'"
                        + Spelling.nearest(wanted, names()).map(Spelling::guess).orElse(".")
                        + " Known are "
                        + String.join(", ", names()));
    }

    /**
     * A value as it was typed.
     *
     * @throws ConfigurationException if it is of another type
     */
    JsonNode read(String text) {
        try {
            return kind.read.apply(text).orElseThrow(() -> unfit(text));
        } catch (NumberFormatException e) {
            throw unfit(text);
        }
    }

    private ConfigurationException unfit(String text) {
        return new ConfigurationException(
                wireName()
                        + " is '"
                        + new Given("", List.of(text)).shown()
                        + "'; it takes "
                        + kind.takes);
    }
}
