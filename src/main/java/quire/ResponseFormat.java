package quire;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import quire.grammar.constraint.Constraint;
import quire.grammar.schema.SchemaOptions;

/**
 * What an answer must be: every token that could not lead there is left out of the draw. An answer
 * that ends by itself is what it must be, one that {@link FinishReason#LENGTH} cut off is its
 * beginning. The model is told nothing of it: a prompt that asks for the same makes better answers.
 * Immutable.
 */
public final class ResponseFormat {

    /** Any text. */
    public static final ResponseFormat TEXT = new ResponseFormat(Optional.empty());

    /** Any JSON object. */
    public static final ResponseFormat JSON =
            new ResponseFormat(Optional.of(new Constraint.JsonObject()));

    private final Optional<Constraint> constraint;

    private ResponseFormat(Optional<Constraint> constraint) {
        this.constraint = constraint;
    }

    private static ResponseFormat of(Constraint constraint) {
        return new ResponseFormat(Optional.of(constraint));
    }

    /**
     * JSON that a class can be made of, see {@link Completion#as}. It has the components of the
     * record, or the properties of the class, in their order; all are there but those that are
     * {@link Optional} or {@code @Nullable}, whosever annotation that is. Records and classes
     * within, also such that contain themselves, enums, lists, maps, strings, numbers, booleans,
     * {@code UUID}, {@code URI} and the types of {@code java.time} for points and spans of time
     * become what JSON has for them. Jackson's annotations hold: {@code @JsonProperty} renames,
     * {@code @JsonPropertyDescription} and {@code @JsonClassDescription} describe.
     *
     * @param type a record or class
     * @return a format whose {@link #schema} is the class's
     * @throws PromptException if no schema can be made of the class, with the place within
     */
    public static ResponseFormat of(Class<?> type) {
        return jsonSchema(TypeSchema.of(type));
    }

    /**
     * JSON of a schema, with its properties in the schema's order.
     *
     * @param schema a JSON Schema of draft 2020-12, as JSON; a keyword in it that cannot be kept is
     *     refused when it is used
     * @return the format
     * @throws PromptException if the text is no JSON object
     */
    public static ResponseFormat jsonSchema(String schema) {
        JsonTypes.object(schema, "the JSON schema of the response format");
        return of(new Constraint.JsonSchema(schema, SchemaOptions.SERVED));
    }

    /**
     * A text that a regular expression matches as a whole.
     *
     * @param pattern in the syntax that Rust and Python share
     * @return the format
     */
    public static ResponseFormat regex(String pattern) {
        return of(new Constraint.Pattern(Objects.requireNonNull(pattern, "pattern")));
    }

    /**
     * One of some texts.
     *
     * @param texts at least one
     * @return the format
     * @throws PromptException if there is none
     */
    public static ResponseFormat choice(List<String> texts) {
        if (texts.isEmpty()) {
            throw new PromptException("a choice among no texts; give at least one");
        }
        return of(new Constraint.Choice(texts));
    }

    /**
     * As {@link #choice(List)}.
     *
     * @param texts at least one
     * @return the format
     * @throws PromptException if there is none
     */
    public static ResponseFormat choice(String... texts) {
        return choice(List.of(texts));
    }

    /**
     * A text of a context-free grammar.
     *
     * @param grammar in Lark's syntax, or in GBNF
     * @return the format
     */
    public static ResponseFormat grammar(String grammar) {
        return of(new Constraint.Text(Objects.requireNonNull(grammar, "grammar")));
    }

    /**
     * Text with structured regions in it, as vLLM's structural tags.
     *
     * @param tag a structural tag, as JSON
     * @return the format
     * @throws PromptException if the text is no JSON object
     */
    public static ResponseFormat structuralTag(String tag) {
        JsonTypes.object(tag, "the structural tag of the response format");
        return of(new Constraint.StructuralTag(tag));
    }

    /**
     * The same format without white space between the parts of its JSON, which saves tokens.
     *
     * @return a format
     * @throws PromptException if this is none of JSON
     */
    public ResponseFormat compact() {
        SchemaOptions compact =
                new SchemaOptions(SchemaOptions.Whitespace.COMPACT, SchemaOptions.SERVED.order());
        return switch (constraint.orElse(null)) {
            case Constraint.JsonObject any ->
                    of(new Constraint.JsonSchema("{\"type\": \"object\"}", compact));
            case Constraint.JsonSchema schema ->
                    of(new Constraint.JsonSchema(schema.schema(), compact));
            case null, default ->
                    throw new PromptException(
                            "only formats of JSON can be compact; this one is " + this);
        };
    }

    /**
     * The JSON Schema, such as to show it to the model.
     *
     * @return as JSON; empty where this is no format of a schema
     */
    public Optional<String> schema() {
        return constraint.orElse(null) instanceof Constraint.JsonSchema schema
                ? Optional.of(schema.schema())
                : Optional.empty();
    }

    Optional<Constraint> constraint() {
        return constraint;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ResponseFormat format && constraint.equals(format.constraint);
    }

    @Override
    public int hashCode() {
        return constraint.hashCode();
    }

    @Override
    public String toString() {
        return constraint.map(Object::toString).orElse("text");
    }
}
