package quire.rest;

import java.util.Optional;
import quire.chat.ChoiceReader;
import quire.generation.GenerationOutput;
import quire.sequence.FinishReason;
import quire.sequence.StopReason;

/** Writes what one choice of a stream says as chunks. */
final class ChoiceChunks implements ChoiceReader.Listener {

    private final ChunkFormat format;
    private final JsonBuffer out;
    private final int choice;
    private final int numPromptTokens;
    private final String begun;
    private final Optional<ChoiceReader> reader;
    private TokenUsage usage;
    private boolean opened;

    /**
     * @param out where chunks are written to; not owned
     * @param choice place in the answer
     */
    ChoiceChunks(GenerationPlan plan, ChunkFormat format, JsonBuffer out, int choice) {
        this.format = format;
        this.out = out;
        this.choice = choice;
        this.numPromptTokens = plan.numPromptTokens(choice / plan.choicesPerPrompt());
        this.begun = plan.begun();
        this.reader =
                plan.reading().isPlain()
                        ? Optional.empty()
                        : Optional.of(new ChoiceReader(plan.reading(), this));
    }

    /**
     * Writes what came; nothing where it says nothing yet.
     *
     * @param output says with its finish reason that it is the last
     */
    void write(GenerationOutput output) {
        String text = output.text();
        Optional<FinishReason> finishReason = output.finishReason();
        Optional<StopReason> stopReason = output.stopReason();
        usage = new TokenUsage(numPromptTokens, output.numTokens(), 0);
        if (!opened) {
            opened = true;
            TokenUsage none = new TokenUsage(numPromptTokens, 0, 0);
            format.open(out, choice, none);
            if (!begun.isEmpty()) {
                format.text(out, choice, begun, none);
            }
        }
        format.carry(output);
        if (reader.isPresent()) {
            reader.get().feed(text);
            if (finishReason.isPresent()) {
                reader.get().finish();
                String reason =
                        WholeAnswer.finishReason(finishReason.get(), reader.get().endsByCalling());
                format.last(out, choice, "", reason, stopReason, usage);
            }
        } else if (finishReason.isPresent()) {
            format.last(out, choice, text, finishReason.get().wireName(), stopReason, usage);
        } else if (!text.isEmpty()) {
            content(text);
        }
        if (format.carries()) {
            // The text of these tokens is still held back.
            content("");
        }
    }

    @Override
    public void reasoning(CharSequence text) {
        format.reasoning(out, choice, text, usage);
    }

    @Override
    public void content(CharSequence text) {
        format.text(out, choice, text, usage);
    }

    @Override
    public void begin(int index, String id, String name) {
        format.call(out, choice, index, id, name, usage);
    }

    @Override
    public void arguments(int index, CharSequence piece) {
        format.arguments(out, choice, index, piece, usage);
    }
}
