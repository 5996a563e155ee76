package quire.engine;

import java.util.List;

/**
 * A backend as it stands on this machine, whatever the model.
 *
 * @param name as {@code --backend} takes it
 * @param works whether it computes here
 * @param words with what it computes, or the clause why it does not
 */
public record BackendOfMachine(String name, boolean works, String words) {

    /** All of them, the preferred first. Loads kernels and driver, and no model. */
    public static List<BackendOfMachine> all() {
        return Backends.ofThisMachine();
    }
}
