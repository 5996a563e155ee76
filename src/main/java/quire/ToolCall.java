package quire;

import java.util.Objects;

/** A call of a {@link Tool} that a model asks for. Immutable. */
public final class ToolCall {

    private final String id;
    private final String name;
    private final String arguments;

    private ToolCall(String id, String name, String arguments) {
        this.id = Objects.requireNonNull(id, "id");
        this.name = Objects.requireNonNull(name, "name");
        this.arguments = Objects.requireNonNull(arguments, "arguments");
    }

    /**
     * Made by hand, for an {@link LLM} that is none of Quire's, or for a history.
     *
     * @param id by which the tool's answer refers to it
     * @param name of the tool
     * @param arguments the text of a JSON object
     * @return the call
     */
    public static ToolCall of(String id, String name, String arguments) {
        return new ToolCall(id, name, arguments);
    }

    /**
     * What the tool's answer refers to, see {@link Message#tool}.
     *
     * @return not empty
     */
    public String id() {
        return id;
    }

    /**
     * The name of the tool.
     *
     * @return as the model wrote it: unless a call was forced or the tool is {@link Tool#strict},
     *     it may be that of no tool
     */
    public String name() {
        return name;
    }

    /**
     * The arguments as the model wrote them.
     *
     * @return the text of a JSON object, or its beginning where the completion was cut off
     */
    public String arguments() {
        return arguments;
    }

    /**
     * The arguments as an object.
     *
     * @param type what {@link Tool#of(String, String, Class)} made the tool's schema of, or another
     *     that fits
     * @param <T> the type
     * @return a new object
     * @throws AnswerException if the arguments are no JSON of that type
     */
    public <T> T as(Class<T> type) {
        return JsonTypes.read(arguments, type, "the arguments of " + name);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ToolCall call
                && id.equals(call.id)
                && name.equals(call.name)
                && arguments.equals(call.arguments);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, name, arguments);
    }

    @Override
    public String toString() {
        return name + arguments;
    }
}
