package quire;

import java.util.Objects;
import quire.chat.ToolOffer;

/** Who decides whether a {@link Tool} is called. Immutable. */
public final class ToolChoice {

    /** The model decides. */
    public static final ToolChoice AUTO = new ToolChoice(new ToolOffer.Choice.Auto());

    /** Nothing is called: what looks like a call is text. */
    public static final ToolChoice NONE = new ToolChoice(new ToolOffer.Choice.None());

    /** At least one tool is called. */
    public static final ToolChoice REQUIRED = new ToolChoice(new ToolOffer.Choice.Required());

    private final ToolOffer.Choice choice;

    private ToolChoice(ToolOffer.Choice choice) {
        this.choice = choice;
    }

    /**
     * This tool is called, once.
     *
     * @param name of one of the tools
     * @return the choice
     */
    public static ToolChoice tool(String name) {
        return new ToolChoice(new ToolOffer.Choice.Named(Objects.requireNonNull(name, "name")));
    }

    ToolOffer.Choice choice() {
        return choice;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ToolChoice same && choice.equals(same.choice);
    }

    @Override
    public int hashCode() {
        return choice.hashCode();
    }

    @Override
    public String toString() {
        return choice.toString();
    }
}
