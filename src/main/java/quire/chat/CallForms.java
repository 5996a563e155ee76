package quire.chat;

import java.util.List;
import quire.grammar.tag.CallForm;
import quire.grammar.tag.CallForm.Arguments;
import quire.toolcall.ToolCallFormat;

/** How grammars write calls in each format, as the model cards and templates have it. */
final class CallForms {

    private static final String OPEN = "<tool_call>";
    private static final String CALLS = "[TOOL_CALLS]";
    private static final String CALLS_BEGIN = "<｜tool▁calls▁begin｜>";
    private static final String CALL_BEGIN = "<｜tool▁call▁begin｜>";
    private static final String PYTHON_START = "<|python_start|>";

    private CallForms() {}

    /**
     * @param template of the model, by which generations of a format differ
     */
    static CallForm of(ToolCallFormat format, String template) {
        return switch (format) {
            case HERMES ->
                    marked(
                            List.of(OPEN),
                            OPEN,
                            "\n{\"name\": \"",
                            "\", \"arguments\": ",
                            "}",
                            "\n</tool_call>\n<tool_call>",
                            "\n</tool_call>",
                            Arguments.JSON);
            case QWEN3_CODER ->
                    marked(
                            List.of(OPEN, "<function="),
                            OPEN,
                            "\n<function=",
                            ">\n",
                            "</function>",
                            "\n</tool_call>\n<tool_call>",
                            "\n</tool_call>",
                            Arguments.XML);
            case MISTRAL ->
                    template.contains("[ARGS]")
                            ? marked(
                                    List.of(CALLS),
                                    CALLS,
                                    "",
                                    "[ARGS]",
                                    "",
                                    CALLS,
                                    "",
                                    Arguments.JSON)
                            : marked(
                                    List.of(CALLS),
                                    CALLS + "[",
                                    "{\"name\": \"",
                                    "\", \"arguments\": ",
                                    "}",
                                    ", ",
                                    "]",
                                    Arguments.JSON);
            case DEEPSEEK_V3 ->
                    template.contains("```json")
                            ? marked(
                                    List.of(CALLS_BEGIN, CALL_BEGIN),
                                    CALLS_BEGIN,
                                    "<｜tool▁call▁begin｜>function<｜tool▁sep｜>",
                                    "\n```json\n",
                                    "\n```<｜tool▁call▁end｜>",
                                    "\n",
                                    "<｜tool▁calls▁end｜>",
                                    Arguments.JSON)
                            : marked(
                                    List.of(CALLS_BEGIN, CALL_BEGIN),
                                    CALLS_BEGIN,
                                    "<｜tool▁call▁begin｜>",
                                    "<｜tool▁sep｜>",
                                    "<｜tool▁call▁end｜>",
                                    "",
                                    "<｜tool▁calls▁end｜>",
                                    Arguments.JSON);
            case LLAMA3_JSON ->
                    new CallForm(
                            List.of("<|python_tag|>"),
                            true,
                            "",
                            "{\"name\": \"",
                            "\", \"parameters\": ",
                            "}",
                            "; ",
                            "",
                            Arguments.JSON);
            case PYTHONIC -> {
                boolean isMarked = template.contains(PYTHON_START);
                yield new CallForm(
                        List.of(PYTHON_START),
                        true,
                        isMarked ? PYTHON_START + "[" : "[",
                        "",
                        "(",
                        ")",
                        ", ",
                        isMarked ? "]<|python_end|>" : "]",
                        Arguments.PYTHON);
            }
        };
    }

    private static CallForm marked(
            List<String> marks,
            String open,
            String head,
            String middle,
            String tail,
            String separator,
            String close,
            Arguments arguments) {
        return new CallForm(marks, false, open, head, middle, tail, separator, close, arguments);
    }
}
