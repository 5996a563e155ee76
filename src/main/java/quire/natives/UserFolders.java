package quire.natives;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Folders of the user that this process belongs to. */
public final class UserFolders {

    private UserFolders() {}

    /**
     * Quire's folder for what can be made again, where the user has a home: {@code
     * $XDG_CACHE_HOME/quire} or {@code ~/.cache/quire} on Linux. It need not be there.
     */
    public static Optional<Path> cache() {
        return cache(
                System.getProperty("os.name"), System.getProperty("user.home"), System.getenv());
    }

    static Optional<Path> cache(String system, String home, Map<String, String> environment) {
        boolean windows = system.toLowerCase(Locale.ROOT).startsWith("windows");
        String named = environment.getOrDefault(windows ? "LOCALAPPDATA" : "XDG_CACHE_HOME", "");
        if (!named.isBlank() && Path.of(named).isAbsolute()) {
            return Optional.of(Path.of(named, "quire"));
        }
        // A user without an entry in the system's list has "?" for a home.
        if (home == null || !Path.of(home).isAbsolute()) {
            return Optional.empty();
        }
        boolean mac = system.toLowerCase(Locale.ROOT).startsWith("mac");
        return Optional.of(Path.of(home, mac ? "Library/Caches" : ".cache", "quire"));
    }
}
