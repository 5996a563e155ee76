package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import quire.chat.Reading;
import quire.generation.GenerationRequest;
import quire.rest.GenerationPlan.Streaming;
import quire.sampling.SamplingParams;
import quire.sequence.StopReason;
import quire.tokenizer.Tokenizer;

class ChunkFormatTest {

    private static final String CHAT_HEAD =
            "data: {\"id\":\"x-1\",\"object\":\"chat.completion.chunk\","
                    + "\"created\":1700000000,\"model\":\"m/\\\"q\\\"\",\"choices\":[";
    private static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("models/quire-demo"));
    static final LogprobFormat LOGPROBS =
            new LogprobFormat(TOKENIZER, true, false, OptionalInt.of(2), OptionalInt.empty());
    private static final TokenUsage USAGE = new TokenUsage(3, 5, 2);

    static GenerationPlan plan(Streaming streaming, int choices) {
        GenerationRequest request =
                new GenerationRequest("x-1", new int[] {1, 2, 3}, SamplingParams.greedy(16));
        return new GenerationPlan(
                "x-1",
                "m/\"q\"",
                1_700_000_000,
                List.of(request),
                choices,
                streaming,
                Reading.PLAIN,
                LOGPROBS,
                Optional.empty(),
                "");
    }

    private static ChunkFormat chat(Streaming streaming) {
        return new ChunkFormat(ChunkFormat.Kind.CHAT, plan(streaming, 1));
    }

    private static String string(JsonBuffer buffer) {
        return new String(buffer.take(), StandardCharsets.UTF_8);
    }

    @Test
    void chatBeginsWithTheRole() {
        JsonBuffer out = new JsonBuffer();
        chat(Streaming.ON).open(out, 0, USAGE);
        assertEquals(
                CHAT_HEAD
                        + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
                        + "\"logprobs\":null,\"finish_reason\":null}]}\n\n",
                string(out));
    }

    @Test
    void chatChunkCarriesTheText() {
        JsonBuffer out = new JsonBuffer();
        chat(Streaming.ON).text(out, 12, "Hé\n", USAGE);
        assertEquals(
                CHAT_HEAD
                        + "{\"index\":12,\"delta\":{\"content\":\"Hé\\n\"},"
                        + "\"logprobs\":null,\"finish_reason\":null}]}\n\n",
                string(out));
    }

    @Test
    void callBeginsWithItsNameAndGoesOnWithArgumentsAlone() {
        JsonBuffer out = new JsonBuffer();
        chat(Streaming.ON).call(out, 0, 2, "call_1", "get\"x", USAGE);
        assertEquals(
                CHAT_HEAD
                        + "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":2,\"id\":\"call_1\","
                        + "\"type\":\"function\",\"function\":{\"name\":\"get\\\"x\",\"arguments\":\"\"}}]},"
                        + "\"logprobs\":null,\"finish_reason\":null}]}\n\n",
                string(out));
        chat(Streaming.ON).arguments(out, 0, 2, "{\"a\"", USAGE);
        assertEquals(
                CHAT_HEAD
                        + "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":2,"
                        + "\"function\":{\"arguments\":\"{\\\"a\\\"\"}}]},"
                        + "\"logprobs\":null,\"finish_reason\":null}]}\n\n",
                string(out));
    }

    @Test
    void lastChatChunkSaysWhyItEnded() {
        JsonBuffer out = new JsonBuffer();
        chat(Streaming.ON).last(out, 0, "", "stop", Optional.empty(), USAGE);
        assertEquals(
                CHAT_HEAD
                        + "{\"index\":0,\"delta\":{},\"logprobs\":null,"
                        + "\"finish_reason\":\"stop\",\"stop_reason\":null}]}\n\n",
                string(out));
        chat(Streaming.ON)
                .last(out, 0, "z", "length", Optional.of(new StopReason.Text("\"end\"")), USAGE);
        assertEquals(
                CHAT_HEAD
                        + "{\"index\":0,\"delta\":{\"content\":\"z\"},\"logprobs\":null,"
                        + "\"finish_reason\":\"length\",\"stop_reason\":\"\\\"end\\\"\"}]}\n\n",
                string(out));
    }

    @Test
    void completionChunksCarryText() {
        ChunkFormat format = new ChunkFormat(ChunkFormat.Kind.COMPLETION, plan(Streaming.ON, 1));
        String head = CHAT_HEAD.replace("chat.completion.chunk", "text_completion");
        JsonBuffer out = new JsonBuffer();
        format.open(out, 0, USAGE);
        assertEquals("", string(out));
        format.text(out, 0, "Hi", USAGE);
        assertEquals(
                head
                        + "{\"index\":0,\"text\":\"Hi\",\"logprobs\":null,\"finish_reason\":null}]}\n\n",
                string(out));
        format.last(out, 0, "", "stop", Optional.of(new StopReason.Token(42)), USAGE);
        assertEquals(
                head
                        + "{\"index\":0,\"text\":\"\",\"logprobs\":null,\"finish_reason\":\"stop\","
                        + "\"stop_reason\":42}]}\n\n",
                string(out));
    }

    @Test
    void streamEndsWithDone() {
        JsonBuffer out = new JsonBuffer();
        chat(Streaming.ON).end(out, USAGE);
        assertEquals("data: [DONE]\n\n", string(out));
    }

    @Test
    void usageComesInALastChunkWithoutChoices() {
        ChunkFormat format = chat(Streaming.WITH_USAGE);
        JsonBuffer out = new JsonBuffer();
        format.text(out, 0, "a", USAGE);
        assertEquals(
                CHAT_HEAD
                        + "{\"index\":0,\"delta\":{\"content\":\"a\"},\"logprobs\":null,"
                        + "\"finish_reason\":null}],\"usage\":null}\n\n",
                string(out));
        format.end(out, USAGE);
        assertEquals(
                CHAT_HEAD
                        + "],\"usage\":{\"prompt_tokens\":3,\"total_tokens\":8,"
                        + "\"completion_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":2}}}\n\n"
                        + "data: [DONE]\n\n",
                string(out));
    }

    @Test
    void continuousUsageComesInEveryChunk() {
        JsonBuffer out = new JsonBuffer();
        chat(Streaming.WITH_CONTINUOUS_USAGE).text(out, 0, "a", new TokenUsage(3, 1, 0));
        assertEquals(
                CHAT_HEAD
                        + "{\"index\":0,\"delta\":{\"content\":\"a\"},\"logprobs\":null,"
                        + "\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":3,\"total_tokens\":4,"
                        + "\"completion_tokens\":1}}\n\n",
                string(out));
    }

    @Test
    void errorIsAnEventOfItsOwn() {
        JsonBuffer out = new JsonBuffer();
        ChunkFormat.error(out, ApiProblem.internal());
        assertEquals(
                "data: {\"error\":{\"message\":\"The server failed at this request; its log says"
                        + " why.\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n",
                string(out));
    }
}
