package quire.template;

import java.util.List;

/** What happens to variables where a part of a template begins and ends. */
final class Scope {

    /** How a variable starts. */
    enum Start {
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
    record Load(Slot slot, Start start, String name, Slot source) {}

    private List<Load> loads = List.of();

    void fill(List<Load> all) {
        loads = List.copyOf(all);
    }

    void enter(Activation activation) {
        for (Load load : loads) {
            switch (load.start()) {
                case PARAMETER -> {}
                case RESOLVE ->
                        activation.store(load.slot(), activation.context.resolve(load.name()));
                case ALIAS -> activation.store(load.slot(), activation.load(load.source()));
                case UNDEFINED -> activation.store(load.slot(), Missing.MISSING);
            }
        }
    }

    void leave(Activation activation) {
        for (Load load : loads) {
            activation.store(load.slot(), Missing.MISSING);
        }
    }
}
