package quire.chat;

import java.util.Optional;
import quire.grammar.tag.CallForm;
import quire.grammar.tag.CallForm.Arguments;
import quire.toolcall.ToolCallFormat;

/** How grammars write calls in each format, as the model cards and templates have it. */
final class CallForms {

    private CallForms() {}

    /**
     * @param template of the model, by which generations of a format differ
     * @return empty for a format that no grammar is made of
     */
    static Optional<CallForm> of(ToolCallFormat format, String template) {
        return switch (format) {
            case HERMES ->
                    Optional.of(
                            json(
                                    "<tool_call>",
                                    "\n{\"name\": \"",
                                    "\", \"arguments\": ",
                                    "}",
                                    "\n</tool_call>\n<tool_call>",
                                    "\n</tool_call>"));
            case QWEN3_CODER ->
                    Optional.of(
                            new CallForm(
                                    "<tool_call>",
                                    "\n<function=",
                                    ">\n",
                                    "</function>",
                                    "\n</tool_call>\n<tool_call>",
                                    "\n</tool_call>",
                                    Arguments.XML));
            case MISTRAL ->
                    Optional.of(
                            template.contains("[ARGS]")
                                    ? json("[TOOL_CALLS]", "", "[ARGS]", "", "[TOOL_CALLS]", "")
                                    : json(
                                            "[TOOL_CALLS]",
                                            "[{\"name\": \"",
                                            "\", \"arguments\": ",
                                            "}]",
                                            "[TOOL_CALLS]",
                                            ""));
            case DEEPSEEK_V3 ->
                    Optional.of(
                            template.contains("```json")
                                    ? json(
                                            "<｜tool▁calls▁begin｜>",
                                            "<｜tool▁call▁begin｜>function<｜tool▁sep｜>",
                                            "\n```json\n",
                                            "\n```<｜tool▁call▁end｜>",
                                            "\n",
                                            "<｜tool▁calls▁end｜>")
                                    : json(
                                            "<｜tool▁calls▁begin｜>",
                                            "<｜tool▁call▁begin｜>",
                                            "<｜tool▁sep｜>",
                                            "<｜tool▁call▁end｜>",
                                            "",
                                            "<｜tool▁calls▁end｜>"));
            case LLAMA3_JSON ->
                    Optional.of(json("", "{\"name\": \"", "\", \"parameters\": ", "}", "; ", ""));
            case PYTHONIC -> Optional.empty();
        };
    }

    private static CallForm json(
            String open, String head, String middle, String tail, String separator, String close) {
        return new CallForm(open, head, middle, tail, separator, close, Arguments.JSON);
    }
}
