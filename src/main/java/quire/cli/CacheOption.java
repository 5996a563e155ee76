package quire.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;
import quire.hub.HubSettings;

/** Which cache a command is about. */
final class CacheOption {

    @Option(
            names = "--download-dir",
            paramLabel = "FOLDER",
            description =
                    "root of the cache; default HF_HUB_CACHE, or hub in HF_HOME, which is"
                            + " ~/.cache/huggingface")
    Path downloadDir;

    Path root() {
        return HubSettings.cache(Optional.ofNullable(downloadDir), System.getenv());
    }
}
