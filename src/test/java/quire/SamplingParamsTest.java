package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A bad value is refused with its name as Java has it, itself, and what is allowed. */
class SamplingParamsTest {

    /** Those that are right whatever they are. */
    private static final Set<String> ALWAYS_RIGHT =
            Set.of(
                    "ignoreEos",
                    "includeStopString",
                    "parallelToolCalls",
                    "priority",
                    "responseFormat",
                    "seed",
                    "skipSpecialTokens");

    private static LLM llm;

    /**
     * @param set what is asked for
     * @param sentence that refuses it
     */
    private record Bad(String name, Consumer<SamplingParamsBuilder> set, String sentence) {

        @Override
        public String toString() {
            return sentence;
        }
    }

    private static Bad bad(String name, Consumer<SamplingParamsBuilder> set, String sentence) {
        return new Bad(name, set, sentence);
    }

    /** What is wrong for any model. */
    static List<Bad> badValues() {
        return List.of(
                bad("maxTokens", p -> p.maxTokens(0), "maxTokens is 0; allowed: at least 1."),
                bad(
                        "temperature",
                        p -> p.temperature(-0.5),
                        "temperature is -0.5; allowed: a number from 0."),
                bad(
                        "temperature",
                        p -> p.temperature(Double.NaN),
                        "temperature is NaN; allowed: a number from 0."),
                bad("topP", p -> p.topP(0), "topP is 0.0; allowed: above 0 and at most 1."),
                bad("topP", p -> p.topP(1.01), "topP is 1.01; allowed: above 0 and at most 1."),
                bad(
                        "topK",
                        p -> p.topK(-2),
                        "topK is -2; allowed: at least 1, or 0 or -1 for all tokens."),
                bad("minP", p -> p.minP(1.5), "minP is 1.5; allowed: from 0 to 1."),
                bad(
                        "repetitionPenalty",
                        p -> p.repetitionPenalty(0),
                        "repetitionPenalty is 0.0; allowed: a number above 0."),
                bad(
                        "presencePenalty",
                        p -> p.presencePenalty(2.1),
                        "presencePenalty is 2.1; allowed: from -2 to 2."),
                bad(
                        "frequencyPenalty",
                        p -> p.frequencyPenalty(-3),
                        "frequencyPenalty is -3.0; allowed: from -2 to 2."),
                bad("n", p -> p.n(0), "n is 0; allowed: from 1 to 128."),
                bad("n", p -> p.n(129), "n is 129; allowed: from 1 to 128."),
                bad(
                        "stop",
                        p -> p.stop(""),
                        "stop is an empty string; allowed: strings of at least one character."),
                bad(
                        "stop",
                        p -> p.stop(Collections.nCopies(65, "a")),
                        "stop is 65 strings; allowed: at most 64."),
                bad(
                        "stop",
                        p -> p.stop("a".repeat(1025)),
                        "stop is a string of 1025 characters; allowed: at most 1024."),
                bad(
                        "stopTokenIds",
                        p -> p.stopTokenIds(List.of(-1)),
                        "stopTokenIds is -1; allowed: token ids from 0."),
                bad(
                        "stopTokenIds",
                        p -> p.stopTokenIds(Collections.nCopies(129, 1)),
                        "stopTokenIds is 129 ids; allowed: at most 128."),
                bad("minTokens", p -> p.minTokens(-1), "minTokens is -1; allowed: at least 0."),
                bad(
                        "minTokens",
                        p -> p.maxTokens(3).minTokens(4),
                        "minTokens is 4; allowed: at most maxTokens, 3."),
                bad(
                        "logprobs",
                        p -> p.logprobs(1001),
                        "logprobs is 1001; allowed: from 0 to 1000."),
                bad("logprobs", p -> p.logprobs(-1), "logprobs is -1; allowed: from 0 to 1000."),
                bad(
                        "promptLogprobs",
                        p -> p.promptLogprobs(-1),
                        "promptLogprobs is -1; allowed: from 0 to 1000."),
                bad(
                        "logitBias",
                        p -> p.logitBias(Map.of(-1, 1.0)),
                        "logitBias is for token -1; allowed: token ids from 0."),
                bad(
                        "logitBias",
                        p -> p.logitBias(Map.of(7, 100.5)),
                        "logitBias is 100.5 for token 7; allowed: from -100 to 100."),
                bad(
                        "allowedTokenIds",
                        p -> p.allowedTokenIds(List.of()),
                        "allowedTokenIds is an empty list; allowed: at least one id, or to be left"
                                + " out, which allows all tokens."),
                bad(
                        "allowedTokenIds",
                        p -> p.allowedTokenIds(List.of(-4)),
                        "allowedTokenIds is -4; allowed: token ids from 0."),
                bad(
                        "badWords",
                        p -> p.badWords(List.of("a", "")),
                        "badWords is an empty word; allowed: at least one character each."),
                bad(
                        "badWords",
                        p -> p.badWords(List.of("a".repeat(257))),
                        "badWords is a word of 257 characters; allowed: at most 256."),
                bad(
                        "useBeamSearch",
                        p -> p.useBeamSearch(true).stop("a"),
                        "stop is not available with useBeamSearch; leave one of them out."),
                bad(
                        "useBeamSearch",
                        p -> p.useBeamSearch(true).promptLogprobs(1),
                        "promptLogprobs is not available with useBeamSearch; leave one of them"
                                + " out."),
                bad(
                        "lengthPenalty",
                        p -> p.lengthPenalty(0.5),
                        "lengthPenalty is 0.5; allowed: 1, unless useBeamSearch is true."),
                bad(
                        "cacheSalt",
                        p -> p.cacheSalt(""),
                        "'cacheSalt' has 0 characters; allowed: from 1 to 1024."),
                bad(
                        "tools",
                        p -> p.tools(Tool.of("f", "", "{}"), Tool.of("f", "", "{}")),
                        "two tools have the name f"),
                bad(
                        "toolChoice",
                        p -> p.toolChoice(ToolChoice.REQUIRED),
                        "toolChoice forces a call, but there are no tools"),
                bad(
                        "thinkingTokenBudget",
                        p -> p.thinkingTokenBudget(-2),
                        "thinkingTokenBudget is -2; allowed: at least 0, or -1 for any number"));
    }

    /** What is wrong for this model, whose tokens are 4096 and whose context is of 256. */
    static List<Bad> badForTheModel() {
        return List.of(
                bad(
                        "stopTokenIds",
                        p -> p.stopTokenIds(List.of(5, 4096)),
                        "stopTokenIds has 4096, which is none of the model's 4096 tokens; allowed:"
                                + " ids from 0 to 4095."),
                bad(
                        "allowedTokenIds",
                        p -> p.allowedTokenIds(List.of(9999)),
                        "allowedTokenIds has 9999, which is none of the model's 4096 tokens;"
                                + " allowed: ids from 0 to 4095."),
                bad(
                        "logitBias",
                        p -> p.logitBias(Map.of(4096, 1.0)),
                        "logitBias has 4096, which is none of the model's 4096 tokens; allowed: ids"
                                + " from 0 to 4095."),
                bad(
                        "truncatePromptTokens",
                        p -> p.truncatePromptTokens(0),
                        "'truncatePromptTokens' is 0; allowed: from 1 to 255, which leaves room for"
                                + " an answer of 1 tokens, or -1 for as many as leave it."),
                bad(
                        "truncatePromptTokens",
                        p -> p.truncatePromptTokens(5).maxTokens(256),
                        "'maxTokens' is 256, but this model's maximum context length is 256 tokens"
                                + " and the prompt has 1 of them; ask for at most 255."),
                bad(
                        "minTokens",
                        p -> p.minTokens(256),
                        "minTokens is 256; allowed: at most maxTokens, 254."),
                bad(
                        "maxTokens",
                        p -> p.maxTokens(255),
                        "'maxTokens' is 255, but this model's maximum context length is 256 tokens"
                                + " and the prompt has 2 of them; ask for at most 254."),
                bad(
                        "useBeamSearch",
                        p -> p.useBeamSearch(true).responseFormat(ResponseFormat.JSON),
                        "responseFormat is not available with useBeamSearch; leave one of them"
                                + " out."));
    }

    @BeforeAll
    static void load() {
        Outside.CPU_KERNELS.path();
        llm =
                LLM.builder(Path.of("models/quire-demo"))
                        .contextLength(256)
                        .threads(1)
                        .generationConfig("vllm")
                        .load();
    }

    @AfterAll
    static void close() {
        if (llm != null) {
            llm.close();
        }
    }

    @ParameterizedTest
    @MethodSource("badValues")
    void badValueIsRefusedWhereParamsAreMade(Bad bad) {
        SamplingParamsBuilder builder = SamplingParams.builder();
        bad.set.accept(builder);
        PromptException refusal = assertThrows(PromptException.class, builder::build);
        assertEquals(bad.sentence, refusal.getMessage());
    }

    @ParameterizedTest
    @MethodSource("badForTheModel")
    void whatTheModelDoesNotHaveIsRefusedBeforeAnythingIsGenerated(Bad bad) {
        SamplingParamsBuilder builder = SamplingParams.builder();
        bad.set.accept(builder);
        SamplingParams params = builder.build();
        Prompt prompt = Prompt.tokens(5, 6);
        PromptException refusal =
                assertThrows(PromptException.class, () -> llm.submit(prompt, params));
        assertEquals(bad.sentence, refusal.getMessage());
    }

    @Test
    void everyParameterHasABadValueOrNone() {
        Set<String> setters =
                Arrays.stream(SamplingParamsBuilder.class.getDeclaredMethods())
                        .filter(method -> Modifier.isPublic(method.getModifiers()))
                        .filter(method -> method.getReturnType() == SamplingParamsBuilder.class)
                        .map(Method::getName)
                        .collect(Collectors.toCollection(TreeSet::new));
        Set<String> tried = new TreeSet<>(ALWAYS_RIGHT);
        badValues().forEach(bad -> tried.add(bad.name));
        badForTheModel().forEach(bad -> tried.add(bad.name));
        assertEquals(setters, tried);
        assertTrue(setters.size() > 25, setters::toString);
    }
}
