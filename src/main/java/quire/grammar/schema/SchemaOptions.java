package quire.grammar.schema;

/**
 * What a JSON Schema leaves open.
 *
 * @param whitespace where there may be white space between the parts of a value
 * @param order in which order the properties of an object come
 * @param spelling which of several ways to write a number are allowed
 * @param formats whether {@code format} is a condition
 */
public record SchemaOptions(
        Whitespace whitespace, Order order, Spelling spelling, Formats formats) {

    /** What requests get: flexible white space, properties as the schema has them. */
    public static final SchemaOptions SERVED = new SchemaOptions(Whitespace.FLEXIBLE, Order.SCHEMA);

    /** Integers and listed numbers as they are usually written, and formats as conditions. */
    public SchemaOptions(Whitespace whitespace, Order order) {
        this(whitespace, order, Spelling.PLAIN, Formats.ASSERTED);
    }

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

    /** How numbers are written. */
    public enum Spelling {
        /** An integer has no fraction. */
        PLAIN,
        /** An integer may have a fraction of zeros: {@code 1.0}. */
        ANY
    }

    /** What {@code format} is. */
    public enum Formats {
        /** A condition that strings satisfy. */
        ASSERTED,
        /** A remark, as the specification has it where nobody says more. */
        ANNOTATED
    }
}
