package quire;

import java.util.Objects;

/** Something that a model may call: the program runs it and tells what came of it. Immutable. */
public final class Tool {

    private final String name;
    private final String description;
    private final String parameters;
    private final boolean strict;

    private Tool(String name, String description, String parameters, boolean strict) {
        this.name = Objects.requireNonNull(name, "name");
        this.description = Objects.requireNonNull(description, "description");
        this.parameters = Objects.requireNonNull(parameters, "parameters");
        this.strict = strict;
    }

    /**
     * A tool whose arguments a schema describes.
     *
     * @param name not blank
     * @param description what it does and when to call it; may be empty
     * @param parameters a JSON Schema of an object, as JSON
     * @return the tool
     * @throws PromptException if the name is blank, or the schema is no JSON object
     */
    public static Tool of(String name, String description, String parameters) {
        if (name.isBlank()) {
            throw new PromptException("the name of a tool is blank; give it one");
        }
        JsonTypes.object(parameters, "the parameters of the tool " + name);
        return new Tool(name, description, parameters, false);
    }

    /**
     * A tool whose arguments a class describes, as {@link ResponseFormat#of} does.
     *
     * @param name not blank
     * @param description what it does and when to call it; may be empty
     * @param parameters a record or class
     * @return the tool
     * @throws PromptException if the name is blank, or no schema can be made of the class
     */
    public static Tool of(String name, String description, Class<?> parameters) {
        return of(name, description, TypeSchema.of(parameters));
    }

    /**
     * The same tool, whose calls keep to the schema whatever the model says.
     *
     * @return a strict tool
     */
    public Tool strict() {
        return new Tool(name, description, parameters, true);
    }

    /**
     * Its name.
     *
     * @return not blank
     */
    public String name() {
        return name;
    }

    /**
     * What it does and when to call it.
     *
     * @return maybe empty
     */
    public String description() {
        return description;
    }

    /**
     * The JSON Schema of its arguments.
     *
     * @return as JSON
     */
    public String parameters() {
        return parameters;
    }

    /**
     * Whether calls keep to the schema whatever the model says. Where a call is forced they do
     * anyhow.
     *
     * @return false unless made by {@link #strict}
     */
    public boolean isStrict() {
        return strict;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tool tool
                && name.equals(tool.name)
                && description.equals(tool.description)
                && parameters.equals(tool.parameters)
                && strict == tool.strict;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, description, parameters, strict);
    }

    @Override
    public String toString() {
        return name;
    }
}
