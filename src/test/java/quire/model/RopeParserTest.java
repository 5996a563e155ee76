package quire.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.List;
import org.junit.jupiter.api.Test;
import quire.error.CheckpointException;
import quire.ops.RopeTable.Pairing;

/** Rope parameters by layer type, without a type, and those of LongRoPE. */
class RopeParserTest {

    private static final String FACTORS =
            "\"short_factor\": [1, 1.5, 2, 2.5], \"long_factor\": [1.0, 2, 4, 8]";

    private static ModelConfig parse(String type, String more, String overrides) {
        String json =
                "{\"model_type\": \""
                        + type
                        + "\", \"hidden_size\": 32, \"num_attention_heads\": 4, \"num_key_value_heads\": 4,"
                        + " \"num_hidden_layers\": 2, \"max_position_embeddings\": 512, "
                        + more
                        + "}";
        try {
            return new ConfigParser(Fields.object(json), overrides, "config.json")
                    .parse(Pairing.HALVES);
        } catch (JsonProcessingException e) {
            throw new AssertionError(json, e);
        }
    }

    private static ModelConfig phi3(String more) {
        return parse("phi3", more, "");
    }

    private static String refusal(String type, String more, String overrides) {
        return assertThrows(CheckpointException.class, () -> parse(type, more, overrides))
                .getMessage();
    }

    @Test
    void longRopeIsReadInEverySpelling() {
        double attention = Math.sqrt(1 + Math.log(8) / Math.log(64));
        RopeScaling expected =
                new RopeScaling.LongRope(
                        List.of(1.0, 1.5, 2.0, 2.5), List.of(1.0, 2.0, 4.0, 8.0), 64, attention);
        for (String type : List.of("longrope", "su", "yarn")) {
            ModelConfig config =
                    phi3(
                            "\"original_max_position_embeddings\": 64, \"rope_scaling\": {\"type\": \""
                                    + type
                                    + "\", "
                                    + FACTORS
                                    + "}");
            assertEquals(expected, config.rope().scaling(), type);
            assertEquals(512, config.maxModelLength());
        }
        for (String model : List.of("phi3", "llama")) {
            assertEquals(
                    expected,
                    parse(
                                    model,
                                    "\"rope_parameters\": {\"rope_type\": \"longrope\", \"rope_theta\": 5,"
                                            + " \"original_max_position_embeddings\": 64, "
                                            + FACTORS
                                            + "}",
                                    "")
                            .rope()
                            .scaling());
        }
    }

    @Test
    void longRopeDerivesItsAttentionFactorUnlessGiven() {
        String rope = "\"rope_scaling\": {\"type\": \"longrope\", %s, " + FACTORS + "}";
        String original = "\"original_max_position_embeddings\": ";
        assertEquals(0.5, attention(rope.formatted("\"attention_factor\": 0.5")));
        assertEquals(
                Math.sqrt(1 + Math.log(4) / Math.log(64)),
                attention(rope.formatted("\"factor\": 4, " + original + 64)));
        assertEquals(1, attention(rope.formatted(original + 512)));
        assertEquals(1, attention(rope.formatted("\"factor\": 1, " + original + 64)));
        assertEquals(1, attention(rope.formatted("\"mscale\": 2")), "4096 is Phi-3's original");
        assertTrue(
                refusal("phi3", rope.formatted(original + 1), "").contains("'attention_factor'"));
    }

    private static double attention(String rope) {
        return ((RopeScaling.LongRope) phi3(rope).rope().scaling()).attentionFactor();
    }

    @Test
    void longRopeNeedsAFactorForEachPair() {
        for (String factors :
                List.of(
                        "\"short_factor\": [1, 1, 1, 1]",
                        "\"short_factor\": [1, 1, 1], \"long_factor\": [1, 1, 1, 1]",
                        "\"short_factor\": [1, 1, 1, 1], \"long_factor\": [1, 1, 1, 1, 1]",
                        "\"short_factor\": [1, 1, 1, 0], \"long_factor\": [1, 1, 1, 1]",
                        "\"short_factor\": [1, 1, 1, \"1\"], \"long_factor\": [1, 1, 1, 1]",
                        "\"short_factor\": 1, \"long_factor\": [1, 1, 1, 1]")) {
            String message =
                    refusal(
                            "phi3",
                            "\"rope_scaling\": {\"type\": \"longrope\", " + factors + "}",
                            "");
            assertTrue(message.contains("a list of 4 numbers above 0 is needed"), message);
        }
        assertEquals(
                6,
                phi3("\"partial_rotary_factor\": 0.75, \"rope_scaling\": {\"type\": \"longrope\","
                                + " \"short_factor\": [1, 1, 1], \"long_factor\": [1, 1, 1]}")
                        .rope()
                        .rotaryDim());
    }

    @Test
    void parametersByLayerTypeCountWhereTheLayersAgree() {
        String linear = "{\"rope_type\": \"linear\", \"factor\": 4, \"rope_theta\": 777}";
        String plain = "{\"rope_type\": \"default\", \"rope_theta\": 10}";
        String both = "\"rope_parameters\": {\"full_attention\": %s, \"sliding_attention\": %s}";
        String full = ", \"layer_types\": [\"full_attention\", \"full_attention\"]";
        for (String rope :
                List.of(
                        "\"rope_parameters\": {\"full_attention\": " + linear + "}",
                        both.formatted(linear, linear),
                        both.formatted(linear, plain) + full)) {
            RopeConfig config = parse("qwen3", rope + ", \"head_dim\": 8", "").rope();
            assertEquals(new RopeConfig(8, 777, new RopeScaling.Linear(4), Pairing.HALVES), config);
            assertEquals(
                    5,
                    parse("qwen3", rope, "{\"rope_parameters\": {\"factor\": 5}}").rope().scaling()
                                    instanceof RopeScaling.Linear overridden
                            ? overridden.factor()
                            : 0);
        }
        String old =
                "\"rope_theta\": 777, \"rope_parameters\": {\"full_attention\":"
                        + " {\"type\": \"linear\", \"factor\": 4}}, \"head_dim\": 8";
        assertEquals(777, parse("qwen3", old, "").rope().theta());
        assertEquals(new RopeScaling.Linear(4), parse("qwen3", old, "").rope().scaling());
        String message = refusal("qwen3", both.formatted(linear, plain), "");
        assertTrue(
                message.contains("differ by layer type (full_attention, sliding_attention)"),
                message);
    }

    @Test
    void aFactorWithoutATypeIsNotDropped() {
        String message = refusal("llama", "\"rope_scaling\": {\"factor\": 4.0}", "");
        assertTrue(message.contains("have the factor 4.0"), message);
        message = refusal("llama", "\"rope_theta\": 5", "{\"rope_scaling\": {\"factor\": 2}}");
        assertTrue(message.contains("give 'rope_type' too: linear"), message);
        assertEquals(
                new RopeScaling.None(),
                parse("llama", "\"rope_scaling\": {\"factor\": 1.0}", "").rope().scaling());
        assertEquals(
                new RopeScaling.None(),
                parse("llama", "\"rope_scaling\": {\"type\": \"default\", \"factor\": 4}", "")
                        .rope()
                        .scaling());
    }

    @Test
    void infinityMattersOnlyWhereItIsRead() {
        assertEquals(
                512,
                phi3("\"time_limit\": [0, Infinity], \"x\": -Infinity, \"y\": NaN")
                        .maxModelLength());
        assertTrue(
                refusal("llama", "\"rope_theta\": Infinity", "").contains("'rope_theta' is"),
                "a number");
        assertTrue(refusal("llama", "\"rms_norm_eps\": NaN", "").contains("'rms_norm_eps' is"));
        assertTrue(refusal("llama", "\"vocab_size\": Infinity", "").contains("'vocab_size' is"));
    }
}
