// What a gated MLP does between its matrices: silu(gate) * up.
#include "numbers.cuh"

/** A chunk at any address. */
DEVICE uint4 load_unaligned(const u16* from) {
    if ((reinterpret_cast<u64>(from) & 15) == 0) return load_chunk(from);
    u32 pairs[4];
#pragma unroll
    for (int i = 0; i < 4; i++) pairs[i] = from[2 * i] | u32(from[2 * i + 1]) << 16;
    return {pairs[0], pairs[1], pairs[2], pairs[3]};
}

/**
 * gate_up [rows, stride]: width columns of gate, then as many of up; out [rows, out_stride].
 */
template <class T>
DEVICE void silu_and_mul(u16* out, const u16* gate_up, int width, int stride, int out_stride) {
    wait_for_predecessor();
    const int at = (blockIdx.y * blockDim.x + threadIdx.x) * CHUNK;
    if (at >= width) return;
    const u16* gates = gate_up + (u64)blockIdx.x * stride + at;
    float gate[CHUNK], up[CHUNK] = {};
    widen<T>(gate, load_chunk(gates));
    if (at + CHUNK <= width) {
        widen<T>(up, load_unaligned(gates + width));
    } else {
        for (int i = 0; i < CHUNK; i++)
            if (at + i < width) up[i] = widen<T>(gates[width + i]);
    }
#pragma unroll
    for (int i = 0; i < CHUNK; i++) {
        const float v = gate[i] / (1.f + ex2(gate[i] * -1.4426950408889634f)) * up[i];
        up[i] = at + i < width ? v : 0.f;
    }
    store_chunk(out + (u64)blockIdx.x * out_stride + at, narrow<T>(up));
}

#define SILU_AND_MUL(NAME, T)                                                                                       \
    KERNEL silu_and_mul_##NAME(u16* out, const u16* gate_up, int width, int stride, int out_stride) {               \
        silu_and_mul<T>(out, gate_up, width, stride, out_stride);                                                   \
    }
SILU_AND_MUL(bf16, Bf16)
SILU_AND_MUL(fp16, Fp16)
