package quire.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.IVersionProvider;
import quire.engine.BackendOfMachine;

/**
 * What a report of a fault should begin with: the version and the commit that the build wrote into
 * the jar, the JVM, and which backends compute on this machine. Asked before Quarkus is there.
 */
final class QuireVersion implements IVersionProvider {

    /** Written by the build; empty where it knew no commit. */
    private static final String COMMIT = "commit";

    @Override
    public String[] getVersion() {
        List<String> lines = new ArrayList<>();
        lines.add("quire " + version() + commit());
        lines.add(
                "JDK "
                        + Runtime.version()
                        + ", "
                        + System.getProperty("java.vendor")
                        + ", "
                        + System.getProperty("os.name")
                        + " "
                        + System.getProperty("os.arch"));
        for (BackendOfMachine backend : BackendOfMachine.all()) {
            String is = backend.works() ? "backend " : "no backend ";
            lines.add(is + backend.name() + ": " + backend.words());
        }
        // Picocli takes each line for a format.
        return lines.stream().map(line -> line.replace("%", "%%")).toArray(String[]::new);
    }

    private static String version() {
        String version = QuireVersion.class.getPackage().getImplementationVersion();
        return version == null ? "from classes outside a jar" : version;
    }

    private static String commit() {
        try (InputStream file = QuireVersion.class.getResourceAsStream(COMMIT)) {
            String commit =
                    file == null
                            ? ""
                            : new String(file.readAllBytes(), StandardCharsets.US_ASCII).strip();
            return commit.isEmpty() ? "" : ", commit " + commit;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
