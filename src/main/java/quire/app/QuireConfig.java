package quire.app;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/**
 * The configuration as it was typed: flags of {@code quire serve} (system properties) before {@code
 * QUIRE_…} environment variables. Numbers stay text here so that a wrong one ends in our sentence
 * and not in a converter's stack trace; {@link Settings} reads them.
 */
@ConfigMapping(prefix = "quire")
interface QuireConfig {

    /** Folder or file of the model; empty = the embedded demo model. */
    Optional<String> model();

    /** Folder that Quire is installed in; the demo model lies in its {@code models/}. */
    @WithDefault(".")
    String home();

    Optional<List<String>> servedModelName();

    @WithDefault("auto")
    String backend();

    Optional<String> threads();

    @WithDefault("auto")
    String dtype();

    @WithDefault("auto")
    String maxModelLen();

    @WithDefault("256")
    String maxNumSeqs();

    Optional<String> maxNumBatchedTokens();

    @WithDefault("2048")
    String maxQueue();

    @WithDefault("16")
    String blockSize();

    @WithDefault("auto")
    String kvCacheDtype();

    Optional<String> kvCacheMemoryBytes();

    @WithDefault("true")
    String enablePrefixCaching();

    @WithDefault("0")
    String longPrefillTokenThreshold();

    @WithDefault("0")
    String seed();

    Optional<String> hfOverrides();

    Optional<String> chatTemplate();

    @WithDefault("auto")
    String generationConfig();

    @WithDefault("127.0.0.1")
    String host();

    @WithDefault("8000")
    String port();

    Optional<List<String>> apiKey();
}
