package quire.plan;

import quire.model.Fields;

/** Reads the sizes of attention. */
record AttentionReader(Sizes sizes, Family family) {

    AttentionShape attention(int hidden) {
        return family.isDeepSeek() ? latent() : grouped(hidden);
    }

    private Fields config() {
        return sizes.config();
    }

    private AttentionShape grouped(int hidden) {
        int numHeads = sizes.size("num_attention_heads");
        // What Nemotron-H called it first.
        String key = config().has("attention_head_dim") ? "attention_head_dim" : "head_dim";
        int headDim = sizes.sizeOr(key, family.headDim);
        if (headDim == 0) {
            headDim = share(hidden, numHeads);
        }
        int kvHeads = kvHeads(numHeads);
        boolean configured = config().flag("attention_bias", family == Family.GPT_OSS);
        boolean all = family.biases == Family.Biases.AS_CONFIGURED && configured;
        boolean some = family.biases == Family.Biases.QKV_AS_CONFIGURED && configured;
        return new AttentionShape.Grouped(
                numHeads,
                kvHeads,
                headDim,
                rotary(headDim),
                all || some || family.biases == Family.Biases.QKV,
                all || family == Family.SEED_OSS && config().flag("attention_out_bias", false),
                family.hasDeltaNets(),
                norms(numHeads, kvHeads, headDim));
    }

    /** Numbers of the norms of q and k, head by head or over all heads, and of sinks. */
    private int norms(int numHeads, int kvHeads, int headDim) {
        return switch (family) {
            case QWEN3, QWEN3_MOE, QWEN3_NEXT, QWEN3_5, GEMMA3 -> Math.multiplyExact(2, headDim);
            case GLM4_MOE ->
                    config().flag("use_qk_norm", false) ? Math.multiplyExact(2, headDim) : 0;
            case OLMO2, OLMO3, OLMOE, MINIMAX_M2 ->
                    Math.multiplyExact(Math.addExact(numHeads, kvHeads), headDim);
            case GPT_OSS -> numHeads;
            default -> 0;
        };
    }

    private int rotary(int headDim) {
        double share =
                config().child("rope_parameters").positive("partial_rotary_factor").orElse(1);
        return (int) Math.clamp(headDim * share, 1, headDim);
    }

    private int kvHeads(int numHeads) {
        // An explicit null means as many as heads, even where the default is another number.
        boolean asHeads = config().json().has("num_key_value_heads") || family.numKvHeads == 0;
        int kvHeads =
                config().positiveInt("num_key_value_heads")
                        .orElse(asHeads ? numHeads : family.numKvHeads);
        if (numHeads % kvHeads != 0) {
            throw config().wrong("num_key_value_heads", "a divisor of the " + numHeads + " heads");
        }
        return kvHeads;
    }

    /** Columns of a head where nothing says how many: all heads together are the hidden size. */
    private int share(int hidden, int numHeads) {
        if (hidden % numHeads != 0) {
            throw config().wrong("hidden_size", "a multiple of the " + numHeads + " heads");
        }
        return hidden / numHeads;
    }

    private AttentionShape latent() {
        return new AttentionShape.Latent(
                sizes.size("num_attention_heads"),
                sizes.sizeOr("q_lora_rank", 0),
                sizes.size("kv_lora_rank"),
                sizes.size("qk_nope_head_dim"),
                sizes.size("qk_rope_head_dim"),
                sizes.size("v_head_dim"),
                family == Family.DEEPSEEK_V32 ? sizes.size("index_n_heads") : 0,
                family == Family.DEEPSEEK_V32 ? sizes.size("index_head_dim") : 0,
                config().flag("attention_bias", false));
    }
}
