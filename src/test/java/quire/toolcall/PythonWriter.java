package quire.toolcall;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Calls as a list in Python. */
final class PythonWriter extends CallWriter {

    private final StringBuilder text = new StringBuilder();

    PythonWriter(Random random) {
        super(random);
    }

    @Override
    Written write(List<Call> calls) {
        boolean marked = oneIn(3);
        boolean spread = oneIn(4);
        text.append(marked ? PythonicParser.START : "").append('[').append(spread ? "\n  " : "");
        List<Cut> cuts = new ArrayList<>();
        for (Call call : calls) {
            cuts.clear();
            text.append(call == calls.getFirst() ? "" : spread ? ",\n  " : ", ");
            int begins = text.length();
            text.append(call.tool().name()).append('(');
            cuts.add(new Cut(between(begins, text.length()), Optional.empty()));
            arguments(call, cuts);
            text.append(')');
        }
        text.append(spread ? ",\n]" : "]").append(marked && !oneIn(3) ? PythonicParser.END : "");
        return new Written(text.toString(), cuts);
    }

    private void arguments(Call call, List<Cut> cuts) {
        StringBuilder json = new StringBuilder("{");
        // Values may go without names as long as they are the first of the tool.
        List<String> places = List.copyOf(call.tool().kinds().keySet());
        int place = oneIn(2) ? 0 : places.size();
        for (Map.Entry<String, JsonNode> argument : call.arguments().properties()) {
            text.append(json.length() == 1 ? "" : ", ");
            json.append(json.length() == 1 ? "" : ", ");
            String name = argument.getKey();
            boolean isInPlace = place < places.size() && places.get(place).equals(name);
            place = isInPlace ? place + 1 : places.size();
            text.append(isInPlace ? "" : name + oneOf("=", "=", " = "));
            json.append(JsonText.PLAIN.quoted(name)).append(": ");
            // Whether a word is a name or a value shows behind it.
            boolean isOpen = isInPlace && argument.getValue().isNumber();
            value(argument.getValue(), isOpen ? "" : json.toString(), cuts);
            json.append(JsonText.PLAIN.of(argument.getValue()));
        }
    }

    private void value(JsonNode value, String before, List<Cut> cuts) {
        if (value.isTextual()) {
            string(value.textValue(), before, cuts);
        } else if (value.isArray()) {
            text.append('[');
            for (int i = 0; i < value.size(); i++) {
                text.append(i == 0 ? "" : ", ");
                value(value.get(i), "", new ArrayList<>());
            }
            text.append(value.size() > 0 && oneIn(5) ? ",]" : "]");
        } else if (value.isObject()) {
            String between = "{";
            for (Map.Entry<String, JsonNode> member : value.properties()) {
                text.append(between);
                string(member.getKey(), "", new ArrayList<>());
                text.append(": ");
                value(member.getValue(), "", new ArrayList<>());
                between = ", ";
            }
            text.append(value.isEmpty() ? "{}" : "}");
        } else if (value.isBoolean()) {
            text.append(value.booleanValue() ? "True" : "False");
        } else if (value.isNull()) {
            text.append("None");
        } else {
            number(JsonText.PLAIN.of(value), before, cuts);
        }
    }

    private void number(String digits, String before, List<Cut> cuts) {
        int sign = digits.startsWith("-") ? 1 : 0;
        int whole = digits.contains(".") ? digits.indexOf('.') : digits.length();
        int said = sign + 1 + random.nextInt(whole - sign);
        if (!before.isEmpty()) {
            cuts.add(
                    new Cut(text.length() + said, Optional.of(before + digits.substring(0, said))));
        }
        text.append(digits);
    }

    private void string(String value, String before, List<Cut> cuts) {
        String quote = oneOf("\"", "\"", "'", "\"\"\"");
        boolean escapesAll = oneIn(5);
        text.append(quote);
        for (int i = 0; i < value.length(); ) {
            if (!before.isEmpty() && oneIn(4)) {
                String quoted = JsonText.PLAIN.quoted(value.substring(0, i));
                cuts.add(
                        new Cut(
                                text.length(),
                                Optional.of(before + quoted.substring(0, quoted.length() - 1))));
            }
            int code = value.codePointAt(i);
            i += Character.charCount(code);
            text.append(spelled(code, quote, escapesAll));
        }
        text.append(quote);
    }

    private static String spelled(int code, String quote, boolean escapesAll) {
        if (code == '\\' || code == quote.charAt(0)) {
            return "\\" + (char) code;
        }
        if (code == '\n') {
            return quote.length() == 3 ? "\n" : "\\n";
        }
        if (code == '\t') {
            return "\\t";
        }
        if (code < ' ' || code == 0x7f) {
            return "\\x%02x".formatted(code);
        }
        if (escapesAll && code > '~') {
            return code > 0xffff ? "\\U%08x".formatted(code) : "\\u%04x".formatted(code);
        }
        return Character.toString(code);
    }

    @Override
    boolean needsLine() {
        return true;
    }

    @Override
    List<String> markers() {
        return List.of(PythonicParser.START);
    }

    @Override
    List<String> noCalls() {
        return List.of(
                "[note]",
                "[1, 2, 3]",
                "[]",
                "[nobody(a=1)]",
                "[x](https://a.b)",
                "[ ] to do",
                "f(a=1)",
                "Say [f(a=1)] to call it.",
                "[[f]]",
                "<|python_start|>print(1)",
                "<|python_start|>[nobody()]<|python_end|>",
                "<|python_end|>");
    }
}
