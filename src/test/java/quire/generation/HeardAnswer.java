package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import quire.error.InvalidRequestException;
import quire.error.QuireException;
import quire.sampling.TokenLogprobs;

/** A request and all that is heard of it. */
final class HeardAnswer implements GenerationListener {

    private static final int QUEUE = 100;

    private final GenerationRequest request;
    private final List<Said> choices = new ArrayList<>();
    private Optional<Generation> generation = Optional.empty();
    private Optional<QuireException> error = Optional.empty();
    private boolean cancelled;

    /** What is heard of a choice. */
    private static final class Said {
        private final StringBuilder text = new StringBuilder();
        private final List<Integer> tokenIds = new ArrayList<>();
        private final List<String> logprobs = new ArrayList<>();
        private final List<String> promptLogprobs = new ArrayList<>();
        private String end = "";
    }

    HeardAnswer(GenerationRequest request) {
        this.request = request;
        for (int i = 0; i < request.params().n(); i++) {
            choices.add(new Said());
        }
    }

    GenerationRequest request() {
        return request;
    }

    void submit(EngineLoop loop) {
        generation =
                Optional.of(loop.submit(List.of(new Submission(request, this)), QUEUE).getFirst());
    }

    void cancel() {
        if (generation.isPresent() && !hasEnded()) {
            cancelled = true;
            generation.get().cancel();
        }
    }

    boolean hasEnded() {
        return error.isPresent() || choices.stream().noneMatch(choice -> choice.end.isEmpty());
    }

    /** By choice. */
    List<String> texts() {
        return choices.stream().map(choice -> choice.text.toString()).toList();
    }

    boolean hasFailed() {
        return error.isPresent();
    }

    @Override
    public void onOutput(GenerationOutput output) {
        Said said = choices.get(output.choice());
        assertEquals("", said.end, "a word after the end of " + request.id());
        said.text.append(output.text());
        Arrays.stream(output.tokenIds()).forEach(said.tokenIds::add);
        output.logprobs().forEach(one -> said.logprobs.add(spelled(one)));
        output.promptLogprobs().forEach(one -> said.promptLogprobs.add(spelled(one)));
        assertEquals(output.numTokens(), said.tokenIds.size());
        if (output.finishReason().isPresent()) {
            said.end = output.finishReason() + " " + output.stopReason();
        }
    }

    /** To the last bit. */
    private static String spelled(TokenLogprobs one) {
        return one.tokenId()
                + " "
                + one.logprob()
                + " "
                + one.rank()
                + Arrays.toString(one.topIds())
                + Arrays.toString(one.topLogprobs());
    }

    @Override
    public void onError(QuireException theError) {
        assertTrue(!hasEnded(), "an error after the end of " + request.id());
        error = Optional.of(theError);
    }

    /** That this is what was heard of the same request, as far as it was heard. */
    void check(HeardAnswer alone) {
        assertTrue(cancelled || hasEnded(), "no answer");
        assertTrue(alone.hasEnded(), "no answer alone");
        error.ifPresent(HeardAnswer::checkMistake);
        alone.error.ifPresent(HeardAnswer::checkMistake);
        if (!cancelled) {
            assertEquals(alone.error.isPresent(), error.isPresent());
        }
        for (int i = 0; i < choices.size(); i++) {
            check(choices.get(i), alone.choices.get(i), "choice " + i);
        }
        if (!alone.hasFailed()) {
            alone.checkPrompt();
        }
    }

    /** Each choice tells what was asked of the prompt, which they have in common. */
    void checkPrompt() {
        int asked = request.params().promptLogprobs().isPresent() ? promptLength() : 0;
        for (Said choice : choices) {
            assertEquals(choices.getFirst().promptLogprobs, choice.promptLogprobs);
            assertEquals(asked, choice.promptLogprobs.size());
        }
    }

    private int promptLength() {
        return request.promptTokenIds().length;
    }

    /** Nothing goes wrong but what a request rules out by itself. */
    private static void checkMistake(QuireException error) {
        if (!(error instanceof InvalidRequestException)) {
            throw new AssertionError(error);
        }
    }

    private static void check(Said said, Said alone, String choice) {
        // Who was cancelled or fell with another choice has said less, on one side or the other.
        int same =
                said.end.isEmpty() || alone.end.isEmpty()
                        ? Math.min(said.tokenIds.size(), alone.tokenIds.size())
                        : Math.max(said.tokenIds.size(), alone.tokenIds.size());
        assertEquals(first(same, alone.tokenIds), first(same, said.tokenIds), choice);
        assertEquals(first(same, alone.logprobs), first(same, said.logprobs), choice);
        if (same > 0) {
            assertEquals(alone.promptLogprobs, said.promptLogprobs, choice);
        }
        if (!said.end.isEmpty() && !alone.end.isEmpty()) {
            assertEquals(alone.text.toString(), said.text.toString(), choice);
            assertEquals(alone.end, said.end, choice);
        }
    }

    private static <T> List<T> first(int count, List<T> all) {
        return all.subList(0, Math.min(count, all.size()));
    }
}
