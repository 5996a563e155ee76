package quire.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import quire.error.ConfigurationException;
import quire.natives.Jar;
import quire.natives.NativeFile;
import quire.natives.Neighbour;

/**
 * The shared library of the Hugging Face tokenizers, which comes in DJL's jar. Each class loader
 * that has this class loads a copy of its own: a JVM gives no library to two.
 */
final class TokenizersFile {

    private static final String MACHINES = "Linux with glibc (x86_64, aarch64) or macOS (aarch64)";

    private static Optional<ConfigurationException> refusal = Optional.empty();
    private static boolean tried;

    private TokenizersFile() {}

    /**
     * Loads the library if it is not; what came of it is kept.
     *
     * @throws ConfigurationException with the reason and the way out
     */
    static synchronized void require() {
        if (!tried) {
            tried = true;
            refusal = load();
        }
        if (refusal.isPresent()) {
            ConfigurationException first = refusal.get();
            throw new ConfigurationException(first.getMessage(), first);
        }
    }

    private static Optional<ConfigurationException> load() {
        Optional<String> name = name();
        if (name.isEmpty()) {
            return refused("it is for " + MACHINES, null);
        }
        try {
            new NativeFile(name.get(), Jar.of(TokenizersLibrary.class))
                    .load(
                            file -> {
                                Neighbour.of(TokenizersLibrary.class).load(file);
                                return file;
                            });
            return Optional.empty();
        } catch (IOException e) {
            return refused(
                    e.getMessage()
                            + "; it is for "
                            + MACHINES
                            + ", and needs java.io.tmpdir or "
                            + NativeFile.PROPERTY
                            + " to be a folder that can be written to and lets programs run",
                    e);
        }
    }

    private static Optional<ConfigurationException> refused(String reason, Throwable cause) {
        return Optional.of(
                new ConfigurationException(
                        "the tokenizers library cannot be loaded: " + reason, cause));
    }

    /** Its place in DJL's jar, where that has one for this machine. */
    private static Optional<String> name() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch").replace("amd64", "x86_64");
        return switch (system + " " + processor) {
            case "linux x86_64", "linux aarch64" ->
                    Optional.of("native/lib/linux-" + processor + "/cpu/libtokenizers.so");
            case "mac os x aarch64" ->
                    Optional.of("native/lib/osx-aarch64/cpu/libtokenizers.dylib");
            default -> Optional.empty();
        };
    }
}
