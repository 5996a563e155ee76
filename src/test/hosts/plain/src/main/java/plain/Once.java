package plain;

import java.nio.file.Path;
import quire.Backend;
import quire.LLM;
import quire.LLMBuilder;
import quire.LLMException;
import quire.SamplingParams;

/** Asks a model once, on the backend of that name, and prints what computed or what was said. */
final class Once {

    private Once() {}

    public static void main(String[] args) {
        Backend backend = Backend.valueOf(args[1]);
        LLMBuilder builder =
                LLM.builder(Path.of(args[0])).backend(backend).threads(1).enforceEager(true);
        try (LLM llm = builder.load()) {
            System.out.println(llm.info().backend());
            System.out.println(llm.generate("Once upon a time", SamplingParams.greedy(6)).text());
        } catch (LLMException e) {
            System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }
}
