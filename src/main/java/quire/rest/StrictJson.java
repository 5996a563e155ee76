package quire.rest;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.deser.ValueInstantiator;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.quarkus.jackson.ObjectMapperCustomizer;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import quire.error.InvalidRequestException;
import quire.settings.Spelling;

/**
 * Makes request bodies mean what they say: no field is ignored, none comes twice, no string is read
 * as a number; each refusal names the field.
 */
@Singleton
public final class StrictJson implements ObjectMapperCustomizer {

    private static final int SHOWN = 40;

    @Override
    public void customize(ObjectMapper mapper) {
        mapper.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        mapper.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
        mapper.configure(JsonParser.Feature.STRICT_DUPLICATE_DETECTION, true);
        mapper.configOverride(List.class)
                .setSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL));
        mapper.registerModule(
                new SimpleModule("quire-strict")
                        .setDeserializerModifier(new RequestModifier())
                        .addDeserializer(Integer.class, scalar(StrictJson::readInt))
                        .addDeserializer(Long.class, scalar(StrictJson::readLong))
                        .addDeserializer(Double.class, scalar(StrictJson::readDouble))
                        .addDeserializer(Boolean.class, scalar(StrictJson::readBoolean))
                        .addDeserializer(String.class, scalar(StrictJson::readString)));
        mapper.addHandler(new Problems());
    }

    /** An int; 16.0 is one as well, as in JSON Schema. */
    static int readInt(JsonParser parser) throws IOException {
        long value = integer(parser);
        if (value != (int) value) {
            throw mismatch(
                    parser, "an integer from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE);
        }
        return (int) value;
    }

    static long readLong(JsonParser parser) throws IOException {
        return integer(parser);
    }

    private static long integer(JsonParser parser) throws IOException {
        if (parser.hasToken(JsonToken.VALUE_NUMBER_INT)) {
            if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                throw mismatch(parser, "an integer of 64 bits at most");
            }
            return parser.getLongValue();
        }
        if (parser.hasToken(JsonToken.VALUE_NUMBER_FLOAT)) {
            double value = parser.getDoubleValue();
            // Beyond 2^53 a double no longer says which integer was meant.
            if (value == Math.rint(value) && Math.abs(value) <= 1L << 53) {
                return (long) value;
            }
        }
        throw mismatch(parser, "an integer");
    }

    static double readDouble(JsonParser parser) throws IOException {
        if (!parser.currentToken().isNumeric() || !Double.isFinite(parser.getDoubleValue())) {
            throw mismatch(parser, "a number");
        }
        return parser.getDoubleValue();
    }

    static boolean readBoolean(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw mismatch(parser, "true or false");
        };
    }

    static String readString(JsonParser parser) throws IOException {
        if (!parser.hasToken(JsonToken.VALUE_STRING)) {
            throw mismatch(parser, "a string");
        }
        return parser.getText();
    }

    /** The refusal of the value that the parser stands at. */
    static InvalidRequestException mismatch(JsonParser parser, String allowed) throws IOException {
        String path = path(parser);
        String subject = path.isEmpty() ? "The body" : "'" + path + "'";
        return new InvalidRequestException(
                path, subject + " must be " + allowed + ", but is " + describe(parser) + ".");
    }

    /** Where the parser stands: {@code messages.0.content}, or the empty string at the top. */
    static String path(JsonParser parser) {
        String pointer = parser.getParsingContext().pathAsPointer().toString();
        return pointer.isEmpty() ? "" : pointer.substring(1).replace('/', '.');
    }

    static String describe(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        return switch (token) {
            case null -> "empty";
            case START_OBJECT, FIELD_NAME, END_OBJECT -> "an object";
            case START_ARRAY, END_ARRAY -> "a list";
            case VALUE_STRING -> "the string \"" + shorten(parser.getText()) + "\"";
            default -> shorten(parser.getText());
        };
    }

    static String shorten(String text) {
        return text.length() <= SHOWN
                ? text
                : text.substring(0, text.offsetByCodePoints(0, SHOWN / 2)) + "…";
    }

    /** The words that a type has. */
    static String allowed(Class<?> type) {
        return type.isEnum()
                ? "one of "
                        + Arrays.stream(type.getEnumConstants())
                                .map(Object::toString)
                                .collect(Collectors.joining(", "))
                : "of another type";
    }

    private interface Scalar<T> {
        T read(JsonParser parser) throws IOException;
    }

    private static <T> JsonDeserializer<T> scalar(Scalar<T> scalar) {
        return new JsonDeserializer<>() {
            @Override
            public T deserialize(JsonParser parser, DeserializationContext context)
                    throws IOException {
                return scalar.read(parser);
            }
        };
    }

    /** Words for what the library would tell in its own, with the names of our classes. */
    private static final class Problems extends DeserializationProblemHandler {

        @Override
        public Object handleUnexpectedToken(
                DeserializationContext context,
                JavaType type,
                JsonToken token,
                JsonParser parser,
                String failure)
                throws IOException {
            throw mismatch(parser, type.isCollectionLikeType() ? "a list" : "an object");
        }

        @Override
        public Object handleMissingInstantiator(
                DeserializationContext context,
                Class<?> type,
                ValueInstantiator instantiator,
                JsonParser parser,
                String message)
                throws IOException {
            throw mismatch(
                    parser, Collection.class.isAssignableFrom(type) ? "a list" : "an object");
        }

        @Override
        public Object handleWeirdStringValue(
                DeserializationContext context, Class<?> type, String value, String failure)
                throws IOException {
            throw mismatch(context.getParser(), allowed(type));
        }

        @Override
        public Object handleWeirdNumberValue(
                DeserializationContext context, Class<?> type, Number value, String failure)
                throws IOException {
            throw mismatch(context.getParser(), allowed(type));
        }

        @Override
        public Object handleInstantiationProblem(
                DeserializationContext context, Class<?> type, Object argument, Throwable failure)
                throws IOException {
            if (type.isEnum()) {
                throw mismatch(context.getParser(), allowed(type));
            }
            return super.handleInstantiationProblem(context, type, argument, failure);
        }

        /** Fields that the specification does not have: known from elsewhere, or unknown. */
        @Override
        public boolean handleUnknownProperty(
                DeserializationContext context,
                JsonParser parser,
                JsonDeserializer<?> deserializer,
                Object beanOrClass,
                String name)
                throws IOException {
            Class<?> type = beanOrClass instanceof Class<?> c ? c : beanOrClass.getClass();
            String path = path(parser);
            if (UnsupportedFields.knows(type, name)) {
                UnsupportedFields.note(context, type, name, path, context.readTree(parser));
                return true;
            }
            if (parser.hasToken(JsonToken.VALUE_NULL)) {
                return true;
            }
            Collection<Object> known = deserializer.getKnownPropertyNames();
            String hint =
                    Spelling.nearest(name, known.stream().map(Object::toString).toList())
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse(".");
            throw new InvalidRequestException(
                    path, "Unknown parameter '" + shorten(path) + "'" + hint, "unknown_parameter");
        }
    }
}
