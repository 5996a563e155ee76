package quire.reasoning;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The models whose thoughts are known, by the names that vLLM has for their parsers. */
public enum ReasoningFormat {
    /** DeepSeek R1 and V3.1, and models distilled from these. */
    DEEPSEEK_R1,
    /** Qwen3 and QwQ. */
    QWEN3;

    /** What opens a thought. */
    static final String OPEN = "<think>";

    /** What ends it. */
    static final String CLOSE = "</think>";

    /** What a thought begins with. */
    public String begin() {
        return OPEN;
    }

    /** What a thought ends with. */
    public String end() {
        return CLOSE;
    }

    /** Marks around thoughts, which may be special tokens of the model. */
    public List<String> markers() {
        return List.of(OPEN, CLOSE);
    }

    /** All formats by name. */
    public static Map<String, ReasoningFormat> byName() {
        return Arrays.stream(values())
                .collect(
                        Collectors.toMap(
                                format -> format.name().toLowerCase(Locale.ROOT),
                                format -> format));
    }

    /**
     * Whether an answer to a prompt begins within a thought.
     *
     * @param prompt as the chat template rendered it
     */
    public boolean isOpen(String prompt) {
        return prompt.stripTrailing().endsWith(OPEN);
    }

    /**
     * Whether an answer to a prompt has its thought, or none, in the prompt already.
     *
     * @param prompt as the chat template rendered it
     */
    public boolean isClosed(String prompt) {
        return prompt.stripTrailing().endsWith(CLOSE);
    }

    /**
     * A new parser for one choice.
     *
     * @param open whether its text begins within a thought
     */
    public ReasoningParser parser(boolean open, ReasoningListener listener) {
        return new ReasoningParser(open, listener);
    }
}
