/*
 * The boundary between Java and the CPU kernels: every symbol that quire.ops.cpu.CpuKernels binds,
 * and the structures that it fills. Matrices are row-major, activations float32. The caller has
 * checked shapes, and that the batch's blocks and positions lie within cache and RoPE table. Calls
 * of one context come from one thread.
 * An operation answers QUIRE_OK, or what kept it from writing all of its result.
 */
#ifndef QUIRE_CPU_H
#define QUIRE_CPU_H

#include <stddef.h>
#include <stdint.h>

#define QUIRE_EXPORT __attribute__((visibility("default")))

/* Raised with every change of a signature or structure below; CpuLibrary refuses any other. */
#define QUIRE_ABI 5

/* What a processor can do beyond any 64-bit one, as bits of a set. AVX2 stands for itself, FMA and
 * F16C; AVX-512 for F, BW, VL and DQ; AMX for tiles and their BF16 products, and for the BF16 of
 * AVX-512. */
enum { QUIRE_AVX2 = 1, QUIRE_AVX512 = 2, QUIRE_AMX = 4, QUIRE_FEATURES = 7 };
enum { QUIRE_F32, QUIRE_F16, QUIRE_BF16, QUIRE_Q8_0, QUIRE_Q4_0, QUIRE_Q4_1, QUIRE_TYPES };
/* How a matrix lies in memory: row after row, as in the checkpoint. */
enum { QUIRE_ROWS, QUIRE_LAYOUTS };
enum { QUIRE_OK, QUIRE_NO_MEMORY, QUIRE_STOPPED, QUIRE_NO_KERNEL };

/* One stored matrix [rows, inputs] of a linear layer; bias may be null. */
typedef struct {
    const void *weight;
    const float *bias;
    int64_t row_bytes;
    int32_t rows;
    int32_t dtype;
    int32_t layout;
    int32_t unused;
} quire_part;

_Static_assert(offsetof(quire_part, row_bytes) == 16 && offsetof(quire_part, layout) == 32
                   && sizeof(quire_part) == 40,
               "quire.ops.cpu.Structures.PART");

/* All that RoPE and attention read: one layer's cache, one step's batch, the head geometry. */
typedef struct {
    float *qkv;                  /* [num_tokens, (num_heads + 2 * num_kv_heads) * head_dim] */
    float *out;                  /* attention: [num_tokens, num_heads * head_dim] */
    void *keys;                  /* [num_blocks][num_kv_heads][block_size][head_dim] of kv_dtype */
    void *values;                /* as keys */
    const int32_t *positions;    /* [num_tokens] */
    const int32_t *slots;        /* [num_tokens] */
    const int32_t *query_starts; /* [num_sequences + 1] */
    const int32_t *context_lengths; /* [num_sequences] */
    const int32_t *block_tables;    /* [num_sequences, max_blocks] */
    const float *cos_sin;           /* [max_positions, rotary_dim]: cosines, then sines */
    const float *query_norm;        /* [head_dim] or null */
    const float *key_norm;          /* [head_dim] or null */
    float norm_eps;
    float scale;
    int32_t num_tokens;
    int32_t num_sequences;
    int32_t max_blocks;
    int32_t block_size;
    int32_t num_heads;
    int32_t num_kv_heads;
    int32_t head_dim;
    int32_t kv_dtype;
    int32_t sliding_window;
    int32_t rotary_dim;
    int32_t neighbours; /* pairs are 2i and 2i + 1 instead of i and i + rotary_dim / 2 */
    int32_t unused;
} quire_heads;

_Static_assert(offsetof(quire_heads, key_norm) == 88 && offsetof(quire_heads, norm_eps) == 96
                   && offsetof(quire_heads, num_tokens) == 104
                   && offsetof(quire_heads, unused) == 148 && sizeof(quire_heads) == 152,
               "quire.ops.cpu.Structures.HEADS");

/* What Java must agree with, in numbers: tests compare every one with Java's own. */
typedef struct {
    const char *name;
    int64_t value; /* of a constant; where a field lies; how many weights a block holds */
    int64_t bytes; /* that it takes */
} quire_fact;

/* Ends with a fact without a name. */
QUIRE_EXPORT extern const quire_fact quire_facts[];

typedef struct quire_cpu quire_cpu;

QUIRE_EXPORT int quire_abi(void);

/* The features of this machine that this library has kernels for. */
QUIRE_EXPORT int quire_features(void);

/* Physical cores that this process may run on. */
QUIRE_EXPORT int quire_physical_cores(void);

/*
 * A context with its threads - 1 workers that uses these features alone, or null when memory or
 * threads ran out or the machine lacks a feature. While the int at stop, which any thread may set,
 * is not zero, operations end soon with QUIRE_STOPPED; only the thread that calls them may set it
 * back, between calls. It outlives the context.
 */
QUIRE_EXPORT quire_cpu *quire_create(int threads, int features, const int32_t *stop);
QUIRE_EXPORT void quire_destroy(quire_cpu *cpu);

/* Zeroed memory, page-aligned, backed lazily; null when there is none. */
QUIRE_EXPORT void *quire_allocate(int64_t bytes);
QUIRE_EXPORT void quire_free(void *memory, int64_t bytes);

QUIRE_EXPORT int quire_embed(quire_cpu *cpu, float *out, const void *table, const int32_t *ids,
                             int dtype, int64_t row_bytes, int width, int rows);
QUIRE_EXPORT int quire_rms_norm(quire_cpu *cpu, float *out, const float *x, const float *weight,
                                float eps, int width, int rows);
QUIRE_EXPORT int quire_add_rms_norm(quire_cpu *cpu, float *out, float *residual, const float *x,
                                    const float *weight, float eps, int width, int rows);
QUIRE_EXPORT int quire_linear(quire_cpu *cpu, float *out, const float *x, const quire_part *parts,
                              int num_parts, int inputs, int outputs, int rows);
QUIRE_EXPORT int quire_rope_and_store(quire_cpu *cpu, const quire_heads *heads);
QUIRE_EXPORT int quire_attention(quire_cpu *cpu, const quire_heads *heads);
QUIRE_EXPORT int quire_silu_and_mul(quire_cpu *cpu, float *out, const float *gate_up, int width,
                                    int rows);
QUIRE_EXPORT int quire_gather(quire_cpu *cpu, float *out, const float *x, const int32_t *indices,
                              int width, int rows);
QUIRE_EXPORT int quire_argmax(quire_cpu *cpu, int32_t *out, const float *x, int width, int rows);

#endif
