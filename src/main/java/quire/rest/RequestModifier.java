package quire.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
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

/** Looks at requests as a whole: at fields that must not be null, and at unsupported ones. */
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
