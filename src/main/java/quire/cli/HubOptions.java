package quire.cli;

import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import quire.hub.HubSettings;

/** What commands about models of a hub may be told; the environment says the rest. */
final class HubOptions {

    @Option(
            names = "--revision",
            paramLabel = "REVISION",
            description = "branch, tag or commit of the repository; default main")
    String revision;

    @Mixin CacheOption cache;

    @Option(
            names = "--hf-token",
            paramLabel = "TOKEN",
            description =
                    "of the hub, for gated models; default HF_TOKEN, or the file that"
                            + " 'hf auth login' writes")
    String token;

    HubSettings settings() {
        return HubSettings.read(
                new HubSettings.Asked(
                        Optional.ofNullable(revision),
                        Optional.ofNullable(cache.downloadDir),
                        Optional.ofNullable(token)),
                System.getenv());
    }
}
