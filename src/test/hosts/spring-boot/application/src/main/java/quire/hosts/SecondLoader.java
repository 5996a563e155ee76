package quire.hosts;

import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import quire.LLM;
import quire.Message;

/** Quire once more, in a class loader of its own, as a restart within a process has it. */
final class SecondLoader {

    private SecondLoader() {}

    /** What the second copy answers, before it is closed. */
    static String ask(Path model, String question) throws Exception {
        URLClassLoader first = (URLClassLoader) LLM.class.getClassLoader();
        try (URLClassLoader second =
                new URLClassLoader(first.getURLs(), ClassLoader.getPlatformClassLoader())) {
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
}
