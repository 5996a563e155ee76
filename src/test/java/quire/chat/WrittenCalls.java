package quire.chat;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import quire.grammar.tag.CallForm;

/** Reads calls by their form, which stand in a text and nothing else, as simply as can be. */
final class WrittenCalls {

    private static final Pattern XML =
            Pattern.compile("\\G<parameter=([^>]+)>\n(.*?)\n</parameter>\n", Pattern.DOTALL);
    private static final Pattern PYTHON = Pattern.compile("\\G[\\s,]*(\\w+)=");

    private final String text;
    private final CallForm form;
    private final Set<String> tools;
    private int at;

    WrittenCalls(String text, CallForm form, Set<String> tools) {
        this.text = text;
        this.form = form;
        this.tools = tools;
    }

    /** Names and values. */
    List<String> read() throws JsonProcessingException {
        List<String> calls = new ArrayList<>();
        expect(form.open());
        do {
            expect(form.head());
            String name =
                    tools.stream()
                            .filter(tool -> text.startsWith(tool, at))
                            .findFirst()
                            .orElseThrow(() -> new AssertionError(text.substring(at)));
            expect(name);
            expect(form.middle());
            JsonNode arguments =
                    switch (form.arguments()) {
                        case JSON -> value(text);
                        case XML -> xml();
                        case PYTHON -> python();
                    };
            calls.add(name + arguments);
            expect(form.tail());
        } while (!form.separator().isEmpty() && passes(form.separator())
                || form.separator().isEmpty() && text.startsWith(form.head(), at));
        expect(form.close());
        assertTrue(at == text.length(), text.substring(at) + " follows in " + text);
        return calls;
    }

    private void expect(String piece) {
        assertTrue(passes(piece), () -> "no " + piece + " at " + at + " of " + text);
    }

    private boolean passes(String piece) {
        int end = at;
        for (char c : piece.toCharArray()) {
            if (c == ' ') {
                while (end < text.length() && Character.isWhitespace(text.charAt(end))) {
                    end++;
                }
            } else if (end < text.length() && text.charAt(end) == c) {
                end++;
            } else {
                return false;
            }
        }
        at = end;
        return true;
    }

    /** The JSON value that begins here in a text as long as this one. */
    private JsonNode value(String json) throws JsonProcessingException {
        int end = at;
        int depth = 0;
        boolean inString = false;
        for (boolean ends = false; !ends; ) {
            char c = json.charAt(end);
            if (inString) {
                end += c == '\\' ? 2 : 1;
                inString = c != '"';
                ends = !inString && depth == 0;
            } else if (depth == 0 && ",)".indexOf(c) >= 0) {
                ends = true;
            } else {
                end++;
                inString = c == '"';
                depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
                ends = depth == 0 && (c == '}' || c == ']');
            }
        }
        JsonNode value = SampledCallsTest.JSON.readTree(json.substring(at, end));
        at = end;
        return value;
    }

    /** What is bare text, and what JSON, the calls that were read have to say. */
    private JsonNode xml() {
        ObjectNode arguments = SampledCallsTest.JSON.createObjectNode();
        Matcher matcher = XML.matcher(text);
        while (matcher.find(at)) {
            at = matcher.end();
            if (!arguments.has(matcher.group(1))) {
                arguments.set(matcher.group(1), new TextNode(plain(matcher.group(2))));
            }
        }
        return arguments;
    }

    /** What is JSON in the one way that Jackson writes it, other text as it is. */
    static String plain(String text) {
        try {
            return SampledCallsTest.JSON.readTree(text).toString();
        } catch (JsonProcessingException e) {
            return text;
        }
    }

    private JsonNode python() throws JsonProcessingException {
        // Words outside of strings, in as many characters.
        StringBuilder json = new StringBuilder(text);
        for (Matcher m = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|True|False|None").matcher(text);
                m.find(); ) {
            switch (m.group()) {
                case "True" -> json.replace(m.start(), m.end(), "true");
                case "False" -> json.replace(m.start(), m.end(), "false");
                case "None" -> json.replace(m.start(), m.end(), "null");
                default -> {}
            }
        }
        ObjectNode arguments = SampledCallsTest.JSON.createObjectNode();
        Matcher matcher = PYTHON.matcher(text);
        while (matcher.find(at)) {
            at = matcher.end();
            JsonNode value = value(json.toString());
            if (!arguments.has(matcher.group(1))) {
                arguments.set(matcher.group(1), value);
            }
        }
        return arguments;
    }
}
