package quire.hub;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import quire.error.ConfigurationException;

/**
 * Where models come from and where they are kept, as the libraries of Python read it from the
 * environment.
 *
 * @param endpoint the hub's address without a slash at its end
 * @param token sent to the endpoint and to nobody else
 * @param cache the folder with a folder for each repository
 * @param offline whether no hub is to be asked
 * @param revision branch, tag or commit
 * @param patience how long a hub may be silent before it counts as stalled
 * @param proxies through which it is asked
 */
public record HubSettings(
        URI endpoint,
        Optional<HubToken> token,
        Path cache,
        boolean offline,
        String revision,
        Duration patience,
        HubProxies proxies) {

    private static final String MAIN = "main";
    private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}");

    /** Its list of files ({@code /api/v1/models/…/repo/files}) and its answers are its own. */
    private static final Pattern MODELSCOPE =
            Pattern.compile(
                    "https?://([a-z0-9-]+\\.)*modelscope\\.(cn|ai)(?![a-z0-9.-])",
                    Pattern.CASE_INSENSITIVE);

    private static final int MAX_TOKEN_BYTES = 4096;
    private static final int DEFAULT_PATIENCE_SECONDS = 10;
    private static final int MAX_PATIENCE_SECONDS = 3600;

    /**
     * What a command line says beyond the environment.
     *
     * @param revision branch, tag or commit
     * @param cache the cache's root, as vLLM's {@code --download-dir}
     * @param token of the hub
     */
    public record Asked(Optional<String> revision, Optional<Path> cache, Optional<String> token) {

        /** Nothing: the environment alone counts. */
        public static final Asked NOTHING =
                new Asked(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * Reads the variables that {@code huggingface_hub} knows.
     *
     * @throws ConfigurationException naming the variable or flag that cannot be used
     */
    public static HubSettings read(Asked asked, Map<String, String> environment) {
        Variables variables = new Variables(environment);
        String endpoint = variables.text("HF_ENDPOINT").orElse("https://huggingface.co");
        String named =
                variables.text("HF_ENDPOINT").isPresent() ? "HF_ENDPOINT" : "VLLM_USE_MODELSCOPE";
        boolean isModelScope =
                named.equals("HF_ENDPOINT")
                        ? MODELSCOPE.matcher(endpoint.strip()).lookingAt()
                        : variables.isTrue(named);
        if (isModelScope && !variables.isOffline()) {
            throw new ConfigurationException(
                    named
                            + " asks for ModelScope, which does not speak the protocol of the"
                            + " Hugging Face hub; bring the model into a folder by 'modelscope"
                            + " download' and give that folder, or set HF_ENDPOINT to a hub that"
                            + " speaks it");
        }
        return new HubSettings(
                address(endpoint),
                token(asked, variables),
                cache(asked.cache, environment),
                variables.isOffline(),
                revision(asked.revision.orElse(MAIN)),
                variables.patience(),
                HubProxies.read(variables.isOffline() ? Map.of() : environment));
    }

    /** The same, asking no hub. */
    public HubSettings withoutHub() {
        return new HubSettings(endpoint, token, cache, true, revision, patience, proxies);
    }

    /**
     * The cache's root.
     *
     * @param asked by a command line
     */
    public static Path cache(Optional<Path> asked, Map<String, String> environment) {
        return asked.orElseGet(() -> new Variables(environment).cache());
    }

    private static URI address(String text) {
        try {
            URI uri = new URI(text.strip().replaceFirst("/+$", ""));
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            boolean plain =
                    uri.getUserInfo() == null
                            && uri.getQuery() == null
                            && uri.getFragment() == null;
            if (http && plain && uri.getHost() != null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // As any other text that is no address.
        }
        throw new ConfigurationException(
                "HF_ENDPOINT '"
                        + Shown.of(text)
                        + "' is not the address of a hub; one looks like https://huggingface.co");
    }

    private static String revision(String text) {
        boolean safe =
                REVISION.matcher(text).matches()
                        && !text.contains("..")
                        && !text.contains("//")
                        && !text.endsWith("/");
        if (!safe) {
            throw new ConfigurationException(
                    "the revision '"
                            + Shown.of(text)
                            + "' is not the name of a branch, a tag or a commit");
        }
        return text;
    }

    private static Optional<HubToken> token(Asked asked, Variables variables) {
        if (asked.token.isPresent()) {
            return asked.token.map(text -> HubToken.of(text, "the given token of the hub"));
        }
        if (variables.isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
            return Optional.empty();
        }
        for (String name : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
            Optional<String> text = variables.text(name);
            if (text.isPresent()) {
                return text.map(each -> HubToken.of(each, name));
            }
        }
        Path file =
                variables.path("HF_TOKEN_PATH").orElseGet(() -> variables.home().resolve("token"));
        return tokenIn(file);
    }

    private static Optional<HubToken> tokenIn(Path file) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            String text =
                    Files.size(file) > MAX_TOKEN_BYTES ? "\0" : Files.readString(file).strip();
            return text.isEmpty() ? Optional.empty() : Optional.of(HubToken.of(text, file + ""));
        } catch (IOException e) {
            throw new ConfigurationException(
                    "the hub's token cannot be read from "
                            + file
                            + " ("
                            + FileReason.of(e)
                            + "); mend the file, or name another in HF_TOKEN_PATH",
                    e);
        }
    }

    /** The environment. */
    private record Variables(Map<String, String> all) {

        Optional<String> text(String name) {
            return Optional.ofNullable(all.get(name)).filter(text -> !text.isBlank());
        }

        boolean isTrue(String name) {
            return text(name)
                    .map(text -> TRUE.contains(text.strip().toLowerCase(Locale.ROOT)))
                    .orElse(false);
        }

        boolean isOffline() {
            return isTrue("HF_HUB_OFFLINE") || isTrue("TRANSFORMERS_OFFLINE");
        }

        Optional<Path> path(String name) {
            return text(name)
                    .map(
                            text -> {
                                try {
                                    return text.equals("~") || text.startsWith("~/")
                                            ? Path.of(userHome() + text.substring(1))
                                            : Path.of(text);
                                } catch (InvalidPathException e) {
                                    throw new ConfigurationException(
                                            name + " '" + Shown.of(text) + "' is not a path", e);
                                }
                            });
        }

        Path home() {
            return path("HF_HOME")
                    .orElseGet(
                            () ->
                                    path("XDG_CACHE_HOME")
                                            .orElseGet(() -> Path.of(userHome(), ".cache"))
                                            .resolve("huggingface"));
        }

        Path cache() {
            return path("HF_HUB_CACHE")
                    .or(() -> path("HUGGINGFACE_HUB_CACHE"))
                    .orElseGet(() -> home().resolve("hub"));
        }

        private String userHome() {
            return text("HOME").orElseGet(() -> System.getProperty("user.home"));
        }

        Duration patience() {
            String name = "HF_HUB_DOWNLOAD_TIMEOUT";
            Optional<String> text = text(name).map(String::strip);
            int seconds = DEFAULT_PATIENCE_SECONDS;
            if (text.isPresent()) {
                seconds = text.get().matches("\\d{1,4}") ? Integer.parseInt(text.get()) : 0;
                if (seconds < 1 || seconds > MAX_PATIENCE_SECONDS) {
                    throw new ConfigurationException(
                            name
                                    + " '"
                                    + Shown.of(text.get())
                                    + "' is not a number of seconds from 1 to "
                                    + MAX_PATIENCE_SECONDS);
                }
            }
            return Duration.ofSeconds(seconds);
        }
    }
}
