// Brings weights from the order of a checkpoint into tiles, while they are loaded. Types are copied as they are.
#include "layout.cuh"
#include "numbers.cuh"

/** A chunk of a row that may begin at any address and end before the chunk does; zeros behind its end. */
DEVICE uint4 load_ragged(const u16* row, int at, int columns) {
    if (columns % CHUNK == 0) return at < columns ? load_chunk(row + at) : uint4{};
    u32 numbers[CHUNK];
#pragma unroll
    for (int i = 0; i < CHUNK; i++) numbers[i] = at + i < columns ? row[at + i] : 0u;
    return {numbers[0] | numbers[1] << 16, numbers[2] | numbers[3] << 16, numbers[4] | numbers[5] << 16,
            numbers[6] | numbers[7] << 16};
}

/** Writes outputs first .. first + rows of a matrix in tiles; from [rows, columns] without padding. */
KERNEL tile_weights(u16* tiles, const u16* from, int first, int rows, int columns) {
    const int input_tiles = (columns + TILE - 1) / TILE, chunks = input_tiles * TILE_CHUNKS;
    const u64 i = (u64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= (u64)rows * chunks) return;
    const int row = int(i / chunks), chunk = int(i % chunks);
    store_chunk(tiles + weight_chunk(first + row, chunk, input_tiles),
                load_ragged(from + (u64)row * columns, chunk * CHUNK, columns));
}
