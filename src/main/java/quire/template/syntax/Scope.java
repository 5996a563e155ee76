package quire.template.syntax;

import java.util.List;

/** What happens to variables where a part of a template begins and ends. */
public final class Scope {

    /** How a variable starts. */
    public enum Start {
        /** Set by whoever enters the scope. */
        PARAMETER,
        /** Looked up in the context. */
        RESOLVE,
        /** A copy of the enclosing scope's variable. */
        ALIAS,
        /** Undefined until it is set. */
        UNDEFINED
    }

    /** A variable of the scope; {@code source} is null but for an alias. */
    public record Load(Slot slot, Start start, String name, Slot source) {}

    private List<Load> loads = List.of();

    void fill(List<Load> all) {
        loads = List.copyOf(all);
    }

    /** The variables of the scope, in the order in which they start. */
    public List<Load> loads() {
        return loads;
    }
}
