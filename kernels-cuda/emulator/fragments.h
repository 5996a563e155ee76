// Operands of tensor cores: pieces of 16 bytes, which are four neighbouring lanes of a fragment or
// a row of a core matrix in shared memory, and their elements.
#pragma once

#include "numbers.h"

namespace emu {
constexpr u32 PIECE = 16;

// Elements of a piece.
int per_piece(Kind kind);
// Decodes a piece; integer kinds to s32, all others to float.
void decode(Kind kind, const void *piece, float *out);
void decode(Kind kind, const void *piece, s32 *out);
// Eight pieces become eight columns: element k of piece n goes to out[k * stride + n].
void decode_columns(Kind kind, const void *const *pieces, float *out, int stride);
void decode_columns(Kind kind, const void *const *pieces, s32 *out, int stride);
} // namespace emu
