package quire;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.TypeFactory;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Reads JSON as objects of a program's types. What Jackson reads only with further modules, which
 * the engine does not bring, is read here.
 */
final class JsonTypes {

    static final ObjectMapper MAPPER =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .addModule(module())
                    .build();

    private static final int SHOWN = 80;

    private JsonTypes() {}

    /**
     * @param what in a sentence
     * @throws AnswerException if the text is no JSON of the type
     */
    static <T> T read(String json, Class<T> type, String what) {
        try {
            T value = MAPPER.readValue(json, type);
            if (value == null) {
                throw new AnswerException(what + " is null, which is no " + type.getSimpleName());
            }
            return value;
        } catch (JacksonException e) {
            throw new AnswerException(
                    "no %s can be made of %s, %s: %s"
                            .formatted(
                                    type.getSimpleName(),
                                    what,
                                    shortened(json),
                                    e.getOriginalMessage()),
                    e);
        }
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN
                ? text
                : text.substring(0, text.offsetByCodePoints(0, SHOWN / 2)) + "…";
    }

    /**
     * @param what in a sentence
     * @throws PromptException if the text is no JSON object
     */
    static JsonNode object(String json, String what) {
        JsonNode node;
        try {
            node = MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new PromptException(
                    "%s are no JSON: %s".formatted(what, e.getOriginalMessage()), e);
        }
        if (!node.isObject()) {
            throw new PromptException("%s must be a JSON object, not %s".formatted(what, node));
        }
        return node;
    }

    private static SimpleModule module() {
        return new SimpleModule("quire-types")
                .addDeserializer(Optional.class, new OptionalReader(null))
                .addDeserializer(
                        OptionalInt.class,
                        new MaybeReader<>(
                                OptionalInt.empty(), node -> OptionalInt.of(node.intValue())))
                .addDeserializer(
                        OptionalLong.class,
                        new MaybeReader<>(
                                OptionalLong.empty(), node -> OptionalLong.of(node.longValue())))
                .addDeserializer(
                        OptionalDouble.class,
                        new MaybeReader<>(
                                OptionalDouble.empty(),
                                node -> OptionalDouble.of(node.doubleValue())))
                .addDeserializer(LocalDate.class, new TextReader<>(LocalDate::parse))
                .addDeserializer(LocalTime.class, new TextReader<>(LocalTime::parse))
                .addDeserializer(LocalDateTime.class, new TextReader<>(LocalDateTime::parse))
                .addDeserializer(OffsetTime.class, new TextReader<>(OffsetTime::parse))
                .addDeserializer(OffsetDateTime.class, new TextReader<>(OffsetDateTime::parse))
                .addDeserializer(ZonedDateTime.class, new TextReader<>(ZonedDateTime::parse))
                .addDeserializer(
                        Instant.class,
                        new TextReader<>(text -> OffsetDateTime.parse(text).toInstant()))
                .addDeserializer(Duration.class, new TextReader<>(Duration::parse));
    }

    /** Of what is written as a text. */
    private static final class TextReader<T> extends JsonDeserializer<T> {

        private final Function<String, T> parse;

        TextReader(Function<String, T> parse) {
            this.parse = parse;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            String text = parser.getValueAsString("");
            try {
                return parse.apply(text);
            } catch (DateTimeException e) {
                throw context.weirdStringException(text, handledType(), e.getMessage());
            }
        }
    }

    /** Of a number that may be missing. */
    private static final class MaybeReader<T> extends JsonDeserializer<T> {

        private final T missing;
        private final Function<JsonNode, T> make;

        MaybeReader(T missing, Function<JsonNode, T> make) {
            this.missing = missing;
            this.make = make;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            JsonNode node = context.readTree(parser);
            if (!node.isNumber()) {
                return context.reportInputMismatch(this, "a number is needed, not %s", node);
            }
            return make.apply(node);
        }

        @Override
        public T getNullValue(DeserializationContext context) {
            return missing;
        }
    }

    /** Of anything that may be missing. */
    private static final class OptionalReader extends JsonDeserializer<Optional<?>>
            implements ContextualDeserializer {

        private final JsonDeserializer<Object> inner;

        OptionalReader(JsonDeserializer<Object> inner) {
            this.inner = inner;
        }

        @Override
        public JsonDeserializer<?> createContextual(
                DeserializationContext context, BeanProperty property) throws JsonMappingException {
            JavaType type = context.getContextualType();
            JavaType held =
                    type == null || type.containedTypeCount() == 0
                            ? TypeFactory.unknownType()
                            : type.containedType(0);
            return new OptionalReader(context.findContextualValueDeserializer(held, property));
        }

        @Override
        public Optional<?> deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            return Optional.ofNullable(inner.deserialize(parser, context));
        }

        @Override
        public Optional<?> getNullValue(DeserializationContext context) {
            return Optional.empty();
        }
    }
}
