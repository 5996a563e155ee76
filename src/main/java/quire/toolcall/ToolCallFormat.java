package quire.toolcall;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The ways in which models write tool calls, each with the names that vLLM has for it. The order is
 * that in which templates are asked.
 */
public enum ToolCallFormat {
    /** Qwen3-Coder. */
    QWEN3_CODER(
            List.of("qwen3_coder", "qwen3_xml"),
            List.of("<tool_call>", "</tool_call>"),
            template -> template.contains("<function="),
            Qwen3CoderParser::new),
    /** Hermes, Qwen2.5, Qwen3, QwQ, quire-demo. */
    HERMES(
            List.of("hermes"),
            List.of("<tool_call>", "</tool_call>"),
            template ->
                    template.contains("<tool_call>")
                            && template.contains("arguments")
                            && !template.contains("<arg_key>"),
            (tools, listener) -> new HermesParser(listener)),
    /** Mistral, Ministral, Magistral, Devstral. */
    MISTRAL(
            List.of("mistral"),
            List.of("[TOOL_CALLS]", "[ARGS]", "[CALL_ID]"),
            template -> template.contains("[TOOL_CALLS]"),
            (tools, listener) -> new MistralParser(listener)),
    /** DeepSeek V3, V3.1 and R1, and models distilled from these. */
    DEEPSEEK_V3(
            List.of("deepseek_v3", "deepseek_v31"),
            List.of(
                    DeepSeekParser.CALLS_BEGIN,
                    DeepSeekParser.CALLS_END,
                    DeepSeekParser.CALL_BEGIN,
                    DeepSeekParser.CALL_END,
                    DeepSeekParser.SEPARATOR),
            template -> template.contains(DeepSeekParser.CALL_BEGIN),
            (tools, listener) -> new DeepSeekParser(listener)),
    /** Llama 4 and Llama 3.2 in Python's notation. */
    PYTHONIC(
            List.of("pythonic", "llama4_pythonic"),
            List.of(PythonicParser.START, PythonicParser.END),
            template ->
                    template.contains("[func_name1(") || template.contains(PythonicParser.START),
            PythonicParser::new),
    /** Llama 3.1, 3.2 and 3.3, and Llama 4. */
    LLAMA3_JSON(
            List.of("llama3_json", "llama4_json"),
            List.of(LlamaParser.TAG),
            template ->
                    template.contains("<|start_header_id|>")
                            && template.contains("\"parameters\": "),
            LlamaParser::new);

    private final List<String> names;
    private final List<String> markers;
    private final Predicate<String> writes;
    private final BiFunction<ToolSchemas, ToolCallListener, ToolCallParser> parser;

    /**
     * @param markers what may be special tokens, and must reach the parser as text
     * @param writes whether a chat template has its calls in this format
     */
    ToolCallFormat(
            List<String> names,
            List<String> markers,
            Predicate<String> writes,
            BiFunction<ToolSchemas, ToolCallListener, ToolCallParser> parser) {
        this.names = names;
        this.markers = markers;
        this.writes = writes;
        this.parser = parser;
    }

    /** All formats by all of their names. */
    public static Map<String, ToolCallFormat> byName() {
        return Arrays.stream(values())
                .flatMap(format -> format.names.stream().map(name -> Map.entry(name, format)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /**
     * The format in which a chat template writes an assistant's calls, and in which its model was
     * trained to.
     *
     * @param template Jinja source
     */
    public static Optional<ToolCallFormat> ofTemplate(String template) {
        return Arrays.stream(values()).filter(format -> format.writes.test(template)).findFirst();
    }

    /** Markers around calls, which may be special tokens of the model. */
    public List<String> markers() {
        return markers;
    }

    /** A new parser for one choice. */
    public ToolCallParser parser(ToolSchemas tools, ToolCallListener listener) {
        return parser.apply(tools, listener);
    }
}
