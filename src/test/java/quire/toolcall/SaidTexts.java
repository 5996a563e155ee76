package quire.toolcall;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import quire.toolcall.CallWriter.Call;
import quire.toolcall.CallWriter.Cut;
import quire.toolcall.CallWriter.Written;

/**
 * Random texts as models say them, and what is to be read in them: known because each was put
 * together from prose, thoughts and calls. They have the form of the lines in {@code
 * src/test/resources/toolcall}.
 */
public final class SaidTexts {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final List<String> SENTENCES =
            List.of(
                    "Let me look.",
                    "Is a < b && c > d?",
                    "It costs 5 € (about [1]).",
                    "Zürich 東京 🌧!",
                    "A `code` span, a ``b ` c`` one.",
                    "* a list",
                    "{x} is what it is.",
                    "She said: \"it's\".",
                    "1 ~~2~~ 3",
                    "\t\tindented");

    private static final List<String> CALL_PARSERS =
            List.of("hermes", "qwen3_coder", "llama3_json", "mistral", "deepseek_v31", "pythonic");

    private final Random random;
    private final String parser;
    private final List<RandomTool> tools;

    private SaidTexts(String parser, Random random) {
        this.parser = parser;
        this.random = random;
        this.tools = RandomTool.several(random);
    }

    /**
     * Texts for a parser of calls or of thoughts.
     *
     * @param parser as a user names it
     * @param seed of the first text; the others have those that follow
     */
    public static Stream<JsonNode> of(String parser, int count, long seed) {
        return IntStream.range(0, count).mapToObj(i -> text(parser, seed + i));
    }

    private static JsonNode text(String parser, long seed) {
        Random random = new Random(seed * 1_000_003 + parser.hashCode());
        boolean isOfThoughts = parser.equals("qwen3") || parser.equals("deepseek_r1");
        String second = CALL_PARSERS.get(random.nextInt(CALL_PARSERS.size()));
        SaidTexts texts = new SaidTexts(isOfThoughts ? second : parser, random);
        ObjectNode said = texts.answer();
        said.put("id", "generated-" + parser + "-" + seed).put("parser", parser);
        if (isOfThoughts) {
            said.put("second_parser", second);
            texts.think(said);
        }
        return said;
    }

    private CallWriter writer() {
        return CallWriter.of(parser, random);
    }

    private ObjectNode answer() {
        ObjectNode said = NODES.objectNode();
        ArrayNode definitions = said.putArray("tools");
        tools.forEach(tool -> definitions.add(tool.definition()));
        ObjectNode expect = said.putObject("expect");
        ArrayNode expected = expect.putArray("tool_calls");
        if (random.nextInt(4) == 0) {
            String text = prose(random.nextInt(5)) + tail();
            said.put("text", text);
            expect.put("content", text).put("finish_reason", "stop");
            return said;
        }
        String before = random.nextBoolean() ? "" : prose(1 + random.nextInt(2));
        List<Call> calls = calls();
        Written written = writer().write(calls);
        Optional<Cut> cut = cut(written, calls);
        String after = cut.isPresent() || random.nextBoolean() ? "" : "\n" + sentence() + "\n";
        int end = cut.map(Cut::length).orElse(written.text().length());
        said.put("text", before + written.text().substring(0, end) + after);
        if (cut.isPresent() && cut.get().arguments().isEmpty()) {
            expect.put("content", said.get("text").asText()).put("finish_reason", "length");
            return said;
        }
        for (Call call : calls) {
            ObjectNode one = expected.addObject().put("name", call.tool().name());
            one.put("arguments", JsonText.PLAIN.of(call.arguments()));
        }
        cut.flatMap(Cut::arguments)
                .ifPresent(
                        cutOff ->
                                ((ObjectNode) expected.get(expected.size() - 1))
                                        .put("arguments", cutOff));
        expect.put("content", before + after);
        expect.put("finish_reason", cut.isPresent() ? "length" : "tool_calls");
        return said;
    }

    private List<Call> calls() {
        List<Call> calls = new ArrayList<>();
        for (int i = random.nextInt(4) == 0 ? 3 : 1; i > 0; i--) {
            RandomTool tool = tools.get(random.nextInt(tools.size()));
            calls.add(new Call(tool, tool.arguments(random)));
        }
        return calls;
    }

    /** Where the text breaks off, if it does; among several calls only behind a beginning. */
    private Optional<Cut> cut(Written written, List<Call> calls) {
        if (random.nextInt(3) > 0) {
            return Optional.empty();
        }
        List<Cut> cuts =
                written.cuts().stream()
                        .filter(one -> calls.size() == 1 || one.arguments().isPresent())
                        .toList();
        return cuts.isEmpty()
                ? Optional.empty()
                : Optional.of(cuts.get(random.nextInt(cuts.size())));
    }

    private String sentence() {
        return SENTENCES.get(random.nextInt(SENTENCES.size()));
    }

    /** Pieces of text without a call; where calls need no line, they may stand in one. */
    private String prose(int numLines) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < numLines; i++) {
            text.append(
                            switch (random.nextInt(6)) {
                                case 0 -> noCall();
                                case 1 -> "Write `" + marker() + "` in code.";
                                case 2 -> fenced(writer().write(calls()).text());
                                case 3 -> "x " + beginning(marker()) + " y";
                                default -> sentence();
                            })
                    .append(oneOf("\n", "\n", "\n\n", writer().needsLine() ? "\n" : " "));
        }
        return text.toString();
    }

    private static String fenced(String text) {
        return "\n````\n" + text + "\n````\n";
    }

    /** What may become a marker, at the end of the text. */
    private String tail() {
        return random.nextBoolean() ? "" : "x " + beginning(marker());
    }

    private String oneOf(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private String noCall() {
        List<String> lines = writer().noCalls();
        return lines.get(random.nextInt(lines.size()));
    }

    private String marker() {
        List<String> markers = writer().markers();
        return markers.get(random.nextInt(markers.size()));
    }

    /** Some of its characters, not all. */
    private String beginning(String marker) {
        return marker.substring(0, 1 + random.nextInt(marker.length() - 1));
    }

    /** Puts a thought before an answer. */
    private void think(ObjectNode said) {
        ObjectNode expect = (ObjectNode) said.get("expect");
        boolean open = random.nextBoolean();
        String thought = thought();
        said.put("thinking_prefilled", open);
        if (!open && random.nextInt(5) == 0) {
            // Without one its marks are text, but for one at the very beginning.
            return;
        }
        expect.put("reasoning", thought);
        String text = (open ? "" : "<think>\n") + thought;
        if (random.nextInt(5) == 0) {
            said.put("text", text);
            expect.put("content", "").put("finish_reason", "length").putArray("tool_calls");
            return;
        }
        // Line breaks behind a thought are the format's.
        String answer = said.get("text").asText();
        said.put("text", text + oneOf("\n", "") + "</think>" + oneOf("\n\n", "\n", "") + answer);
        expect.put("content", withoutLineBreaks(expect.path("content").asText()));
    }

    private String thought() {
        String text = prose(random.nextInt(4)) + oneOf("", "So <think> again, </thin", "I see.");
        return text.contains("</think>") ? "I see." : text;
    }

    private static String withoutLineBreaks(String text) {
        return text.replaceFirst("^\n+", "");
    }
}
