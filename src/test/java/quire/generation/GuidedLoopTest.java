package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.generation.HeldLoop.VOCABULARY;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.InvalidRequestException;
import quire.error.UnavailableException;
import quire.generation.HeldLoop.Heard;
import quire.grammar.CompiledGrammar;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.Regex;
import quire.grammar.Vocabulary;
import quire.grammar.constraint.Constraint;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.sequence.FinishReason;
import quire.sequence.StopReason;

/** Answers with a form: from the constraint to the text, over a runner in the test's hand. */
@ParameterizedClass(name = "steps in flight: {0}")
@ValueSource(ints = {1, 3})
class GuidedLoopTest {

    private static final int EOS = 2;
    private static final byte[][] BYTES = HeldGrammars.bytes(HeldLoop.TOKENIZER, VOCABULARY);

    private final CountDownLatch compile = new CountDownLatch(1);
    private final CountDownLatch compiling = new CountDownLatch(1);
    private final Forced forced = new Forced();
    private final ThreadPoolExecutor movers =
            (ThreadPoolExecutor) Grammars.pool("test-grammar-", 2, new LinkedBlockingQueue<>());
    private final HeldLoop held;

    /** Counts tokens that were forced. */
    private static final class Forced implements EngineObserver {
        private volatile int count;

        @Override
        public void tokensForced(int more) {
            count += more;
        }
    }

    GuidedLoopTest(int depth) {
        held = held(depth, Duration.ofMinutes(5), Long.MAX_VALUE);
    }

    private HeldLoop held(int depth, Duration compileTime, long workNanos) {
        Grammars grammars =
                new Grammars(
                        this::compile,
                        new Grammars.Limits(
                                1 << 20,
                                compileTime,
                                new GrammarGuide.Patience(1_000_000_000, 1_000_000_000, workNanos)),
                        Grammars.pool("test-compiler-", 2, new LinkedBlockingQueue<>()),
                        movers);
        return new HeldLoop(forced, depth, Duration.ofMinutes(5), Optional.of(grammars));
    }

    /**
     * Choices and patterns are what they are; a text waits for the test, a tag is a mistake, and
     * JSON has a character that no token has.
     */
    private Compiled compile(Constraint constraint) {
        if (constraint instanceof Constraint.StructuralTag) {
            throw new GrammarException("a mistake", "offset 1");
        }
        if (constraint instanceof Constraint.Text) {
            compiling.countDown();
            try {
                compile.await();
            } catch (InterruptedException e) {
                throw new GrammarException("interrupted");
            }
        }
        if (constraint instanceof Constraint.JsonObject) {
            byte[][] without = BYTES.clone();
            Arrays.setAll(without, id -> isLetters(BYTES[id]) ? BYTES[id] : null);
            return compiled(Grammar.of(Regex.literal("ab{")), without);
        }
        Grammar grammar =
                constraint instanceof Constraint.Text
                        ? Grammar.of(Regex.literal("abc"))
                        : constraint.toGrammar(Map.of());
        return compiled(grammar, BYTES);
    }

    private static Compiled compiled(Grammar grammar, byte[][] bytes) {
        return new Compiled(
                CompiledGrammar.compile(grammar, Vocabulary.of(bytes, new int[] {EOS})),
                new ForcedTokens(HeldLoop.TOKENIZER, bytes));
    }

    private static boolean isLetters(byte[] token) {
        return token != null && new String(token, StandardCharsets.UTF_8).matches("[a-z]+");
    }

    @AfterEach
    void close() {
        held.close();
    }

    private Heard start(Constraint constraint, SamplingParamsBuilder params, int... after) {
        Heard heard = new Heard(params.build().n());
        submit(constraint, params, heard, after);
        return heard;
    }

    private Generation submit(
            Constraint constraint, SamplingParamsBuilder params, Heard heard, int... after) {
        return held.submit(request(constraint, params, after), heard, 10);
    }

    private static GenerationRequest request(
            Constraint constraint, SamplingParamsBuilder params, int... after) {
        return new GenerationRequest(
                "test",
                new int[] {5, 6, 7},
                params.temperature(0).build(),
                0,
                Optional.empty(),
                GenerationRequest.Display.TEXT,
                Optional.of(new AnswerForm("form", constraint, after)));
    }

    private static SamplingParamsBuilder tokens(int maxTokens) {
        return SamplingParams.builder().maxTokens(maxTokens);
    }

    private static Constraint oneOf(String... texts) {
        return new Constraint.Choice(List.of(texts));
    }

    private static GenerationOutput last(Heard heard) {
        return heard.outputs.getLast();
    }

    @Test
    void whatIsForcedNeedsNoStepEach() throws Exception {
        held.leave.release(1000);
        Heard heard = start(oneOf("{\"colour\": \"red\"}"), tokens(40)).await();
        assertEquals("{\"colour\": \"red\"}", heard.text.toString());
        assertEquals(Optional.of(FinishReason.STOP), last(heard).finishReason());
        assertEquals(Optional.empty(), last(heard).stopReason());
        int length = HeldLoop.TOKENIZER.encode("{\"colour\": \"red\"}", false).length;
        assertEquals(length, last(heard).numTokens());
        assertEquals(length, forced.count);
        assertEquals(0, held.loop.numSteps(), "all of it is forced");
    }

    @Test
    void whatIsFreeIsSampledWithinTheGrammar() throws Exception {
        held.leave.release(1000);
        Constraint pattern = new Constraint.Pattern("name: [a-c]{4}, end");
        Heard heard = start(pattern, tokens(40)).await();
        assertTrue(heard.text.toString().matches("name: [a-c]{4}, end"), heard.text.toString());
        assertEquals(Optional.of(FinishReason.STOP), last(heard).finishReason());
        assertTrue(forced.count > 0 && forced.count < last(heard).numTokens());
        assertTrue(held.loop.numSteps() <= last(heard).numTokens() - forced.count + 2);
        held.awaitNothingHeld();
    }

    @Test
    void withLogprobsEveryTokenIsSampled() throws Exception {
        held.leave.release(1000);
        Heard heard = start(oneOf("abcab"), tokens(40).logprobs(0)).await();
        assertEquals("abcab", heard.text.toString());
        assertEquals(0, forced.count);
        int sum = heard.outputs.stream().mapToInt(output -> output.logprobs().size()).sum();
        assertEquals(last(heard).numTokens(), sum);
    }

    @Test
    void everyChoiceGoesItsOwnWay() throws Exception {
        held.leave.release(1000);
        Heard heard = start(new Constraint.Pattern("x[ab]{3}y"), tokens(40).n(3)).await();
        List<GenerationOutput> ends =
                heard.outputs.stream().filter(one -> one.finishReason().isPresent()).toList();
        assertEquals(3, ends.size());
        assertTrue(heard.error.isEmpty());
    }

    @Test
    void stopStringsAndLengthsEndForcedTextToo() throws Exception {
        held.leave.release(1000);
        String text = "{\"colour\": \"red\", \"size\": \"large\"}";
        Heard stopped = start(oneOf(text), tokens(40).stop("red")).await();
        assertEquals("{\"colour\": \"", stopped.text.toString());
        assertEquals(Optional.of(FinishReason.STOP), last(stopped).finishReason());
        assertEquals(Optional.of(new StopReason.Text("red")), last(stopped).stopReason());
        Heard cut = start(oneOf(text), tokens(3)).await();
        assertEquals(3, last(cut).numTokens());
        assertEquals(Optional.of(FinishReason.LENGTH), last(cut).finishReason());
        assertTrue(text.startsWith(cut.text.toString()));
    }

    @Test
    void completeGrammarEndsBeforeTheLeastNumberOfTokens() throws Exception {
        held.leave.release(1000);
        Heard heard = start(oneOf("ab"), tokens(40).minTokens(30).ignoreEos(true)).await();
        assertEquals("ab", heard.text.toString());
        assertEquals(Optional.of(FinishReason.STOP), last(heard).finishReason());
    }

    @Test
    void grammarBeginsBehindTheThought() throws Exception {
        int letter = HeldLoop.LETTER;
        held.leave.release(1000);
        // Three tokens of a thought that ends with two of them.
        Heard heard = start(oneOf(" done"), tokens(40), letter, letter).await();
        String thought = HeldLoop.TOKENIZER.text(letter).repeat(2);
        assertEquals(thought + " done", heard.text.toString());
    }

    @Test
    void othersAreAnsweredWhileAGrammarIsCompiled() throws Exception {
        held.leave.release(1000);
        Heard waiting = start(new Constraint.Text("slow"), tokens(9));
        assertTrue(compiling.await(20, TimeUnit.SECONDS));
        held.start(HeldLoop.tokens(3).ignoreEos(true)).await();
        Heard quick = start(oneOf("ab"), tokens(9)).await();
        assertEquals("ab", quick.text.toString());
        assertEquals(1, held.loop.numInside());
        assertTrue(waiting.outputs.isEmpty());
        compile.countDown();
        assertEquals("abc", waiting.await().text.toString());
    }

    @Test
    void whoIsCancelledWhileItsGrammarIsCompiledHearsNothing() throws Exception {
        Heard heard = new Heard(1);
        Generation generation = submit(new Constraint.Text("slow"), tokens(9), heard);
        assertTrue(compiling.await(20, TimeUnit.SECONDS));
        generation.cancel();
        held.settle();
        assertEquals(0, held.loop.numInside());
        compile.countDown();
        held.leave.release(1000);
        assertEquals("ab", start(oneOf("ab"), tokens(9)).await().text.toString());
        held.settle();
        assertTrue(heard.outputs.isEmpty() && heard.error.isEmpty());
    }

    /** Pieces of work so far: one that is just ending would be counted twice. */
    private long numPieces() {
        while (movers.getActiveCount() > 0) {
            Thread.onSpinWait();
        }
        return movers.getTaskCount();
    }

    @Test
    void whoseWorkTakesLongHoldsUpNobodyElses() throws Exception {
        String text = "a{9}b";
        try (HeldLoop strict = held(1, Duration.ofMinutes(5), -1)) {
            strict.leave.release(1000);
            Heard heard = new Heard(1);
            strict.submit(request(new Constraint.Pattern(text), tokens(40).logprobs(0)), heard, 10);
            assertEquals("aaaaaaaaab", heard.await().text.toString());
            assertTrue(last(heard).numTokens() > 2);
            assertEquals(1, numPieces(), "the first piece of work alone");
        }
    }

    @Test
    void whatIsKnownFromBeforeIsNotHandedToAnotherThread() throws Exception {
        held.leave.release(1000);
        Constraint pattern = new Constraint.Pattern("name: [a-c]{4}, end [xy]{3}!");
        String text = start(pattern, tokens(40)).await().text.toString();
        long first = numPieces();
        assertTrue(first > 3, first + " pieces of work");
        assertEquals(text, start(pattern, tokens(40)).await().text.toString());
        assertEquals(first + 1, numPieces(), "its beginning alone");
    }

    @Test
    void mistakeIsTheRequestsAndNobodyElses() throws Exception {
        held.leave.release(1000);
        Heard wrong = start(new Constraint.StructuralTag("?"), tokens(9)).await();
        InvalidRequestException error =
                assertInstanceOf(InvalidRequestException.class, wrong.error.orElseThrow());
        assertEquals("form", error.param());
        assertEquals("'form' cannot be kept: a mistake (at offset 1)", error.getMessage());
        assertEquals("ab", start(oneOf("ab"), tokens(9)).await().text.toString());
        assertEquals(0, held.loop.numInside());
    }

    @Test
    void whatTakesTooLongIsRefused() throws Exception {
        Heard slow = new Heard(1);
        try (HeldLoop hasty = held(1, Duration.ofMillis(20), Long.MAX_VALUE)) {
            hasty.submit(request(new Constraint.Text("slow"), tokens(9)), slow, 10);
            slow.await();
        }
        InvalidRequestException error =
                assertInstanceOf(InvalidRequestException.class, slow.error.orElseThrow());
        assertTrue(error.getMessage().contains("within 20 ms"), error.getMessage());
    }

    @Test
    void grammarThatTheModelCannotWriteEndsItsAnswerAlone() throws Exception {
        held.leave.release(1000);
        Heard stuck = start(new Constraint.JsonObject(), tokens(9)).await();
        InvalidRequestException error =
                assertInstanceOf(InvalidRequestException.class, stuck.error.orElseThrow());
        assertTrue(error.getMessage().contains("the model cannot write"), error.getMessage());
        assertEquals("ab", start(oneOf("ab"), tokens(9)).await().text.toString());
        held.awaitNothingHeld();
    }

    @Test
    void whoWaitsForAGrammarHearsOfTheEnd() throws Exception {
        Heard heard = start(new Constraint.Text("slow"), tokens(9));
        assertTrue(compiling.await(20, TimeUnit.SECONDS));
        held.loop.close();
        assertInstanceOf(UnavailableException.class, heard.await().error.orElseThrow());
        assertEquals(0, held.loop.numInside());
        compile.countDown();
    }
}
