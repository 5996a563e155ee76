package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import quire.chat.Reading;
import quire.chat.ToolUse;
import quire.generation.GenerationOutput;
import quire.generation.GenerationRequest;
import quire.reasoning.ReasoningFormat;
import quire.sampling.SamplingParams;
import quire.sequence.FinishReason;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolSchemas;

class ChoiceChunksTest {

    private static final String CALL =
            "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1}}</tool_call>";

    private static Reading reading(boolean thoughtsShown, boolean parallel) {
        return new Reading(
                Optional.of(new Reading.Thoughts(ReasoningFormat.QWEN3, true, thoughtsShown)),
                Optional.of(
                        new ToolUse(
                                new ToolUse.Way.Free(ToolCallFormat.HERMES),
                                new ToolSchemas(Map.of()),
                                parallel,
                                false)));
    }

    /** The deltas of what was said, and the reason of its end. */
    private static List<String> deltas(Reading reading, FinishReason reason, String... pieces)
            throws IOException {
        GenerationPlan plan =
                new GenerationPlan(
                        "x",
                        "m",
                        1,
                        List.of(
                                new GenerationRequest(
                                        "x", new int[] {1}, SamplingParams.greedy(16))),
                        1,
                        GenerationPlan.Streaming.ON,
                        reading,
                        ChunkFormatTest.LOGPROBS,
                        Optional.empty(),
                        "");
        JsonBuffer out = new JsonBuffer();
        ChoiceChunks chunks =
                new ChoiceChunks(plan, new ChunkFormat(ChunkFormat.Kind.CHAT, plan), out, 0);
        for (int i = 0; i < pieces.length; i++) {
            Optional<FinishReason> end =
                    i == pieces.length - 1 ? Optional.of(reason) : Optional.empty();
            chunks.write(
                    new GenerationOutput(
                            0,
                            pieces[i],
                            i + 1,
                            end,
                            Optional.empty(),
                            new int[0],
                            List.of(),
                            List.of()));
        }
        List<String> deltas = new ArrayList<>();
        String text = new String(out.take(), StandardCharsets.UTF_8);
        for (String event : text.split("\n\n")) {
            JsonNode choice =
                    new ObjectMapper()
                            .readTree(event.substring("data: ".length()))
                            .at("/choices/0");
            deltas.add(
                    choice.get("delta").toString().replaceAll("call_[0-9a-f]{24}", "ID")
                            + choice.get("finish_reason").asText("").replace("null", ""));
        }
        assertEquals("{\"role\":\"assistant\",\"content\":\"\"}", deltas.getFirst());
        return deltas.subList(1, deltas.size());
    }

    @Test
    void thoughtTextAndCallHaveTheirOwnDeltas() throws IOException {
        assertEquals(
                List.of(
                        "{\"reasoning\":\"Hm\",\"reasoning_content\":\"Hm\"}",
                        "{\"content\":\"So.\"}",
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"ID\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}",
                        "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\": 1}\"}}]}",
                        "{}tool_calls"),
                deltas(reading(true, true), FinishReason.STOP, "Hm\n", "</think>\n\nSo.\n", CALL));
    }

    @Test
    void thoughtThatIsNotWantedIsLeftOut() throws IOException {
        assertEquals(
                List.of("{\"content\":\"So.\"}", "{}stop"),
                deltas(reading(false, true), FinishReason.STOP, "Hm", "</think>So.", ""));
    }

    @Test
    void firstCallCountsWhereOneIsWanted() throws IOException {
        List<String> one =
                deltas(reading(true, false), FinishReason.STOP, "</think>", CALL + CALL, "");
        assertEquals(3, one.size(), one.toString());
        List<String> two =
                deltas(reading(true, true), FinishReason.STOP, "</think>", CALL + CALL, "");
        assertEquals(5, two.size(), two.toString());
        assertTrue(two.get(2).contains("\"index\":1"), two.get(2));
    }

    @Test
    void answerThatIsCutOffWithinACallEndsByItsLength() throws IOException {
        List<String> cut =
                deltas(
                        reading(true, true),
                        FinishReason.LENGTH,
                        "</think>",
                        CALL.substring(0, CALL.indexOf("1}}")));
        assertEquals("{}length", cut.getLast());
        assertEquals(3, cut.size());
    }

    @Test
    void heldBackTailIsToldAtTheEnd() throws IOException {
        assertEquals(
                List.of("{\"content\":\"a\"}", "{\"content\":\" <tool\"}", "{}stop"),
                deltas(reading(true, true), FinishReason.STOP, "</think>a <to", "ol"));
    }

    @Test
    void tokensOfThoughtsAreCountedToTheirEnd() {
        ThoughtTokens tokens =
                new ThoughtTokens(new Reading.Thoughts(ReasoningFormat.QWEN3, false, true));
        tokens.take("<think>", 1);
        tokens.take("Hm", 2);
        tokens.take("", 3);
        tokens.take("</think>", 4);
        tokens.take("So.", 5);
        assertEquals(4, tokens.count());
        ThoughtTokens none =
                new ThoughtTokens(new Reading.Thoughts(ReasoningFormat.QWEN3, false, true));
        none.take("So.", 1);
        assertEquals(0, none.count());
    }
}
