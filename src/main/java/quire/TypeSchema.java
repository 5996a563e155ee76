package quire;

import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Makes the JSON Schema of a type, of which {@link JsonTypes} makes objects: what is a property,
 * its name and its type are what Jackson takes them for.
 */
final class TypeSchema {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final Map<Class<?>, Class<?>> HELD =
            Map.of(
                    OptionalInt.class, int.class,
                    OptionalLong.class, long.class,
                    OptionalDouble.class, double.class);

    private final DeserializationConfig config = JsonTypes.MAPPER.getDeserializationConfig();
    private final JavaType root;
    private final Map<JavaType, String> names = new LinkedHashMap<>();
    private final ObjectNode definitions = JSON.objectNode();

    private TypeSchema(JavaType root) {
        this.root = root;
    }

    /**
     * The schema, as JSON.
     *
     * @throws PromptException if something within has no schema
     */
    static String of(Class<?> type) {
        JavaType root = JsonTypes.MAPPER.constructType(type);
        TypeSchema schema = new TypeSchema(root);
        ObjectNode result =
                schema.isObject(root)
                        ? schema.object(root)
                        : schema.schema(root, type.getSimpleName());
        if (!schema.definitions.isEmpty()) {
            result.set("$defs", schema.definitions);
        }
        return result.toString();
    }

    /**
     * @param place for sentences
     */
    private ObjectNode schema(JavaType type, String place) {
        Class<?> raw = type.getRawClass();
        if (raw == Optional.class || HELD.containsKey(raw)) {
            return schema(held(type), place);
        }
        Optional<ObjectNode> scalar = ScalarSchemas.of(raw);
        if (scalar.isPresent()) {
            return scalar.get();
        }
        if (type.isEnumType()) {
            ObjectNode node = JSON.objectNode().put("type", "string");
            ArrayNode values = node.putArray("enum");
            Arrays.stream(raw.getEnumConstants()).map(this::name).forEach(values::add);
            return node;
        }
        if (raw == Object.class || JsonNode.class.isAssignableFrom(raw)) {
            return JSON.objectNode();
        }
        if (type.isArrayType() || type.isCollectionLikeType()) {
            ObjectNode node = JSON.objectNode().put("type", "array");
            return node.set("items", schema(type.getContentType(), place + "[]"));
        }
        if (type.isMapLikeType()) {
            return map(type, place);
        }
        if (!isObject(type)) {
            throw new PromptException(
                    ("no JSON schema can be made of %s, a %s; use records, classes, enums, lists,"
                                    + " maps with names, texts, numbers and times")
                            .formatted(place, raw.getName()));
        }
        return reference(type);
    }

    private static JavaType held(JavaType type) {
        Class<?> number = HELD.get(type.getRawClass());
        return number == null
                ? type.containedTypeOrUnknown(0)
                : JsonTypes.MAPPER.constructType(number);
    }

    private TextNode name(Object constant) {
        return JSON.textNode(JsonTypes.MAPPER.valueToTree(constant).asText());
    }

    private ObjectNode map(JavaType type, String place) {
        ObjectNode node = JSON.objectNode().put("type", "object");
        ObjectNode value = schema(type.getContentType(), place + "{}");
        Class<?> key = type.getKeyType().getRawClass();
        if (key == String.class || key == Object.class) {
            return node.set("additionalProperties", value);
        }
        if (!key.isEnum()) {
            throw new PromptException(
                    "no JSON schema can be made of %s, whose names are of the type %s; use texts or an enum"
                            .formatted(place, key.getName()));
        }
        ObjectNode properties = node.putObject("properties");
        for (Object constant : key.getEnumConstants()) {
            properties.set(name(constant).textValue(), value.deepCopy());
        }
        return node.put("additionalProperties", false);
    }

    /** Whether it is made of properties, and can be made. */
    private boolean isObject(JavaType type) {
        Class<?> raw = type.getRawClass();
        return !type.isContainerType()
                && !type.isEnumType()
                && !type.isPrimitive()
                && type.isConcrete()
                && !raw.getName().startsWith("java.")
                && !raw.getName().startsWith("javax.")
                && !JsonNode.class.isAssignableFrom(raw);
    }

    /** Types with properties are defined once, so that they may contain themselves. */
    private ObjectNode reference(JavaType type) {
        if (type.equals(root)) {
            return JSON.objectNode().put("$ref", "#");
        }
        String name = names.get(type);
        if (name == null) {
            String plain = type.getRawClass().getSimpleName();
            name = plain;
            for (int i = 2; names.containsValue(name); i++) {
                name = plain + i;
            }
            names.put(type, name);
            definitions.set(name, object(type));
        }
        return JSON.objectNode().put("$ref", "#/$defs/" + name);
    }

    private ObjectNode object(JavaType type) {
        BeanDescription bean = config.introspect(type);
        ObjectNode node = JSON.objectNode();
        String description =
                config.getAnnotationIntrospector().findClassDescription(bean.getClassInfo());
        if (description != null) {
            node.put("description", description);
        }
        node.put("type", "object");
        ObjectNode properties = node.putObject("properties");
        ArrayNode required = JSON.arrayNode();
        for (BeanPropertyDefinition property : bean.findProperties()) {
            if (!property.couldDeserialize()) {
                continue;
            }
            String place = type.getRawClass().getSimpleName() + "." + property.getName();
            ObjectNode value = schema(property.getPrimaryType(), place);
            if (property.getMetadata().getDescription() != null) {
                value.put("description", property.getMetadata().getDescription());
            }
            properties.set(property.getName(), value);
            if (!mayBeMissing(type.getRawClass(), property)) {
                required.add(property.getName());
            }
        }
        if (!required.isEmpty()) {
            node.set("required", required);
        }
        return node.put("additionalProperties", false);
    }

    private static boolean mayBeMissing(Class<?> owner, BeanPropertyDefinition property) {
        Class<?> raw = property.getPrimaryType().getRawClass();
        return raw == Optional.class
                || HELD.containsKey(raw)
                || annotations(owner, property)
                        .anyMatch(one -> one.annotationType().getSimpleName().equals("Nullable"));
    }

    /** Those of the property and of its type, wherever it is declared. */
    private static Stream<Annotation> annotations(Class<?> owner, BeanPropertyDefinition property) {
        Stream<AnnotatedElement> declared =
                owner.isRecord()
                        ? Arrays.stream(owner.getRecordComponents())
                                .filter(part -> part.getName().equals(property.getInternalName()))
                                .map(AnnotatedElement.class::cast)
                        : Stream.of(
                                        Optional.ofNullable(property.getField()),
                                        Optional.ofNullable(property.getGetter()))
                                .flatMap(Optional::stream)
                                .map(member -> member.getAnnotated());
        return declared.flatMap(
                element ->
                        Stream.concat(
                                Arrays.stream(element.getAnnotations()),
                                switch (element) {
                                    case RecordComponent part ->
                                            Arrays.stream(part.getAnnotatedType().getAnnotations());
                                    case Field field ->
                                            Arrays.stream(
                                                    field.getAnnotatedType().getAnnotations());
                                    case Method method ->
                                            Arrays.stream(
                                                    method.getAnnotatedReturnType()
                                                            .getAnnotations());
                                    default -> Stream.<Annotation>empty();
                                }));
    }
}
