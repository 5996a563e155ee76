package quire.model;

import quire.weights.Checkpoint;

/** The weights of a decoder, by their role, and what the two formats call them. */
enum Weight {
    EMBEDDING("model.embed_tokens", "token_embd"),
    FINAL_NORM("model.norm", "output_norm"),
    LM_HEAD("lm_head", "output"),
    INPUT_NORM("model.layers.%d.input_layernorm", "blk.%d.attn_norm"),
    QUERY("model.layers.%d.self_attn.q_proj", "blk.%d.attn_q"),
    KEY("model.layers.%d.self_attn.k_proj", "blk.%d.attn_k"),
    VALUE("model.layers.%d.self_attn.v_proj", "blk.%d.attn_v"),
    QKV("model.layers.%d.self_attn.qkv_proj", "blk.%d.attn_qkv"),
    QUERY_NORM("model.layers.%d.self_attn.q_norm", "blk.%d.attn_q_norm"),
    KEY_NORM("model.layers.%d.self_attn.k_norm", "blk.%d.attn_k_norm"),
    ATTENTION_OUTPUT("model.layers.%d.self_attn.o_proj", "blk.%d.attn_output"),
    MLP_NORM("model.layers.%d.post_attention_layernorm", "blk.%d.ffn_norm"),
    GATE("model.layers.%d.mlp.gate_proj", "blk.%d.ffn_gate"),
    UP("model.layers.%d.mlp.up_proj", "blk.%d.ffn_up"),
    GATE_UP("model.layers.%d.mlp.gate_up_proj", "blk.%d.ffn_up"),
    DOWN("model.layers.%d.mlp.down_proj", "blk.%d.ffn_down");

    private final String huggingFace;
    private final String gguf;

    Weight(String huggingFace, String gguf) {
        this.huggingFace = huggingFace;
        this.gguf = gguf;
    }

    /** Name of the matrix or vector; the layer is ignored where there is one for the model. */
    String weight(Checkpoint.Format format, int layer) {
        return name(format, layer) + ".weight";
    }

    String bias(Checkpoint.Format format, int layer) {
        return name(format, layer) + ".bias";
    }

    private String name(Checkpoint.Format format, int layer) {
        String pattern =
                switch (format) {
                    case SAFETENSORS -> huggingFace;
                    case GGUF -> gguf;
                };
        return pattern.replace("%d", Integer.toString(layer));
    }
}
