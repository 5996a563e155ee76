package quire.hub;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import quire.error.HubException;

/**
 * A model's name on a hub: {@code Qwen/Qwen2.5-7B-Instruct}, or with the quantisation of a GGUF
 * repository, {@code bartowski/Qwen2.5-7B-Instruct-GGUF:Q4_K_M}.
 *
 * @param repo {@code owner/name}
 * @param tag the quantisation as it was typed
 */
public record ModelName(String repo, Optional<String> tag) {

    private static final int MAX_CHARS = 96;
    private static final String FOLDER = "models--";
    private static final Pattern PART =
            Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern HOST =
            Pattern.compile("(https?://)?(huggingface\\.co|hf\\.co)/", Pattern.CASE_INSENSITIVE);

    /**
     * What was typed, where that is a name and no path: a file or folder of this machine wins, and
     * so does whatever looks like one.
     */
    public static Optional<ModelName> of(String typed) {
        if (isLocal(typed) || !typed.contains("/")) {
            return Optional.empty();
        }
        String name = withoutHost(typed);
        boolean looksLikePath =
                typed.startsWith("/")
                        || typed.startsWith(".")
                        || typed.startsWith("~")
                        || typed.contains("\\")
                        || typed.toLowerCase(Locale.ROOT).endsWith(".gguf")
                        || typed.toLowerCase(Locale.ROOT).endsWith(".safetensors");
        boolean twoParts = name.indexOf('/') > 0 && name.indexOf('/') == name.lastIndexOf('/');
        return looksLikePath || !twoParts || fault(name).isPresent()
                ? Optional.empty()
                : Optional.of(split(name));
    }

    /**
     * What was typed where only a name can be meant.
     *
     * @throws HubException saying what a name looks like
     */
    public static ModelName parse(String typed) {
        String name = withoutHost(typed);
        fault(name)
                .ifPresent(
                        why -> {
                            throw new HubException(
                                    "'"
                                            + Shown.of(typed)
                                            + "' is no model's name: "
                                            + why
                                            + "; a name is OWNER/NAME, or OWNER/NAME:TAG with the"
                                            + " quantisation of a GGUF repository.");
                        });
        return split(name);
    }

    /** Whether this machine has a file or folder of that name. */
    public static boolean isLocal(String typed) {
        try {
            return Files.exists(Path.of(typed));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static String withoutHost(String typed) {
        return HOST.matcher(typed).lookingAt() ? HOST.matcher(typed).replaceFirst("") : typed;
    }

    private static ModelName split(String name) {
        int colon = name.indexOf(':');
        return colon < 0
                ? new ModelName(name, Optional.empty())
                : new ModelName(name.substring(0, colon), Optional.of(name.substring(colon + 1)));
    }

    /** What keeps the text from being a name, by the hub's own rules. */
    private static Optional<String> fault(String name) {
        ModelName split = split(name);
        String[] parts = split.repo.split("/", -1);
        if (parts.length != 2) {
            return Optional.of("it needs an owner and a name with one slash between");
        }
        if (split.repo.length() > MAX_CHARS) {
            return Optional.of("it is longer than " + MAX_CHARS + " characters");
        }
        for (String part : parts) {
            if (!PART.matcher(part).matches() || part.contains("..") || part.contains("--")) {
                return Optional.of(
                        "letters, digits, '-', '_' and '.' are allowed, neither '-' nor '.' twice"
                                + " in a row or at an end");
            }
        }
        if (split.tag.isPresent() && !TAG.matcher(split.tag.get()).matches()) {
            return Optional.of("what follows the colon is no tag");
        }
        return Optional.empty();
    }

    /** The name of its folder in the cache: {@code models--Qwen--Qwen2.5-7B-Instruct}. */
    String folder() {
        return FOLDER + repo.replace("/", "--");
    }

    /** The repository of a folder in the cache, if it is a model's. */
    static Optional<ModelName> ofFolder(String folder) {
        if (!folder.startsWith(FOLDER)) {
            return Optional.empty();
        }
        String name = folder.substring(FOLDER.length()).replaceFirst("--", "/");
        return fault(name).isPresent() ? Optional.empty() : Optional.of(split(name));
    }

    /** As it is typed. */
    @Override
    public String toString() {
        return tag.map(tag -> repo + ":" + tag).orElse(repo);
    }
}
