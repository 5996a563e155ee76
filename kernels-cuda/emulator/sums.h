// How tensor cores add.
#pragma once

#include "settings.h"

namespace emu {
constexpr int ROWS = 16, MOST_K = 64;

// c[16][stride] += a[16][MOST_K] x b[k][stride], over columns, a multiple of 8. The models of
// Settings::sums:
// InOrder: one product after the other, rounded to a float each time.
// Pairs: the products of neighbours, then of neighbouring pairs ..., and c at last.
// Card: c and all products are cut to two bits below the 24 of the greatest, which is as great as
// the exponents of its factors say; the sum is exact and cut to a float. An H200 gave just these
// bits for bfloat16 and k = 16.
void add_products(Sums model, const float *a, const float *b, float *c, int k, int columns,
                  int stride);
void add_products(Sums model, const s32 *a, const s32 *b, s32 *c, int k, int columns, int stride);
} // namespace emu
