/*
 * All kernels over one width of vectors. A file tier_NAME.c includes vector_NAME.h and then this,
 * with TIER(KIND) to name the tables and TIER_NEEDS for the features of its instructions.
 */
#include <math.h>
#include <string.h>

#include "tier_weights.h"
#include "tier_tile.h"
#include "tier_linear.h"
#include "tier_rows.h"
#include "tier_rope.h"
#include "tier_attention_tile.h"
#include "tier_attention.h"

_Static_assert(WIDEST_VL % VL == 0, "rows padded for the widest tier fit every tier");

static int takes_part(const quire_part *part, int inputs) {
    (void)inputs;
    return part->layout == QUIRE_ROWS && part->dtype >= 0 && part->dtype < QUIRE_TYPES
           && group_product_fns[part->dtype] != 0;
}

static int run_linear(quire_cpu *cpu, const linear_call *call) {
    static const panel_kernel kernel = {
        .tile_rows = TILE_ROWS,
        .most_direct_rows = 2 * DIRECT_ROWS,
        .chunk = linear_chunk,
    };
    return linear_by_panels(cpu, &kernel, call);
}

static int takes_cache(const quire_heads *heads) {
    return heads->kv_dtype == QUIRE_F32 || heads->kv_dtype == QUIRE_F16
           || heads->kv_dtype == QUIRE_BF16;
}

const linear_kernel TIER(linear) = {
    .needs = TIER_NEEDS,
    .takes = takes_part,
    .run = run_linear,
};

const row_kernel TIER(rows) = {
    .needs = TIER_NEEDS,
    .decode_row = decode_row,
    .rms_norm = rms_norm,
    .silu_and_mul = silu_and_mul,
    .argmax = argmax,
};

const attention_kernel TIER(attention) = {
    .needs = TIER_NEEDS,
    .takes = takes_cache,
    .rope_and_store = rope_and_store,
    .item = attention_item_run,
    .merge = attention_merge,
};
