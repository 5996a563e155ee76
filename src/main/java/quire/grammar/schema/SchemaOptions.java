package quire.grammar.schema;

/**
 * What a JSON Schema leaves open.
 *
 * @param whitespace where there may be white space between the parts of a value
 * @param order in which order the properties of an object come
 */
public record SchemaOptions(Whitespace whitespace, Order order) {

    /** What requests get: flexible white space, properties as the schema has them. */
    public static final SchemaOptions SERVED = new SchemaOptions(Whitespace.FLEXIBLE, Order.SCHEMA);

    /** White space between the parts of a value. */
    public enum Whitespace {
        /** Wherever JSON has it, but not endlessly. */
        FLEXIBLE,
        /** None. */
        COMPACT
    }

    /** The order of properties. */
    public enum Order {
        /** That of the schema, then those that it does not name. */
        SCHEMA,
        /** Any. */
        ANY
    }
}
