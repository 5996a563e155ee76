package quire.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import quire.model.Fields;
import quire.plan.WeightFormat.Packing;
import quire.plan.WeightShape.Kind;
import quire.tensor.DType;
import quire.weights.Names;

/**
 * The format that a configuration says its weights are published in.
 *
 * @param remark what of that is not understood, so that another is taken in its place
 */
record PublishedFormat(WeightFormat format, Optional<String> remark) {

    private static final int USUAL_GROUP = 128;

    /** All rows, or all columns. */
    private static final int ALL = Integer.MAX_VALUE;

    /** What is left as it was, by the methods that say so. */
    private static final List<String> LEFT_OUT =
            List.of("modules_to_not_convert", "ignore", "ignored_layers", "exclude_modules");

    static PublishedFormat of(Fields config) {
        for (String key : List.of("quantization_config", "compression_config")) {
            if (config.has(key)) {
                return quantised(new Fields(config.child(key).json(), config.source()), key);
            }
        }
        return known(
                switch (config.text("dtype", "")) {
                    case "float32" -> WeightFormat.plain("f32", DType.F32);
                    case "float16" -> WeightFormat.plain("f16", DType.F16);
                    default -> WeightFormat.BF16;
                });
    }

    private static PublishedFormat known(WeightFormat format) {
        return new PublishedFormat(format, Optional.empty());
    }

    private static PublishedFormat quantised(Fields how, String key) {
        String method = how.text("quant_method", "");
        Optional<WeightFormat> format =
                switch (method) {
                    case "fp8" -> Optional.of(fp8(how));
                    case "fbgemm_fp8" -> Optional.of(packed(how, "fp8", 8, 1, ALL, 32));
                    case "awq", "gptq" -> grouped(how);
                    case "mxfp4" ->
                            Optional.of(
                                    WeightFormat.packed(
                                            "mxfp4",
                                            new Packing(4, 1, 32, 8, Set.of(Kind.EXPERT))));
                    case "bitsandbytes" -> Optional.of(bitsAndBytes(how));
                    case "compressed-tensors" -> compressed(how);
                    case "modelopt" -> modelOpt(how);
                    default -> Optional.empty();
                };
        return format.map(PublishedFormat::known)
                .orElseGet(
                        () ->
                                new PublishedFormat(
                                        WeightFormat.BF16,
                                        Optional.of(
                                                "'"
                                                        + key
                                                        + "' is of a kind that is not understood"
                                                        + " ('quant_method' "
                                                        + Names.quote(method)
                                                        + "): the weights are counted in bf16")));
    }

    private static WeightFormat packed(
            Fields how, String name, int bits, int groupRows, int groupColumns, int groupBits) {
        return WeightFormat.packed(
                name, new Packing(bits, groupRows, groupColumns, groupBits, kinds(how)));
    }

    /** All but what stays as it was in every layer, which a name without a number says. */
    private static Set<Kind> kinds(Fields how) {
        List<String> left =
                LEFT_OUT.stream()
                        .flatMap(key -> how.json().path(key).valueStream())
                        .map(JsonNode::asText)
                        .filter(name -> name.chars().noneMatch(Character::isDigit))
                        .toList();
        Set<Kind> kinds = EnumSet.copyOf(Packing.USUAL);
        if (left.stream().anyMatch(name -> name.contains("self_attn"))) {
            kinds.remove(Kind.ATTENTION);
        }
        if (left.stream().anyMatch(name -> name.contains("shared_expert"))) {
            kinds.remove(Kind.MLP);
        }
        return kinds;
    }

    /** A scale for each square, as DeepSeek V3 has them, or for the whole matrix. */
    private static WeightFormat fp8(Fields how) {
        boolean fixed = how.text("activation_scheme", "").equals("static");
        if (fixed && !how.has("weight_block_size")) {
            return packed(how, "fp8", 8, ALL, ALL, 32);
        }
        JsonNode sides = how.json().path("weight_block_size");
        return packed(how, "fp8", 8, side(sides, 0), side(sides, 1), 32);
    }

    private static int side(JsonNode sides, int which) {
        int side = sides.path(which).asInt(USUAL_GROUP);
        return side < 1 ? USUAL_GROUP : side;
    }

    private static Optional<WeightFormat> grouped(Fields how) {
        return switch (how.positiveInt("bits").orElse(4)) {
            case 2 -> Optional.of(packed(how, "2-bit", 2, 1, group(how), 18));
            case 3 -> Optional.of(packed(how, "3-bit", 3, 1, group(how), 19));
            case 4 -> Optional.of(packed(how, "4-bit", 4, 1, group(how), 20));
            case 8 -> Optional.of(packed(how, "int8", 8, 1, group(how), 24));
            default -> Optional.empty();
        };
    }

    /** Columns that share a scale; -1 stands for all. */
    private static int group(Fields how) {
        return how.number("group_size").orElse(USUAL_GROUP) < 1
                ? ALL
                : how.positiveInt("group_size").orElse(USUAL_GROUP);
    }

    /** NF4 with scales of 64 numbers, which may be quantised themselves; int8 by rows. */
    private static WeightFormat bitsAndBytes(Fields how) {
        if (how.flag("load_in_8bit", false)) {
            return packed(how, "int8", 8, 1, ALL, 32);
        }
        boolean twice = how.flag("bnb_4bit_use_double_quant", false);
        return packed(how, "4-bit", 4, 1, 64, twice ? 8 : 32);
    }

    /** The first group of {@code config_groups}; the others are of activations, or alike. */
    private static Optional<WeightFormat> compressed(Fields how) {
        Fields groups = how.child("config_groups");
        Optional<String> first = groups.json().propertyStream().map(e -> e.getKey()).findFirst();
        return first.map(groups::child)
                .map(group -> group.child("weights"))
                .flatMap(
                        weights -> byBits(how, weights, weights.positiveInt("num_bits").orElse(0)));
    }

    private static Optional<WeightFormat> byBits(Fields how, Fields weights, int bits) {
        boolean floats = weights.text("type", "int").equals("float");
        String name = floats ? "fp" + bits : bits == 8 ? "int8" : bits + "-bit";
        int zero = weights.flag("symmetric", true) ? 0 : bits;
        boolean small = floats && bits == 4;
        return bits != 4 && bits != 8
                ? Optional.empty()
                : switch (weights.text("strategy", "")) {
                    case "tensor" -> Optional.of(packed(how, name, bits, ALL, ALL, 16));
                    case "channel" -> Optional.of(packed(how, name, bits, 1, ALL, 16 + zero));
                    case "group", "tensor_group" ->
                            Optional.of(
                                    packed(
                                            how,
                                            name,
                                            bits,
                                            1,
                                            group(weights),
                                            small ? 8 : 16 + zero));
                    case "block" -> {
                        JsonNode sides = weights.json().path("block_structure");
                        yield Optional.of(
                                packed(how, name, bits, side(sides, 0), side(sides, 1), 32));
                    }
                    default -> Optional.empty();
                };
    }

    private static Optional<WeightFormat> modelOpt(Fields how) {
        return switch (how.text("quant_algo", "")) {
            case "FP8" -> Optional.of(packed(how, "fp8", 8, ALL, ALL, 32));
            case "NVFP4" -> Optional.of(packed(how, "fp4", 4, 1, 16, 8));
            default -> Optional.empty();
        };
    }
}
