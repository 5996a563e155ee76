package quire.rest;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import quire.generation.GenerationOutput;
import quire.rest.GenerationPlan.Streaming;
import quire.sampling.TokenLogprobs;
import quire.sequence.StopReason;

/**
 * Writes server-sent events as OpenAI and vLLM do. What is the same in all chunks of an answer is
 * rendered once.
 */
final class ChunkFormat {

    /** Which of the two routes the chunks are for. */
    enum Kind {
        CHAT("chat.completion.chunk"),
        COMPLETION("text_completion");

        private final String object;

        Kind(String object) {
            this.object = object;
        }
    }

    private static final byte[] DONE = ascii("data: [DONE]\n\n");
    private static final byte[] COMMENT = ascii(": \n\n");
    private static final byte[] INDEX = ascii("{\"index\":");
    private static final byte[] TEXT = ascii(",\"text\":");
    private static final byte[] ROLE =
            ascii(",\"delta\":{\"role\":\"assistant\",\"content\":\"\"}");
    private static final byte[] CONTENT = ascii(",\"delta\":{\"content\":");
    private static final byte[] REASONING = ascii(",\"delta\":{\"reasoning\":");
    private static final byte[] CALL = ascii(",\"delta\":{\"tool_calls\":[{\"index\":");
    private static final byte[] NO_DELTA = ascii(",\"delta\":{}");
    private static final byte[] UNFINISHED = ascii(",\"logprobs\":null,\"finish_reason\":null}]");
    private static final byte[] PROMPT_TOKEN_IDS = ascii(",\"prompt_token_ids\":");
    private static final byte[] TOKEN_IDS = ascii(",\"token_ids\":");
    private static final int[] NO_IDS = {};

    private final Kind kind;
    private final Streaming streaming;
    private final LogprobFormat logprobs;

    /** Characters of each choice that were written with their tokens. */
    private final int[] offsets;

    private final byte[] head;
    private final GenerationPlan plan;

    /** Choices whose prompt's tokens a chunk has told. */
    private final boolean[] promptTold;

    private List<TokenLogprobs> carried = List.of();
    private int[] carriedIds = NO_IDS;

    ChunkFormat(Kind kind, GenerationPlan plan) {
        this.kind = kind;
        this.streaming = plan.streaming();
        this.plan = plan;
        this.promptTold = new boolean[plan.numChoices()];
        this.logprobs = plan.logprobs();
        this.offsets = new int[plan.numChoices()];
        this.head =
                new JsonBuffer()
                        .raw("data: {\"id\":")
                        .string(plan.id())
                        .raw(",\"object\":")
                        .string(kind.object)
                        .raw(",\"created\":")
                        .number(plan.created())
                        .raw(",\"model\":")
                        .string(plan.model())
                        .raw(",\"choices\":[")
                        .take();
    }

    /** The chunk that opens a choice; a completion has none. */
    void open(JsonBuffer out, int choice, TokenUsage usage) {
        if (kind == Kind.CHAT) {
            out.raw(head).raw(INDEX).number(choice).raw(ROLE).raw(UNFINISHED);
            promptIds(out, choice);
            close(out, usage);
        }
    }

    /** What the tokens behind the next chunk of a choice give, which it carries. */
    void carry(GenerationOutput tokens) {
        carried = tokens.logprobs();
        carriedIds = tokens.tokenIds();
    }

    /** Whether there is something that no chunk has carried yet. */
    boolean carries() {
        return !carried.isEmpty() || carriedIds.length > 0;
    }

    /** More text of a choice. */
    void text(JsonBuffer out, int choice, CharSequence text, TokenUsage usage) {
        piece(out, choice, text);
        unfinished(out, choice);
        close(out, usage);
    }

    /** More of a choice's thought, under the name of today and the one of before. */
    void reasoning(JsonBuffer out, int choice, CharSequence text, TokenUsage usage) {
        out.raw(head).raw(INDEX).number(choice).raw(REASONING).string(text);
        out.raw(",\"reasoning_content\":").string(text).raw("}");
        unfinished(out, choice);
        close(out, usage);
    }

    /** The beginning of a call; its arguments follow. */
    void call(JsonBuffer out, int choice, int index, String id, String name, TokenUsage usage) {
        out.raw(head).raw(INDEX).number(choice).raw(CALL).number(index);
        out.raw(",\"id\":").string(id).raw(",\"type\":\"function\",\"function\":{\"name\":");
        out.string(name).raw(",\"arguments\":\"\"}}]}");
        unfinished(out, choice);
        close(out, usage);
    }

    /** More of a call's arguments. */
    void arguments(JsonBuffer out, int choice, int index, CharSequence piece, TokenUsage usage) {
        out.raw(head).raw(INDEX).number(choice).raw(CALL).number(index);
        out.raw(",\"function\":{\"arguments\":").string(piece).raw("}}]}");
        unfinished(out, choice);
        close(out, usage);
    }

    /** The last text of a choice, maybe none, and why it ended. */
    void last(
            JsonBuffer out,
            int choice,
            CharSequence text,
            String reason,
            Optional<StopReason> stopReason,
            TokenUsage usage) {
        if (text.isEmpty() && kind == Kind.CHAT) {
            out.raw(head).raw(INDEX).number(choice).raw(NO_DELTA);
        } else {
            piece(out, choice, text);
        }
        tokens(out, choice);
        out.raw(",\"finish_reason\":").string(reason).raw(",\"stop_reason\":");
        switch (stopReason.orElse(null)) {
            case null -> out.raw("null");
            case StopReason.Token token -> out.number(token.id());
            case StopReason.Text stop -> out.string(stop.text());
        }
        out.raw("}]");
        close(out, usage);
    }

    /** What follows the last choice: the usage, where it was asked for, and the end. */
    void end(JsonBuffer out, TokenUsage usage) {
        if (streaming == Streaming.WITH_USAGE || streaming == Streaming.WITH_CONTINUOUS_USAGE) {
            out.raw(head).raw("]");
            usage(out, usage);
            out.raw(",\"prompt_tokens_details\":{\"cached_tokens\":")
                    .number(usage.numCachedTokens())
                    .raw("}");
            if (usage.numReasoningTokens().isPresent()) {
                out.raw(",\"completion_tokens_details\":{\"reasoning_tokens\":")
                        .number(usage.numReasoningTokens().getAsInt())
                        .raw("}");
            }
            out.raw("}}\n\n");
        }
        out.raw(DONE);
    }

    /** A line that readers of events skip; a sign of life. */
    static void comment(JsonBuffer out) {
        out.raw(COMMENT);
    }

    /** An error after the stream has begun, its last event. */
    static void error(JsonBuffer out, ApiProblem problem) {
        out.raw("data: ");
        problem.writeTo(out);
        out.raw("\n\n");
    }

    private void unfinished(JsonBuffer out, int choice) {
        tokens(out, choice);
        out.raw(",\"finish_reason\":null}]");
    }

    /** What is told of the tokens that the chunk carries. */
    private void tokens(JsonBuffer out, int choice) {
        logprobs(out, choice);
        if (plan.tellsTokenIds()) {
            if (kind == Kind.COMPLETION) {
                promptIds(out, choice);
            }
            out.raw(TOKEN_IDS).numbers(carriedIds);
            carriedIds = NO_IDS;
        }
    }

    /** Once for each choice: the client sees them in its first chunk. */
    private void promptIds(JsonBuffer out, int choice) {
        if (plan.tellsTokenIds() && !promptTold[choice]) {
            promptTold[choice] = true;
            out.raw(PROMPT_TOKEN_IDS).numbers(plan.promptTokenIds(choice));
        }
    }

    private void logprobs(JsonBuffer out, int choice) {
        List<TokenLogprobs> tokens = carried;
        carried = List.of();
        out.raw(",\"logprobs\":");
        if (tokens.isEmpty()) {
            out.raw("null");
            return;
        }
        switch (kind) {
            case CHAT -> new LogprobWriter(out).chat(logprobs.chat(tokens));
            case COMPLETION -> {
                new LogprobWriter(out).completion(logprobs.completion(tokens, offsets[choice]));
                offsets[choice] += logprobs.characters(tokens);
            }
        }
    }

    private void piece(JsonBuffer out, int choice, CharSequence text) {
        out.raw(head).raw(INDEX).number(choice);
        if (kind == Kind.CHAT) {
            out.raw(CONTENT).string(text).raw("}");
        } else {
            out.raw(TEXT).string(text);
        }
    }

    private void close(JsonBuffer out, TokenUsage usage) {
        switch (streaming) {
            case OFF, ON -> {}
            case WITH_USAGE -> out.raw(",\"usage\":null");
            case WITH_CONTINUOUS_USAGE -> {
                usage(out, usage);
                out.raw("}");
            }
        }
        out.raw("}\n\n");
    }

    /** Leaves the object open. */
    private static void usage(JsonBuffer out, TokenUsage usage) {
        out.raw(",\"usage\":{\"prompt_tokens\":")
                .number(usage.numPromptTokens())
                .raw(",\"total_tokens\":")
                .number(usage.numPromptTokens() + usage.numCompletionTokens())
                .raw(",\"completion_tokens\":")
                .number(usage.numCompletionTokens());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
