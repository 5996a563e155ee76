package quire.toolcall;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Qwen3-Coder's format, in which strings are as they are. */
final class QwenCoderWriter extends CallWriter {

    private static final String PARAMETER_END = "</parameter>";

    private final StringBuilder text = new StringBuilder();

    /** How the last value is to be read. */
    private String lastValue = "";

    QwenCoderWriter(Random random) {
        super(random);
    }

    @Override
    Written write(List<Call> calls) {
        List<Cut> cuts = new ArrayList<>();
        for (Call call : calls) {
            cuts.clear();
            text.append(text.isEmpty() ? "" : "\n");
            int begins = text.length();
            text.append("<tool_call>\n<function=").append(call.tool().name()).append(">\n");
            cuts.add(new Cut(between(begins, text.length()), Optional.empty()));
            StringBuilder arguments = new StringBuilder("{");
            for (Map.Entry<String, JsonNode> argument : call.arguments().properties()) {
                boolean first = arguments.length() == 1;
                arguments.append(first ? "" : ", ");
                arguments.append(JsonText.PLAIN.quoted(argument.getKey())).append(": ");
                parameter(argument.getKey(), argument.getValue(), arguments.toString(), cuts);
                arguments.append(lastValue);
                cuts.add(new Cut(text.length(), Optional.of(arguments.toString())));
            }
            text.append("</function>\n");
            cuts.add(new Cut(text.length(), Optional.of(arguments.append('}').toString())));
            text.append("</tool_call>");
        }
        return new Written(text.toString(), cuts);
    }

    private void parameter(String name, JsonNode value, String before, List<Cut> cuts) {
        text.append("<parameter=").append(name).append(">");
        boolean isText = value.isTextual();
        String said = isText ? value.textValue() : JsonText.random(random).of(value);
        boolean bare = !said.startsWith("\n") && !said.endsWith("\n") && oneIn(4);
        String line = bare ? "" : "\n";
        text.append(line);
        if (isText) {
            int from = text.length();
            for (int length = 0; length <= said.length(); length++) {
                String part = said.substring(0, length);
                boolean mayEnd =
                        part.strip().endsWith(PARAMETER_END)
                                || length > 0 && Character.isHighSurrogate(said.charAt(length - 1));
                if (!mayEnd && oneIn(4) && !(bare && part.isEmpty())) {
                    String quoted = JsonText.PLAIN.quoted(part);
                    cuts.add(
                            new Cut(
                                    from + length,
                                    Optional.of(
                                            before + quoted.substring(0, quoted.length() - 1))));
                }
            }
        }
        lastValue = isText ? JsonText.PLAIN.quoted(said) : said;
        text.append(value.isBoolean() && oneIn(3) ? capitalized(said) : said);
        text.append(line).append(PARAMETER_END).append('\n');
    }

    private static String capitalized(String word) {
        return Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    @Override
    List<String> markers() {
        return List.of("<tool_call>", "<function=");
    }

    @Override
    List<String> noCalls() {
        return List.of(
                "The <tool_call> tag opens it.",
                "<tool_call> <function= >",
                "<function=nobody>",
                "<function= f",
                "</function></tool_call>",
                "<parameter=q>5</parameter>",
                "<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>",
                "a <function b");
    }
}
