// Where weights, keys and values stand: chunks of 16 bytes, each row of a tile in another order, so that neither ldmatrix nor
// a copy meets a bank twice. Only placing, the store of keys and values, and the kernels that read them know this.
#pragma once
#include "ptx.cuh"

// ------------------------------------------------------------------------------------ weights

/** Outputs and inputs of a weight tile, and chunks in one of its rows. */
constexpr int TILE = 64, TILE_CHUNKS = 8, TILE_BYTES = TILE * TILE * 2;

/** Bytes from the start of a tile's memory to a chunk: rows of 128 bytes, chunks at chunk ^ (row & 7). */
DEVICE u32 tile_chunk(int row, int chunk) { return row * 128 + ((chunk ^ (row & 7)) << 4); }

/**
 * Numbers from the start of a matrix in tiles, [outputs / 64][inputs / 64], to the chunk of an output that begins with input
 * 8 * chunk.
 */
DEVICE u64 weight_chunk(int output, int chunk, int input_tiles) {
    const u64 tile = (u64)(output / TILE) * input_tiles + chunk / TILE_CHUNKS;
    return tile * (TILE * TILE) + tile_chunk(output % TILE, chunk % TILE_CHUNKS) / 2;
}

// ---------------------------------------------------------------------------- keys and values

/** Tokens that stand together; a block of the cache is one or more of these. */
constexpr int KV_TOKENS = 16;

/**
 * Keys or values of one head for 16 tokens: [head size / w][16 tokens][w], where w is the largest of 64, 32 and 16 that
 * divides the head size, chunks of a row in the order of the swizzle of 2 w bytes.
 */
struct KvTile {
    int head_size, width, shift, mask;

    DEVICE explicit KvTile(int head_size) : head_size(head_size) {
        width = head_size % 64 == 0 ? 64 : head_size % 32 == 0 ? 32 : 16;
        mask = width / 8 - 1;
        shift = width == 64 ? 0 : width == 32 ? 1 : 2;
    }

    /** Numbers in a tile. */
    DEVICE int size() const { return KV_TOKENS * head_size; }

    /** Bytes from the start of a tile to a chunk of a token. */
    DEVICE u32 chunk(int token, int chunk) const {
        const int panel = chunk / (width / 8), column = chunk % (width / 8);
        return (panel * KV_TOKENS + token) * width * 2 + ((column ^ ((token >> shift) & mask)) << 4);
    }

    /** The token whose chunk is the i-th of a tile in memory. */
    DEVICE int token(int i) const { return i / (width / 8) % KV_TOKENS; }
};
