package quire.hosts;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import quire.LLM;
import quire.Message;

/** Quire once more, in a class loader of its own, as a restart within a process has it. */
final class SecondLoader {

    private SecondLoader() {}

    /** What the second copy answers, before it is closed. */
    static String ask(Path model, String question) throws Exception {
        try (URLClassLoader second =
                new URLClassLoader(jars(), ClassLoader.getPlatformClassLoader())) {
            Class<?> type = second.loadClass(LLM.class.getName());
            if (type == LLM.class) {
                throw new IllegalStateException("the second Quire is the first one");
            }
            Object message =
                    second.loadClass(Message.class.getName())
                            .getMethod("user", String.class)
                            .invoke(null, question);
            try (AutoCloseable llm =
                    (AutoCloseable) type.getMethod("load", Path.class).invoke(null, model)) {
                Object completion =
                        type.getMethod("chat", List.class).invoke(llm, List.of(message));
                return (String) completion.getClass().getMethod("text").invoke(completion);
            }
        }
    }

    /** The jars of the first one, which lie in a folder with all of the application's. */
    private static URL[] jars() throws Exception {
        Path first = Path.of(LLM.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> jars = Files.list(first.getParent())) {
            return jars.map(SecondLoader::url).toArray(URL[]::new);
        }
    }

    private static URL url(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
