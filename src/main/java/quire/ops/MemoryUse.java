package quire.ops;

import java.util.Optional;
import quire.error.Setting;

/**
 * What something takes of a backend's memory.
 *
 * @param what a noun for the user, such as "activations"
 * @param lessBy the setting that is lowered to make it less, where there is one
 */
public record MemoryUse(String what, long bytes, Optional<Setting> lessBy) {

    public MemoryUse {
        if (bytes < 0) {
            throw new IllegalArgumentException(what + " of " + bytes + " bytes");
        }
    }

    /** Something that no setting makes less. */
    public static MemoryUse fixed(String what, long bytes) {
        return new MemoryUse(what, bytes, Optional.empty());
    }

    /** Something that grows with a setting. */
    public static MemoryUse by(Setting setting, String what, long bytes) {
        return new MemoryUse(what, bytes, Optional.of(setting));
    }
}
