package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.chat.ChoiceReader;
import quire.chat.Reading;
import quire.chat.ToolUse;
import quire.reasoning.ReasoningFormat;
import quire.sequence.FinishReason;
import quire.toolcall.SaidTexts;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolSchemas;

/**
 * Texts that models say, and what is to be read in them, whole and cut into pieces: those of {@code
 * src/test/resources/toolcall}, or of the file or folder that {@code -Dquire.toolcalls} names. A
 * file has one JSON object a line: {@code id}, {@code parser} (of calls or of thoughts), {@code
 * second_parser} (of calls, beside one of thoughts), {@code tools}, {@code text}, {@code
 * thinking_prefilled} where the prompt ends within a thought, {@code expect} with {@code content},
 * {@code reasoning}, {@code tool_calls} (name; arguments as an object or a text) and {@code
 * finish_reason}, and {@code debatable} where others might read it otherwise. Random texts, which
 * {@link SaidTexts} puts together, are read likewise.
 */
class ToolCallCasesTest {

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
    private static final TypeReference<List<Map<String, Object>>> TOOLS = new TypeReference<>() {};

    /** Longer texts are cut at some places only, spread over them. */
    private static final int MAX_SPLITS = 2000;

    private static final int GENERATED = Integer.getInteger("quire.toolcalls.texts", 500);
    private static final long SEED = Long.getLong("quire.toolcalls.seed", 1);
    private static final int MAX_GENERATED_SPLITS = 100;

    private record Call(String name, String arguments) {}

    /** What was read in a text. */
    private record Answer(
            String reasoning, String content, List<Call> calls, String finishReason) {}

    private static final class Heard implements ChoiceReader.Listener {

        private final StringBuilder reasoning = new StringBuilder();
        private final StringBuilder content = new StringBuilder();
        private final List<String> names = new ArrayList<>();
        private final List<StringBuilder> arguments = new ArrayList<>();

        @Override
        public void reasoning(CharSequence text) {
            assertFalse(text.isEmpty());
            reasoning.append(text);
        }

        @Override
        public void content(CharSequence text) {
            assertFalse(text.isEmpty());
            content.append(text);
        }

        @Override
        public void begin(int index, String id, String name) {
            assertEquals(names.size(), index);
            names.add(name);
            arguments.add(new StringBuilder());
        }

        @Override
        public void arguments(int index, CharSequence piece) {
            assertEquals(names.size() - 1, index);
            assertFalse(piece.isEmpty());
            arguments.get(index).append(piece);
        }

        Answer answer(FinishReason reason) {
            List<Call> calls = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                calls.add(new Call(names.get(i), arguments.get(i).toString()));
            }
            return new Answer(
                    reasoning.toString(),
                    content.toString(),
                    calls,
                    WholeAnswer.finishReason(reason, !calls.isEmpty()));
        }
    }

    @Test
    void everyTextIsReadAsExpectedHoweverItIsCut() throws IOException {
        List<JsonNode> cases = cases();
        List<String> wrong = new ArrayList<>();
        List<String> wrongSplits = new ArrayList<>();
        int right = 0;
        int rightSplits = 0;
        int debatable = 0;
        int rightDebatable = 0;
        for (JsonNode one : cases) {
            boolean isDebatable = one.path("debatable").asBoolean();
            debatable += isDebatable ? 1 : 0;
            Optional<String> difference = difference(one, String::strip);
            if (difference.isPresent()) {
                if (!isDebatable) {
                    wrong.add(difference.get());
                }
                System.out.println((isDebatable ? "debatable " : "wrong ") + difference.get());
                continue;
            }
            right++;
            rightDebatable += isDebatable ? 1 : 0;
            if (sameAtEverySplit(one, MAX_SPLITS)) {
                rightSplits++;
            } else {
                wrongSplits.add(one.get("id").asText());
                System.out.println("wrong when split " + one.get("id").asText());
            }
        }
        System.out.printf(
                "cases %d, right %d, right at every split %d, debatable %d of %d%n",
                cases.size(), right, rightSplits, rightDebatable, debatable);
        assertFalse(cases.isEmpty());
        assertEquals(List.of(), wrong);
        assertEquals(List.of(), wrongSplits);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hermes",
                "llama3_json",
                "llama4_json",
                "mistral",
                "deepseek_v3",
                "deepseek_v31",
                "qwen3_coder",
                "qwen3_xml",
                "pythonic",
                "llama4_pythonic",
                "deepseek_r1",
                "qwen3"
            })
    void whatWasPutTogetherIsTakenApartHoweverItIsCut(String parser) {
        List<JsonNode> texts = SaidTexts.of(parser, GENERATED, SEED).toList();
        List<String> wrong = new ArrayList<>();
        for (JsonNode one : texts) {
            Optional<String> difference = difference(one, ToolCallCasesTest::squeezed);
            if (difference.isPresent()) {
                wrong.add(difference.get() + " in " + one.get("text"));
            } else if (!sameAtEverySplit(one, MAX_GENERATED_SPLITS)
                    || !sameInPieces(one, new Random(SEED))) {
                wrong.add("other when split: " + one);
            }
        }
        assertEquals("", String.join("\n", wrong), wrong.size() + " of " + texts.size());
    }

    /** How much white space stands where a call was is nobody's concern. */
    private static String squeezed(String content) {
        return content.strip().replaceAll("\\s+", " ");
    }

    private static List<JsonNode> cases() throws IOException {
        Path place = Path.of(System.getProperty("quire.toolcalls", "src/test/resources/toolcall"));
        List<Path> files;
        try (Stream<Path> found = Files.walk(place)) {
            files = found.filter(Files::isRegularFile).sorted().toList();
        }
        List<JsonNode> cases = new ArrayList<>();
        for (Path file : files) {
            for (String line : Files.readAllLines(file)) {
                if (!line.isBlank()) {
                    cases.add(JSON.readTree(line));
                }
            }
        }
        return cases;
    }

    /**
     * How a text is read otherwise than expected.
     *
     * @param besideCalls what of content beside calls is compared
     */
    private static Optional<String> difference(JsonNode one, UnaryOperator<String> besideCalls) {
        String text = one.get("text").asText();
        Answer answer = read(one, text);
        JsonNode expect = one.get("expect");
        String id = one.get("id").asText();
        String content = expect.path("content").asText("");
        JsonNode calls = expect.path("tool_calls");
        boolean same =
                calls.isEmpty()
                        ? content.equals(answer.content)
                        : besideCalls.apply(content).equals(besideCalls.apply(answer.content));
        same &= expect.path("reasoning").asText("").strip().equals(answer.reasoning.strip());
        same &= calls.size() == answer.calls.size();
        for (int i = 0; same && i < calls.size(); i++) {
            same =
                    calls.get(i).get("name").asText().equals(answer.calls.get(i).name)
                            && sameArguments(
                                    calls.get(i).path("arguments"), answer.calls.get(i).arguments);
        }
        same &= expect.path("finish_reason").asText().equals(answer.finishReason);
        return same ? Optional.empty() : Optional.of(id + ": " + answer + ", not " + expect);
    }

    private static boolean sameArguments(JsonNode expected, String arguments) {
        if (expected.isTextual() && expected.asText().equals(arguments)) {
            return true;
        }
        try {
            JsonNode object = expected.isTextual() ? JSON.readTree(expected.asText()) : expected;
            return object.equals(JSON.readTree(arguments));
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private static ToolSchemas tools(JsonNode one) {
        return ToolSchemas.of(JSON.convertValue(one.get("tools"), TOOLS));
    }

    /** The one of the case's parsers that a table has. */
    private static <T> Optional<T> parser(JsonNode one, Map<String, T> byName) {
        return Stream.of("parser", "second_parser")
                .map(field -> byName.get(one.path(field).asText()))
                .filter(Objects::nonNull)
                .findFirst();
    }

    private static Answer read(JsonNode one, String... pieces) {
        Heard reading = new Heard();
        Optional<ToolUse> use =
                parser(one, ToolCallFormat.byName())
                        .map(
                                format ->
                                        new ToolUse(
                                                new ToolUse.Way.Free(format),
                                                tools(one),
                                                true,
                                                false));
        boolean open = one.path("thinking_prefilled").asBoolean();
        Optional<Reading.Thoughts> thoughts =
                parser(one, ReasoningFormat.byName())
                        .map(format -> new Reading.Thoughts(format, open, true));
        assertTrue(use.isPresent() || thoughts.isPresent(), () -> "no parser of " + one);
        ChoiceReader reader = new ChoiceReader(new Reading(thoughts, use), reading);
        for (String piece : pieces) {
            reader.feed(piece);
        }
        reader.finish();
        boolean cut = one.at("/expect/finish_reason").asText().equals("length");
        return reading.answer(cut ? FinishReason.LENGTH : FinishReason.STOP);
    }

    private static boolean sameAtEverySplit(JsonNode one, int maxSplits) {
        String text = one.get("text").asText();
        Answer whole = read(one, text);
        if (!read(one, text.split("")).equals(whole)) {
            return false;
        }
        int stride = 1 + text.length() / maxSplits;
        for (int i = 1; i < text.length(); i += stride) {
            if (!read(one, text.substring(0, i), text.substring(i)).equals(whole)) {
                return false;
            }
        }
        return true;
    }

    private static boolean sameInPieces(JsonNode one, Random random) {
        String text = one.get("text").asText();
        List<String> pieces = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int end = Math.min(text.length(), at + 1 + random.nextInt(20));
            pieces.add(text.substring(at, end));
            at = end;
        }
        return read(one, pieces.toArray(String[]::new)).equals(read(one, text));
    }
}
