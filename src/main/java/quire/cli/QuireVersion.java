package quire.cli;

import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar; the command line asks before Quarkus is there. */
final class QuireVersion implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String version = QuireVersion.class.getPackage().getImplementationVersion();
        return new String[] {"quire " + (version == null ? "from classes outside a jar" : version)};
    }
}
