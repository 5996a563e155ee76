// What a card really does: how it rounds, what a launch costs, how fast its memory is.
#include "../ptx.cuh"
#include "wgmma.cuh"

// ------------------------------------------------------------------------------------ numbers

/** d = c + a · b for cases of one mma each: a [16][16], b [8][16], c and d [16][8]. One warp a case. */
KERNEL mma_sums(const bf16* a, const bf16* b, const float* c, float* d) {
    const u64 at = blockIdx.x;
    const int lane = threadIdx.x, row = lane >> 2, two = (lane & 3) * 2;
    u32 fa[4], fb[2];
    for (int i = 0; i < 4; i++)
        fa[i] = *reinterpret_cast<const u32*>(a + at * 256 + (row + (i & 1) * 8) * 16 + two + (i >> 1) * 8);
    for (int i = 0; i < 2; i++) fb[i] = *reinterpret_cast<const u32*>(b + at * 128 + row * 16 + two + i * 8);
    float acc[4];
    for (int i = 0; i < 4; i++) acc[i] = c[at * 128 + (row + (i >> 1) * 8) * 8 + two + (i & 1)];
    mma_bf16(acc, fa, fb[0], fb[1]);
    for (int i = 0; i < 4; i++) d[at * 128 + (row + (i >> 1) * 8) * 8 + two + (i & 1)] = acc[i];
}

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
/** The same by wgmma: four cases stacked as its 64 rows, each with the b of the first. c and d [64][8]. */
KERNEL wgmma_sums(const bf16* a, const bf16* b, const float* c, float* d) {
    __shared__ __align__(1024) u8 rows[64 * 128], columns[8 * 128];
    const u64 at = blockIdx.x;
    const int t = threadIdx.x, lane = t & 31, row = (t / 32) * 16 + (lane >> 2), two = (lane & 3) * 2;
    for (int i = t; i < 64 * 16; i += 128) {
        const int r = i / 16, k = i % 16;
        *reinterpret_cast<bf16*>(rows + r * 128 + (((k / 8) ^ (r & 7)) << 4) + k % 8 * 2) = a[at * 1024 + i];
    }
    for (int i = t; i < 8 * 16; i += 128) {
        const int r = i / 16, k = i % 16;
        *reinterpret_cast<bf16*>(columns + r * 128 + (((k / 8) ^ (r & 7)) << 4) + k % 8 * 2) = b[at * 128 + i];
    }
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    __syncthreads();
    float acc[4];
    for (int i = 0; i < 4; i++) acc[i] = c[at * 512 + (row + (i >> 1) * 8) * 8 + two + (i & 1)];
    wgmma_fence();
    wgmma_bf16(acc, wgmma_operand(shared_address(rows)), wgmma_operand(shared_address(columns)));
    wgmma_commit();
    wgmma_wait<0>();
    for (int i = 0; i < 4; i++) d[at * 512 + (row + (i >> 1) * 8) * 8 + two + (i & 1)] = acc[i];
}
#endif

/** The approximate instructions: y[f][i] for ex2, rsqrt, rcp, lg2, tanh, sqrt of x[i]. */
KERNEL approximations(const float* x, float* y, int n) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const float v = x[i];
    float r;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(v));
    y[i] = r;
    asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(fabsf(v)));
    y[n + i] = r;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(v));
    y[2 * n + i] = r;
    asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(fabsf(v)));
    y[3 * n + i] = r;
    asm("tanh.approx.f32 %0, %1;" : "=f"(r) : "f"(v));
    y[4 * n + i] = r;
    asm("sqrt.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(fabsf(v)));
    y[5 * n + i] = r;
}

// -------------------------------------------------------------------------------------- costs

KERNEL empty() {}

/** Adds one to what the launch before left: a chain of such launches is right only if none runs ahead. */
KERNEL chained(int* value) {
    launch_dependents();
    wait_for_predecessor();
    if (blockIdx.x == 0 && threadIdx.x == 0) *value += 1;
}

// ------------------------------------------------------------------------------------- memory

/** Fills with bfloat16 numbers of a hash, evenly spread over -0.03 ... 0.03. */
KERNEL fill_hash(uint4* to, u64 count, u32 seed) {
    for (u64 i = (u64)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += (u64)gridDim.x * blockDim.x) {
        u32 words[4];
        for (int w = 0; w < 4; w++) {
            u64 h = (i * 4 + w + 1) * 0x9E3779B97F4A7C15ull ^ seed;
            h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9ull;
            h = (h ^ (h >> 27)) * 0x94D049BB133111EBull;
            h ^= h >> 31;
            const float scale = 0.06f / 65536.f;
            words[w] = pack_bf16(((h & 0xffff) - 32768.f) * scale, ((h >> 16 & 0xffff) - 32768.f) * scale);
        }
        to[i] = make_uint4(words[0], words[1], words[2], words[3]);
    }
}

DEVICE uint4 load_stream(const uint4* p) {
    uint4 v;
    asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [%4];"
                 : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "l"(p));
    return v;
}

/** Reads everything, eight loads of 16 bytes in flight a thread; writes only what no data can give. */
KERNEL __launch_bounds__(256) read_16(const uint4* from, u64 count, u32* sink) {
    u32 x = 0;
    const u64 step = (u64)gridDim.x * blockDim.x;
    u64 i = (u64)blockIdx.x * blockDim.x + threadIdx.x;
    for (; i + 7 * step < count; i += 8 * step) {
        uint4 v[8];
#pragma unroll
        for (int j = 0; j < 8; j++) v[j] = load_stream(from + i + j * step);
#pragma unroll
        for (int j = 0; j < 8; j++) x ^= v[j].x ^ v[j].y ^ v[j].z ^ v[j].w;
    }
    for (; i < count; i += step) x ^= load_stream(from + i).x;
    if (x == 0x12345678) *sink = x;
}

/** Reads the same again and again, so that all but the first round comes from L2. */
KERNEL __launch_bounds__(256) read_again(const uint4* from, u64 count, int rounds, u32* sink) {
    u32 x = 0;
    const u64 step = (u64)gridDim.x * blockDim.x, first = (u64)blockIdx.x * blockDim.x + threadIdx.x;
    for (int r = 0; r < rounds; r++)
        for (u64 i = first; i + 7 * step < count; i += 8 * step) {
            uint4 v[8];
#pragma unroll
            for (int j = 0; j < 8; j++) v[j] = load_stream(from + i + j * step);
#pragma unroll
            for (int j = 0; j < 8; j++) x ^= v[j].x ^ v[j].y ^ v[j].z ^ v[j].w;
        }
    if (x == 0x12345678) *sink = x;
}

KERNEL __launch_bounds__(256) copy_16(const uint4* from, uint4* to, u64 count) {
    const u64 step = (u64)gridDim.x * blockDim.x;
    u64 i = (u64)blockIdx.x * blockDim.x + threadIdx.x;
    for (; i + 3 * step < count; i += 4 * step) {
        uint4 v[4];
#pragma unroll
        for (int j = 0; j < 4; j++) v[j] = load_stream(from + i + j * step);
#pragma unroll
        for (int j = 0; j < 4; j++) to[i + j * step] = v[j];
    }
    for (; i < count; i += step) to[i] = load_stream(from + i);
}

// ------------------------------------------------------------------------------------- faults

KERNEL trap_at_once() { asm volatile("trap;"); }

/** Writes where nothing was ever allocated. */
KERNEL wild_write() { *reinterpret_cast<volatile int*>(64) = 1; }

/** Keeps one thread busy for so long. */
KERNEL spin(u64 nanoseconds) {
    u64 begun, now;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(begun));
    do {
        asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
    } while (now - begun < nanoseconds);
}

// ------------------------------------------------------------------------------------- rates

/** Eight independent chains of mma a warp, 16 of them each round. */
KERNEL __launch_bounds__(256) mma_rate(float* sink, int rounds) {
    float d[8][4] = {};
    u32 a[4];
    for (int i = 0; i < 4; i++) a[i] = threadIdx.x * 0x3f80u + i;
    for (int r = 0; r < rounds; r++)
#pragma unroll
        for (int i = 0; i < 16; i++) mma_bf16(d[i % 8], a, a[i % 4], a[(i + 1) % 4]);
    float sum = 0.f;
    for (int i = 0; i < 8; i++) sum += d[i][0] + d[i][1] + d[i][2] + d[i][3];
    if (sum == 12345.678f) *sink = sum;
}
