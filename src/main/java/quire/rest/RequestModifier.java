package quire.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.deser.BeanDeserializerBuilder;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.NullValueProvider;
import com.fasterxml.jackson.databind.deser.SettableBeanProperty;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.util.AccessPattern;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import quire.error.InvalidRequestException;

/**
 * Looks at requests as a whole: at fields that must not be null, at unsupported ones, and at words
 * that must be one of several.
 */
final class RequestModifier extends BeanDeserializerModifier {

    @Override
    public BeanDeserializerBuilder updateBuilder(
            DeserializationConfig config,
            BeanDescription description,
            BeanDeserializerBuilder builder) {
        List<SettableBeanProperty> required = new ArrayList<>();
        builder.getProperties()
                .forEachRemaining(
                        property -> {
                            if (property.isRequired()) {
                                required.add(property);
                            }
                        });
        for (SettableBeanProperty property : required) {
            builder.addOrReplaceProperty(property.withNullProvider(new RefusesNull()), true);
        }
        return builder;
    }

    @Override
    public JsonDeserializer<?> modifyDeserializer(
            DeserializationConfig config,
            BeanDescription description,
            JsonDeserializer<?> deserializer) {
        return UnsupportedFields.isRequest(description.getBeanClass())
                ? new WholeRequest(deserializer)
                : deserializer;
    }

    /** What the specification lists of words, and the generated code takes any of for none. */
    @Override
    public JsonDeserializer<?> modifyEnumDeserializer(
            DeserializationConfig config,
            JavaType type,
            BeanDescription description,
            JsonDeserializer<?> deserializer) {
        return new KnownWord(deserializer, type.getRawClass());
    }

    private static final class KnownWord extends DelegatingDeserializer {

        private final transient Class<?> type;

        KnownWord(JsonDeserializer<?> words, Class<?> type) {
            super(words);
            this.type = type;
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> words) {
            return new KnownWord(words, type);
        }

        @Override
        public Object deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            Object word = super.deserialize(parser, context);
            if (word == null) {
                throw StrictJson.mismatch(parser, StrictJson.allowed(type));
            }
            return word;
        }
    }

    private static final class RefusesNull implements NullValueProvider {

        @Override
        public Object getNullValue(DeserializationContext context) {
            String path = StrictJson.path(context.getParser());
            throw new InvalidRequestException(path, "'" + path + "' is required, but is null.");
        }

        @Override
        public AccessPattern getNullAccessPattern() {
            return AccessPattern.DYNAMIC;
        }
    }

    private static final class WholeRequest extends DelegatingDeserializer {

        WholeRequest(JsonDeserializer<?> fields) {
            super(fields);
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> fields) {
            return new WholeRequest(fields);
        }

        @Override
        public Object deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            Object request = super.deserialize(parser, context);
            UnsupportedFields.refuseNoted(context);
            return request;
        }
    }
}
