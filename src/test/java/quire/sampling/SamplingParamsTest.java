package quire.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import quire.error.InvalidRequestException;
import quire.error.Setting;

class SamplingParamsTest {

    private static void refused(
            String param, String value, UnaryOperator<SamplingParamsBuilder> change) {
        SamplingParamsBuilder builder = change.apply(SamplingParams.builder());
        InvalidRequestException refusal =
                assertThrows(InvalidRequestException.class, builder::build);
        assertEquals(param, refusal.param());
        String message = refusal.message(Setting::toString);
        assertTrue(message.startsWith(param + " is " + value + "; allowed: "), message);
        assertTrue(message.endsWith("."), message);
    }

    private static void allowed(UnaryOperator<SamplingParamsBuilder> change) {
        change.apply(SamplingParams.builder()).build();
    }

    @Test
    void defaultsAreThoseOfVllm() {
        SamplingParams params = SamplingParams.builder().build();
        assertEquals(16, params.maxTokens());
        assertEquals(1, params.temperature());
        assertEquals(1, params.topP());
        assertEquals(0, params.topK());
        assertEquals(1, params.n());
        assertEquals(OptionalLong.empty(), params.seed());
        assertTrue(params.skipSpecialTokens());
        assertFalse(params.hasPenalties());
        assertFalse(params.isGreedy());
    }

    @Test
    void greedyTakesTheLikeliest() {
        SamplingParams params = SamplingParams.greedy(40);
        assertTrue(params.isGreedy());
        assertEquals(40, params.maxTokens());
    }

    @Test
    void bothSidesOfEveryRange() {
        refused("max_tokens", "0", b -> b.maxTokens(0));
        allowed(b -> b.maxTokens(1));
        refused("temperature", "-0.1", b -> b.temperature(-0.1));
        allowed(b -> b.temperature(0));
        allowed(b -> b.temperature(7));
        refused("top_p", "0.0", b -> b.topP(0));
        allowed(b -> b.topP(Double.MIN_VALUE));
        allowed(b -> b.topP(1));
        refused("top_p", "1.01", b -> b.topP(1.01));
        refused("top_k", "-2", b -> b.topK(-2));
        allowed(b -> b.topK(-1));
        allowed(b -> b.topK(0));
        allowed(b -> b.topK(1));
        refused("min_p", "-0.1", b -> b.minP(-0.1));
        allowed(b -> b.minP(0));
        allowed(b -> b.minP(1));
        refused("min_p", "1.1", b -> b.minP(1.1));
        refused("repetition_penalty", "0.0", b -> b.repetitionPenalty(0));
        allowed(b -> b.repetitionPenalty(0.01));
        refused("presence_penalty", "2.1", b -> b.presencePenalty(2.1));
        allowed(b -> b.presencePenalty(2));
        allowed(b -> b.presencePenalty(-2));
        refused("presence_penalty", "-2.1", b -> b.presencePenalty(-2.1));
        refused("frequency_penalty", "2.1", b -> b.frequencyPenalty(2.1));
        allowed(b -> b.frequencyPenalty(-2));
        refused("n", "0", b -> b.n(0));
        allowed(b -> b.n(SamplingParams.MAX_N));
        refused("n", "129", b -> b.n(SamplingParams.MAX_N + 1));
        refused("min_tokens", "-1", b -> b.minTokens(-1));
        allowed(b -> b.maxTokens(5).minTokens(5));
        refused("min_tokens", "6", b -> b.maxTokens(5).minTokens(6));
    }

    @Test
    void numbersThatAreNoneAreRefused() {
        for (double odd :
                new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            String value = Double.toString(odd);
            refused("temperature", value, b -> b.temperature(odd));
            refused("top_p", value, b -> b.topP(odd));
            refused("min_p", value, b -> b.minP(odd));
            refused("repetition_penalty", value, b -> b.repetitionPenalty(odd));
            refused("presence_penalty", value, b -> b.presencePenalty(odd));
            refused("frequency_penalty", value, b -> b.frequencyPenalty(odd));
        }
    }

    @Test
    void stopIsLimitedInNumberAndLength() {
        allowed(b -> b.stop(Collections.nCopies(SamplingParams.MAX_STOP_STRINGS, "x")));
        refused("stop", "65 strings", b -> b.stop(Collections.nCopies(65, "x")));
        allowed(b -> b.stop("x".repeat(SamplingParams.MAX_STOP_LENGTH)));
        refused("stop", "a string of 1025 characters", b -> b.stop("x".repeat(1025)));
        refused("stop", "an empty string", b -> b.stop("a", ""));
        allowed(b -> b.stopTokenIds(Collections.nCopies(SamplingParams.MAX_STOP_TOKEN_IDS, 3)));
        refused("stop_token_ids", "129 ids", b -> b.stopTokenIds(Collections.nCopies(129, 3)));
        refused("stop_token_ids", "-1", b -> b.stopTokenIds(List.of(1, -1)));
    }

    @Test
    void tokensThatAreBiasedAllowedAndAvoidedAreLimited() {
        Map<Integer, Double> many = new HashMap<>();
        for (int id = 0; id < SamplingParams.MAX_LOGIT_BIAS; id++) {
            many.put(id, 100.0 - id % 201);
        }
        allowed(b -> b.logitBias(many));
        many.put(5000, 1.0);
        refused("logit_bias", "1025 tokens", b -> b.logitBias(many));
        refused("logit_bias", "100.5 for token 3", b -> b.logitBias(Map.of(3, 100.5)));
        refused("logit_bias", "-100.5 for token 3", b -> b.logitBias(Map.of(3, -100.5)));
        refused("logit_bias", "NaN for token 3", b -> b.logitBias(Map.of(3, Double.NaN)));
        refused("logit_bias", "for token -1", b -> b.logitBias(Map.of(-1, 1.0)));
        allowed(b -> b.allowedTokenIds(List.of(5, 5, 0)));
        refused("allowed_token_ids", "an empty list", b -> b.allowedTokenIds(List.of()));
        refused("allowed_token_ids", "-1", b -> b.allowedTokenIds(List.of(1, -1)));
        allowed(b -> b.badWords(Collections.nCopies(1000, "x".repeat(256))));
        refused("bad_words", "1001 words", b -> b.badWords(Collections.nCopies(1001, "x")));
        refused("bad_words", "an empty word", b -> b.badWords(List.of("a", "")));
        refused("bad_words", "a word of 257 characters", b -> b.badWords(List.of("x".repeat(257))));
    }

    @Test
    void idsThatNoTokenHasAreRefusedByTheirField() {
        SamplingParams params =
                SamplingParams.builder()
                        .stopTokenIds(List.of(9))
                        .logitBias(Map.of(10, 1.0))
                        .allowedTokenIds(List.of(11))
                        .build();
        params.checkTokenIds(12);
        String[] fields = {"stop_token_ids", "logit_bias", "allowed_token_ids"};
        for (int size = 9; size < 12; size++) {
            int vocabSize = size;
            InvalidRequestException refusal =
                    assertThrows(
                            InvalidRequestException.class, () -> params.checkTokenIds(vocabSize));
            assertEquals(fields[size - 9], refusal.param());
            assertTrue(refusal.getMessage().contains("0 to " + (size - 1)), refusal.getMessage());
        }
    }

    @Test
    void seedOfMinusOneMeansNone() {
        assertEquals(OptionalLong.empty(), SamplingParams.builder().seed(-1).build().seed());
        assertEquals(OptionalLong.of(0), SamplingParams.builder().seed(0).build().seed());
        assertEquals(OptionalLong.of(-2), SamplingParams.builder().seed(-2).build().seed());
    }

    @Test
    void builderOfParamsGivesThemBack() {
        SamplingParams params =
                SamplingParams.builder()
                        .maxTokens(9)
                        .temperature(0.3)
                        .topP(0.4)
                        .topK(5)
                        .minP(0.6)
                        .repetitionPenalty(0.7)
                        .presencePenalty(0.8)
                        .frequencyPenalty(0.9)
                        .seed(10)
                        .n(11)
                        .stop("a", "b")
                        .stopTokenIds(List.of(12))
                        .ignoreEos(true)
                        .minTokens(3)
                        .includeStopStrInOutput(true)
                        .skipSpecialTokens(false)
                        .logitBias(Map.of(13, 1.5))
                        .allowedTokenIds(List.of(14))
                        .badWords(List.of("c"))
                        .build();
        assertEquals(params, params.toBuilder().build());
    }
}
