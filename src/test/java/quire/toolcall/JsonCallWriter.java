package quire.toolcall;

import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Formats whose arguments are JSON. */
abstract sealed class JsonCallWriter extends CallWriter {

    final StringBuilder text = new StringBuilder();
    JsonText json = JsonText.PLAIN;
    private final String argumentsName;

    /** Of the last call. */
    private int begins;

    private int argumentsAt;
    private String arguments = "";
    private boolean cutsAreKnown;

    /** Up to here nobody can know that it is a call, where its arguments do not come last. */
    private int unknownTo;

    JsonCallWriter(Random random, String argumentsName) {
        super(random);
        this.argumentsName = argumentsName;
    }

    @Override
    final Written write(List<Call> calls) {
        json = JsonText.random(random);
        all(calls);
        List<Cut> cuts =
                cutsAreKnown
                        ? cuts(begins, argumentsAt, arguments, text.length())
                        : List.of(new Cut(between(begins, unknownTo), Optional.empty()));
        return new Written(text.toString(), cuts);
    }

    abstract void all(List<Call> calls);

    final void begin() {
        begins = text.length();
    }

    final void arguments(Call call) {
        arguments = json.of(call.arguments());
        argumentsAt = text.length();
        cutsAreKnown = true;
        text.append(arguments);
    }

    /** A call as an object, with its fields in one order or the other. */
    final void object(Call call) {
        String name = json.quoted("name") + json.colon() + json.quoted(call.tool().name());
        String key = json.quoted(argumentsName) + json.colon();
        text.append('{').append(json.padding());
        cutsAreKnown = false;
        if (call.arguments().isEmpty() && oneIn(4)) {
            text.append(name).append(json.comma()).append(key).append("null");
            unknownTo = text.length();
        } else if (oneIn(4)) {
            text.append(key).append(json.of(call.arguments())).append(json.comma()).append(name);
            unknownTo = text.length() - 1;
        } else if (oneIn(6)) {
            text.append(name).append(json.comma()).append(key);
            text.append(json.quoted(json.of(call.arguments())));
            unknownTo = text.length();
        } else {
            if (oneIn(5)) {
                text.append(json.quoted("type")).append(json.colon());
                text.append(json.quoted("function")).append(json.comma());
            }
            text.append(name).append(json.comma()).append(key);
            arguments(call);
            if (oneIn(5)) {
                text.append(json.comma()).append(json.quoted("id")).append(json.colon());
                text.append(json.quoted("call_1"));
            }
        }
        text.append(json.padding()).append('}');
    }

    static final class Hermes extends JsonCallWriter {

        Hermes(Random random) {
            super(random, "arguments");
        }

        @Override
        void all(List<Call> calls) {
            for (Call call : calls) {
                text.append(text.isEmpty() ? "" : oneOf("\n", "", "\n\n"));
                begin();
                String line = oneOf("\n", "\n", "", " ");
                text.append("<tool_call>").append(line);
                object(call);
                text.append(oneIn(8) ? "}" : "").append(line).append("</tool_call>");
            }
        }

        @Override
        List<String> markers() {
            return List.of("<tool_call>");
        }

        @Override
        List<String> noCalls() {
            return List.of(
                    "The <tool_call> tag opens it.",
                    "<tool_call> <tool_call>.",
                    "</tool_call>",
                    "<tool_call></tool_call>",
                    "<tool_call>[1, 2]</tool_call>",
                    "<tool_call>{\"city\": \"Bonn\"}</tool_call>",
                    "<tool_call>{\"name\": 5}",
                    "<tool_call>{\"name\": \"\"}",
                    "Say {\"name\": \"f\", \"arguments\": {}}",
                    "<tool_cal>{}");
        }
    }

    static final class Llama extends JsonCallWriter {

        Llama(Random random) {
            super(random, random.nextInt(4) == 0 ? "arguments" : "parameters");
        }

        @Override
        void all(List<Call> calls) {
            boolean inList = oneIn(5);
            text.append(oneIn(3) && !inList ? LlamaParser.TAG : "").append(inList ? "[" : "");
            String between = inList ? oneOf(",", ", ", ",\n") : oneOf("; ", ";", ";\n", "\n");
            for (Call call : calls) {
                text.append(call == calls.getFirst() ? "" : between);
                begin();
                object(call);
            }
            text.append(inList ? "]" : "");
        }

        @Override
        boolean needsLine() {
            return true;
        }

        @Override
        List<String> markers() {
            return List.of(LlamaParser.TAG);
        }

        @Override
        List<String> noCalls() {
            return List.of(
                    "{\"city\": \"Bonn\"}",
                    "{}",
                    "{ x }",
                    "[]",
                    "[1, 2]",
                    "[{\"a\": 1}]",
                    "{\"name\": \"nobody\", \"parameters\": {\"q\": 1}}",
                    "{\"name\": 5}",
                    "Say {\"name\": \"f\", \"parameters\": {}} to call it.",
                    "{\"name\": \"f\", \"colour\": \"red\", \"parameters\": {}}",
                    "<|python_tag|>print(1)",
                    "<|python_tag|>{\"a\": 1}");
        }
    }

    /** Both of Mistral's, the older with a list and the newer with a marker for each call. */
    static final class Mistral extends JsonCallWriter {

        Mistral(Random random) {
            super(random, "arguments");
        }

        @Override
        void all(List<Call> calls) {
            if (random.nextBoolean()) {
                text.append("[TOOL_CALLS]").append(oneOf("", " ")).append('[');
                for (Call call : calls) {
                    text.append(call == calls.getFirst() ? "" : oneOf(", ", ",", ",\n"));
                    begin();
                    object(call);
                }
                text.append(']');
            } else {
                String id = oneIn(3) ? "[CALL_ID]a1B2c3D4e" : "";
                String marker = oneIn(4) ? "" : "[ARGS]";
                for (Call call : calls) {
                    begin();
                    text.append("[TOOL_CALLS]").append(call.tool().name());
                    text.append(id).append(id.isEmpty() ? marker : "[ARGS]");
                    arguments(call);
                }
            }
        }

        @Override
        List<String> markers() {
            return List.of("[TOOL_CALLS]");
        }

        @Override
        List<String> noCalls() {
            return List.of(
                    "The [TOOL_CALLS] marker opens it.",
                    "[TOOL_CALLS][1, 2]",
                    "[TOOL_CALLS][]",
                    "[TOOL_CALLS]",
                    "[TOOL_CALLS][{\"city\": \"Bonn\"}]",
                    "[TOOL_CALLS]f[ARGS] later",
                    "[ARGS]{\"a\": 1}",
                    "Say f[CALL_ID]abc[ARGS]{}.",
                    "Say [{\"name\": \"f\", \"arguments\": {}}]",
                    "[TOOL_CALL] {}");
        }
    }

    /** What DeepSeek's formats have in common. */
    abstract static sealed class DeepSeek extends JsonCallWriter {

        DeepSeek(Random random) {
            super(random, "arguments");
        }

        @Override
        final void all(List<Call> calls) {
            String line = oneOf("", "\n");
            text.append(DeepSeekParser.CALLS_BEGIN).append(line);
            for (Call call : calls) {
                begin();
                text.append(DeepSeekParser.CALL_BEGIN);
                one(call);
                text.append(DeepSeekParser.CALL_END).append(line);
            }
            text.append(DeepSeekParser.CALLS_END);
        }

        abstract void one(Call call);

        @Override
        final List<String> markers() {
            return List.of(DeepSeekParser.CALLS_BEGIN, DeepSeekParser.CALL_BEGIN);
        }

        @Override
        final List<String> noCalls() {
            return List.of(
                    "The " + DeepSeekParser.CALLS_BEGIN + " marker opens it.",
                    DeepSeekParser.CALLS_BEGIN + DeepSeekParser.CALL_BEGIN + " x",
                    DeepSeekParser.CALL_BEGIN + "function",
                    DeepSeekParser.CALL_BEGIN + DeepSeekParser.SEPARATOR + "{}",
                    DeepSeekParser.CALL_END,
                    DeepSeekParser.CALLS_END,
                    DeepSeekParser.SEPARATOR + "f",
                    "<｜tool▁calls▁beg> f",
                    "{\"name\": \"f\", \"arguments\": {}}");
        }
    }

    static final class DeepSeekV3 extends DeepSeek {

        DeepSeekV3(Random random) {
            super(random);
        }

        @Override
        void one(Call call) {
            text.append("function").append(DeepSeekParser.SEPARATOR).append(call.tool().name());
            text.append("\n```json\n");
            arguments(call);
            text.append("\n```");
        }
    }

    static final class DeepSeekV31 extends DeepSeek {

        DeepSeekV31(Random random) {
            super(random);
        }

        @Override
        void one(Call call) {
            text.append(call.tool().name()).append(DeepSeekParser.SEPARATOR);
            arguments(call);
        }
    }
}
