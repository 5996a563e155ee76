package quire.cli;

import org.eclipse.microprofile.config.ConfigProvider;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the application's configuration. */
final class QuireVersion implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {
            "quire " + ConfigProvider.getConfig().getValue("quarkus.application.version", String.class)
        };
    }
}
