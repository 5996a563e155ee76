package quire.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import quire.grammar.Regex;

/**
 * What a JSON Schema leaves open.
 *
 * @param whitespace where there may be white space between the parts of a value
 * @param order in which order the properties of an object come
 * @param spelling which of several ways to write a number are allowed
 * @param formats whether {@code format} is a condition
 * @param notation the language in which values are written
 */
public record SchemaOptions(
        Whitespace whitespace, Order order, Spelling spelling, Formats formats, Notation notation) {

    /** What requests get: flexible white space, properties as the schema has them. */
    public static final SchemaOptions SERVED = new SchemaOptions(Whitespace.FLEXIBLE, Order.SCHEMA);

    /** Integers and listed numbers as they are usually written, and formats as conditions. */
    public SchemaOptions(Whitespace whitespace, Order order) {
        this(whitespace, order, Spelling.PLAIN, Formats.ASSERTED, Notation.JSON);
    }

    /** The same for values in another language. */
    public SchemaOptions in(Notation other) {
        return new SchemaOptions(whitespace, order, spelling, formats, other);
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

    /** The language in which values are written. */
    public enum Notation {
        JSON("null", "true", "false"),
        /**
         * As literals of Python, with strings in double quotes. Their escapes are those that mean
         * the same to Python as to JSON.
         */
        PYTHON("None", "True", "False");

        private final String nothing;
        private final String yes;
        private final String no;

        Notation(String nothing, String yes, String no) {
            this.nothing = nothing;
            this.yes = yes;
            this.no = no;
        }

        /** The words of a shape. */
        List<Regex> words(Shape shape) {
            List<Regex> words = new ArrayList<>();
            if (shape.hasNull()) {
                words.add(Regex.literal(nothing));
            }
            if (shape.hasTrue()) {
                words.add(Regex.literal(yes));
            }
            if (shape.hasFalse()) {
                words.add(Regex.literal(no));
            }
            return words;
        }

        /**
         * A string in quotes.
         *
         * @param content as JSON writes it
         */
        Regex quoted(Regex content) {
            Regex quote = Regex.literal("\"");
            Regex own = this == PYTHON ? Regex.both(content, PythonText.TEXT) : content;
            return Regex.seq(quote, own, quote);
        }
    }

    /** What {@code format} is. */
    public enum Formats {
        /** A condition that strings satisfy. */
        ASSERTED,
        /** A remark, as the specification has it where nobody says more. */
        ANNOTATED
    }
}
