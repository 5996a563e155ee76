package quire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import quire.chat.ChoiceReader;
import quire.chat.Reading;
import quire.chat.Said;
import quire.chat.Turn;
import quire.error.QuireException;
import quire.generation.Generation;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.sampling.TokenLogprobs;
import quire.sequence.StopReason;
import quire.tokenizer.Tokenizer;

/** Makes a completion of what the engine's thread says of a generation. */
final class GenerationCollector implements GenerationListener {

    /** What a choice has given so far. */
    private static final class Collected {

        private final StringBuilder text = new StringBuilder();
        private int[] tokenIds = new int[16];
        private final List<TokenLogprobs> logprobs = new ArrayList<>();
        private int numTokens;
        private GenerationOutput last;

        void add(int[] ids) {
            if (numTokens + ids.length > tokenIds.length) {
                int room = Math.max(2 * tokenIds.length, numTokens + ids.length);
                tokenIds = Arrays.copyOf(tokenIds, room);
            }
            System.arraycopy(ids, 0, tokenIds, numTokens, ids.length);
            numTokens += ids.length;
        }
    }

    private final RunningCompletion completion = new RunningCompletion();
    private final int[] promptTokenIds;
    private final Reading reading;
    private final Tokenizer tokenizer;
    private final Function<QuireException, Supplier<LLMException>> failures;
    private final List<Collected> choices = new ArrayList<>();

    /** Tells the text of the first choice from its thought and calls, where there may be any. */
    private final Optional<ChoiceReader> firstText;

    private List<TokenLogprobs> promptLogprobs = List.of();
    private int open;
    private volatile Generation generation;

    /** Null until somebody asks. */
    private Completion made;

    /**
     * @param promptTokenIds not modified
     * @param reading how choices are read
     * @param tokenizer for the texts of tokens whose likelihood is told
     * @param failures looks at the engine when something failed, and makes the exception later, on
     *     the stack of whoever asks
     */
    GenerationCollector(
            int[] promptTokenIds,
            int numChoices,
            Reading reading,
            Tokenizer tokenizer,
            Function<QuireException, Supplier<LLMException>> failures) {
        this.promptTokenIds = promptTokenIds;
        this.reading = reading;
        this.tokenizer = tokenizer;
        this.failures = failures;
        this.open = numChoices;
        this.firstText =
                reading.isPlain()
                        ? Optional.empty()
                        : Optional.of(new ChoiceReader(reading, new Growing()));
        for (int i = 0; i < numChoices; i++) {
            choices.add(new Collected());
        }
    }

    /** The generation is inside; from here on its handle may be given away. */
    PendingCompletion begin(Generation theGeneration) {
        generation = theGeneration;
        completion.onCancel(theGeneration::cancel);
        return completion;
    }

    @Override
    public void onOutput(GenerationOutput output) {
        Collected choice = choices.get(output.choice());
        choice.text.append(output.text());
        choice.add(output.tokenIds());
        choice.logprobs.addAll(output.logprobs());
        if (output.choice() == 0) {
            firstText.ifPresentOrElse(
                    reader -> reader.feed(output.text()), () -> completion.grow(output.text()));
        }
        if (!output.promptLogprobs().isEmpty()) {
            promptLogprobs = output.promptLogprobs();
        }
        if (output.finishReason().isPresent()) {
            choice.last = output;
            if (output.choice() == 0) {
                firstText.ifPresent(ChoiceReader::finish);
            }
            open--;
            if (open == 0) {
                completion.end(this::completion);
            }
        }
    }

    private Completion.Choice choice(Collected collected) {
        GenerationOutput last = collected.last;
        Said said = Said.of(collected.text.toString(), reading);
        return new Completion.Choice(
                said.content(),
                said.calls().stream().map(GenerationCollector::call).toList(),
                said.reasoning(),
                finishReason(last, said.endsByCalling()),
                last.stopReason().flatMap(GenerationCollector::stopString),
                stopTokenId(last.stopReason()),
                Arrays.copyOf(collected.tokenIds, collected.numTokens),
                collected.logprobs.stream().map(this::likelihood).toList());
    }

    private static ToolCall call(Turn.Call call) {
        return ToolCall.of(call.id(), call.name(), call.arguments());
    }

    private TokenLogprob likelihood(TokenLogprobs token) {
        List<TokenLogprob> top = new ArrayList<>(token.topIds().length);
        for (int i = 0; i < token.topIds().length; i++) {
            int id = token.topIds()[i];
            top.add(
                    TokenLogprob.of(
                            id, tokenizer.text(id), token.topLogprobs()[i], i + 1, List.of()));
        }
        String text = tokenizer.text(token.tokenId());
        return TokenLogprob.of(token.tokenId(), text, token.logprob(), token.rank(), top);
    }

    private static FinishReason finishReason(GenerationOutput output, boolean endsByCalling) {
        return switch (output.finishReason().orElseThrow()) {
            case STOP -> endsByCalling ? FinishReason.TOOL_CALLS : FinishReason.STOP;
            case LENGTH -> FinishReason.LENGTH;
            case ABORT, ERROR -> throw new IllegalStateException("these have no last output");
        };
    }

    private static Optional<String> stopString(StopReason reason) {
        return reason instanceof StopReason.Text(String text)
                ? Optional.of(text)
                : Optional.empty();
    }

    private static OptionalInt stopTokenId(Optional<StopReason> reason) {
        return reason.isPresent() && reason.get() instanceof StopReason.Token(int id)
                ? OptionalInt.of(id)
                : OptionalInt.empty();
    }

    /**
     * By whoever asks: the engine's thread may be here before {@link #begin}. Made once, so that
     * calls have the same names for all who ask.
     */
    private synchronized Completion completion() {
        if (made == null) {
            Generation done = generation;
            int numTokens = choices.stream().mapToInt(choice -> choice.numTokens).sum();
            made =
                    new Completion(
                            choices.stream().map(this::choice).toList(),
                            Completion.Usage.of(
                                    done.numPromptTokens(), done.numCachedTokens(), numTokens),
                            promptTokenIds,
                            promptLogprobs.stream()
                                    .filter(TokenLogprobs::isKnown)
                                    .map(this::likelihood)
                                    .toList());
        }
        return made;
    }

    @Override
    public void onError(QuireException error) {
        Supplier<LLMException> failure = failures.apply(error);
        completion.end(
                () -> {
                    throw failure.get();
                });
    }

    /** The first choice's thought and text, without its calls. */
    private final class Growing implements ChoiceReader.Listener {

        @Override
        public void reasoning(CharSequence text) {
            completion.growReasoning(text.toString());
        }

        @Override
        public void content(CharSequence text) {
            completion.grow(text.toString());
        }

        @Override
        public void begin(int index, String id, String name) {}

        @Override
        public void arguments(int index, CharSequence piece) {}
    }
}
