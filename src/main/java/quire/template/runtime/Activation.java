package quire.template.runtime;

import java.util.Arrays;
import quire.template.syntax.Layout;
import quire.template.syntax.Scope;
import quire.template.syntax.Slot;
import quire.template.values.Missing;

/** The variables of one running function; what it closes over lies in its parents. */
final class Activation {

    private final Context context;
    private final Activation parent;
    private final Object[] values;

    Activation(Layout layout, Context context, Activation parent) {
        this.context = context;
        this.parent = parent;
        this.values = new Object[layout.size()];
        Arrays.fill(values, Missing.MISSING);
    }

    Context context() {
        return context;
    }

    /** The variable's value, or MISSING. */
    Object load(Slot slot) {
        return at(slot).values[slot.index()];
    }

    void store(Slot slot, Object value) {
        at(slot).values[slot.index()] = value;
    }

    /** Starts the variables of a scope. */
    void enter(Scope scope) {
        for (Scope.Load load : scope.loads()) {
            switch (load.start()) {
                case PARAMETER -> {}
                case RESOLVE -> store(load.slot(), context.resolve(load.name()));
                case ALIAS -> store(load.slot(), load(load.source()));
                case UNDEFINED -> store(load.slot(), Missing.MISSING);
            }
        }
    }

    /** Forgets the variables of a scope. */
    void leave(Scope scope) {
        for (Scope.Load load : scope.loads()) {
            store(load.slot(), Missing.MISSING);
        }
    }

    private Activation at(Slot slot) {
        Activation activation = this;
        for (int i = 0; i < slot.hops(); i++) {
            activation = activation.parent;
        }
        return activation;
    }
}
