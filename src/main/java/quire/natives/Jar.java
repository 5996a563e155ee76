package quire.natives;

import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;

/** What a program comes in, as far as its shared libraries are concerned. */
public interface Jar {

    /**
     * @param name its place in the jar, such as {@code native/libquire_cpu.txt}
     * @return null where there is no such file
     */
    InputStream open(String name);

    /** The folder that the jar lies in, where files of the jar may be laid out beside it. */
    default Optional<Path> folder() {
        return Optional.empty();
    }

    /**
     * The one that a class comes from, or the folder that a build left in its place, with those
     * that the same class loader has beside it.
     */
    static Jar of(Class<?> type) {
        return new Jar() {
            @Override
            public InputStream open(String name) {
                return type.getClassLoader().getResourceAsStream(name);
            }

            @Override
            public Optional<Path> folder() {
                CodeSource source = type.getProtectionDomain().getCodeSource();
                if (source == null || !source.getLocation().getProtocol().equals("file")) {
                    return Optional.empty();
                }
                try {
                    return Optional.of(Path.of(source.getLocation().toURI()))
                            .filter(Files::isRegularFile)
                            .map(Path::getParent);
                } catch (URISyntaxException e) {
                    return Optional.empty();
                }
            }
        };
    }
}
