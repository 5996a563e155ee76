package quire.template;

import java.util.Arrays;

/** The variables of one running function; what it closes over lies in its parents. */
final class Activation {

    final Context context;
    private final Activation parent;
    private final Object[] values;

    Activation(Layout layout, Context context, Activation parent) {
        this.context = context;
        this.parent = parent;
        this.values = new Object[layout.size];
        Arrays.fill(values, Missing.MISSING);
    }

    /** The variable's value, or MISSING. */
    Object load(Slot slot) {
        return at(slot).values[slot.index()];
    }

    void store(Slot slot, Object value) {
        at(slot).values[slot.index()] = value;
    }

    private Activation at(Slot slot) {
        Activation activation = this;
        for (int i = 0; i < slot.hops(); i++) {
            activation = activation.parent;
        }
        return activation;
    }
}
