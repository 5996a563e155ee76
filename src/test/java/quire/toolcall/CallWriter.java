package quire.toolcall;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;

/**
 * Writes calls as a model of one family would, and knows what is to be read where it breaks off.
 */
abstract sealed class CallWriter permits JsonCallWriter, QwenCoderWriter, PythonWriter {

    /**
     * A call as it was meant.
     *
     * @param arguments of the tool's kinds
     */
    record Call(RandomTool tool, ObjectNode arguments) {}

    /**
     * A place at which the text may break off.
     *
     * @param length how much is said up to there
     * @param arguments what the last call's arguments are then; empty where it has not begun
     */
    record Cut(int length, Optional<String> arguments) {}

    /**
     * The calls of one turn.
     *
     * @param cuts places in the last of them
     */
    record Written(String text, List<Cut> cuts) {}

    final Random random;

    CallWriter(Random random) {
        this.random = random;
    }

    /** By the name of the parser that is to read it. */
    static CallWriter of(String parser, Random random) {
        Map<String, Function<Random, CallWriter>> writers =
                Map.of(
                        "hermes", JsonCallWriter.Hermes::new,
                        "llama3_json", JsonCallWriter.Llama::new,
                        "llama4_json", JsonCallWriter.Llama::new,
                        "mistral", JsonCallWriter.Mistral::new,
                        "deepseek_v3", JsonCallWriter.DeepSeekV3::new,
                        "deepseek_v31", JsonCallWriter.DeepSeekV31::new,
                        "qwen3_coder", QwenCoderWriter::new,
                        "qwen3_xml", QwenCoderWriter::new,
                        "pythonic", PythonWriter::new,
                        "llama4_pythonic", PythonWriter::new);
        return writers.get(parser).apply(random);
    }

    /** Calls one after the other, at the beginning of a line. */
    abstract Written write(List<Call> calls);

    /** Whether calls must begin a line. */
    boolean needsLine() {
        return false;
    }

    /** What opens calls and may stand in a text without any. */
    abstract List<String> markers();

    /** Lines that hold no call, though they look like one. */
    abstract List<String> noCalls();

    final boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    final String oneOf(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    final int between(int first, int last) {
        return first + random.nextInt(last - first + 1);
    }

    /** Some places of a call whose arguments are in its text as they are. */
    final List<Cut> cuts(int begins, int argumentsAt, String arguments, int ends) {
        List<Cut> cuts = new ArrayList<>();
        cuts.add(new Cut(between(begins, argumentsAt), Optional.empty()));
        for (int i = 0; i < 3; i++) {
            int said = 1 + random.nextInt(arguments.length());
            cuts.add(new Cut(argumentsAt + said, Optional.of(arguments.substring(0, said))));
        }
        int behind = argumentsAt + arguments.length();
        cuts.add(new Cut(between(behind, ends), Optional.of(arguments)));
        return cuts;
    }
}
