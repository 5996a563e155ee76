/* The numbers of quire_facts. */
#include <stddef.h>

#include "blocks.h"
#include "quire_cpu.h"

#define NUMBER(NAME) {#NAME, NAME, sizeof(NAME)}
#define STRUCT(TYPE) {#TYPE, 0, sizeof(TYPE)}
#define FIELD(TYPE, NAME) {#TYPE "." #NAME, offsetof(TYPE, NAME), sizeof(((TYPE *)0)->NAME)}
/* Bytes of a block, and how many weights it holds. */
#define BLOCK(TYPE, STORED, WEIGHTS) {#TYPE ".block", WEIGHTS, sizeof(STORED)}

const quire_fact quire_facts[] = {
    NUMBER(QUIRE_ABI),
    NUMBER(QUIRE_OK),
    NUMBER(QUIRE_NO_MEMORY),
    NUMBER(QUIRE_STOPPED),
    NUMBER(QUIRE_NO_KERNEL),
    NUMBER(QUIRE_AVX2),
    NUMBER(QUIRE_AVX512),
    NUMBER(QUIRE_AMX),
    NUMBER(QUIRE_FEATURES),
    NUMBER(QUIRE_ROWS),
    NUMBER(QUIRE_LAYOUTS),
    NUMBER(QUIRE_F32),
    NUMBER(QUIRE_F16),
    NUMBER(QUIRE_BF16),
    NUMBER(QUIRE_Q8_0),
    NUMBER(QUIRE_Q4_0),
    NUMBER(QUIRE_Q4_1),
    NUMBER(QUIRE_TYPES),
    BLOCK(QUIRE_F32, float, 1),
    BLOCK(QUIRE_F16, uint16_t, 1),
    BLOCK(QUIRE_BF16, uint16_t, 1),
    BLOCK(QUIRE_Q8_0, q8_0_block, BLOCK_WEIGHTS),
    BLOCK(QUIRE_Q4_0, q4_0_block, BLOCK_WEIGHTS),
    BLOCK(QUIRE_Q4_1, q4_1_block, BLOCK_WEIGHTS),
    STRUCT(quire_part),
    FIELD(quire_part, weight),
    FIELD(quire_part, bias),
    FIELD(quire_part, row_bytes),
    FIELD(quire_part, rows),
    FIELD(quire_part, dtype),
    FIELD(quire_part, layout),
    FIELD(quire_part, unused),
    STRUCT(quire_heads),
    FIELD(quire_heads, qkv),
    FIELD(quire_heads, out),
    FIELD(quire_heads, keys),
    FIELD(quire_heads, values),
    FIELD(quire_heads, positions),
    FIELD(quire_heads, slots),
    FIELD(quire_heads, query_starts),
    FIELD(quire_heads, context_lengths),
    FIELD(quire_heads, block_tables),
    FIELD(quire_heads, cos_sin),
    FIELD(quire_heads, query_norm),
    FIELD(quire_heads, key_norm),
    FIELD(quire_heads, norm_eps),
    FIELD(quire_heads, scale),
    FIELD(quire_heads, num_tokens),
    FIELD(quire_heads, num_sequences),
    FIELD(quire_heads, max_blocks),
    FIELD(quire_heads, block_size),
    FIELD(quire_heads, num_heads),
    FIELD(quire_heads, num_kv_heads),
    FIELD(quire_heads, head_dim),
    FIELD(quire_heads, kv_dtype),
    FIELD(quire_heads, sliding_window),
    FIELD(quire_heads, rotary_dim),
    FIELD(quire_heads, neighbours),
    FIELD(quire_heads, unused),
    {0, 0, 0},
};
