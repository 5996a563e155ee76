// The two formats of weights and activations, eight numbers at a time. A kernel is written once over a format and compiled
// for both; rows of activations are padded to whole chunks of eight, and the padding is zero.
#pragma once
#include "ptx.cuh"

/** Numbers in a chunk of 16 bytes, which is what a thread loads or stores at once. */
constexpr int CHUNK = 8;

/** Float32 with the lower half cut off. */
struct Bf16 {
    static DEVICE float low(u32 pair) { return __uint_as_float(pair << 16); }
    static DEVICE float high(u32 pair) { return __uint_as_float(pair & 0xffff0000u); }
    static DEVICE u32 pack(float low, float high) { return pack_bf16(low, high); }
    static DEVICE void mma(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1) { mma_bf16(d, a, b0, b1); }
};

/** IEEE binary16. */
struct Fp16 {
    static DEVICE float low(u32 pair) { return from_fp16(u16(pair)); }
    static DEVICE float high(u32 pair) { return from_fp16(u16(pair >> 16)); }
    static DEVICE u32 pack(float low, float high) { return pack_fp16(low, high); }
    static DEVICE void mma(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1) { mma_fp16(d, a, b0, b1); }
};

template <class T>
DEVICE float widen(u16 bits) {
    return T::low(bits);
}

/** Rounded to nearest, ties to even. */
template <class T>
DEVICE u16 narrow(float v) {
    return u16(T::pack(v, 0.f));
}

template <class T>
DEVICE void widen(float (&to)[CHUNK], uint4 from) {
    const u32 pairs[4] = {from.x, from.y, from.z, from.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
        to[2 * i] = T::low(pairs[i]);
        to[2 * i + 1] = T::high(pairs[i]);
    }
}

template <class T>
DEVICE uint4 narrow(const float (&v)[CHUNK]) {
    return {T::pack(v[0], v[1]), T::pack(v[2], v[3]), T::pack(v[4], v[5]), T::pack(v[6], v[7])};
}

/** A chunk at an address that is a multiple of 16 bytes. */
DEVICE uint4 load_chunk(const u16* from) { return *reinterpret_cast<const uint4*>(from); }

DEVICE void store_chunk(u16* to, uint4 v) { *reinterpret_cast<uint4*>(to) = v; }
