/* The avx2 tier: every kernel over this tier's vectors, built with this tier's instructions. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernels.h"
#include "vector_avx2.h"

#include "tier_weights.h"
#include "tier_tile.h"
#include "tier_linear.h"
#include "tier_rows.h"
#include "tier_rope.h"
#include "tier_attention_tile.h"
#include "tier_attention.h"

const quire_kernels quire_kernels_avx2 = {
    .tile_rows = TILE_ROWS,
    .most_direct_rows = 2 * DIRECT_ROWS,
    .linear_chunk = linear_chunk,
    .decode_row = decode_row,
    .rms_norm = rms_norm,
    .silu_and_mul = silu_and_mul,
    .rope_and_store = rope_and_store,
    .argmax = argmax,
    .attention_item = attention_item_run,
    .attention_merge = attention_merge,
};
