/*
 * Blocks of quantised weights as files store them, after ggml's ggml-common.h. Files promise a
 * block no alignment, so that the structures are packed.
 */
#ifndef QUIRE_BLOCKS_H
#define QUIRE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

/* Weights of a block, in every quantised type. */
#define BLOCK_WEIGHTS 32

/* number[i] * scale */
typedef struct __attribute__((packed)) {
    uint16_t scale; /* binary16 */
    int8_t numbers[BLOCK_WEIGHTS];
} q8_0_block;

/* (nibble - 8) * scale; the low nibbles come first, then the high ones. */
typedef struct __attribute__((packed)) {
    uint16_t scale; /* binary16 */
    uint8_t nibbles[BLOCK_WEIGHTS / 2];
} q4_0_block;

/* nibble * scale + offset */
typedef struct __attribute__((packed)) {
    uint16_t scale;  /* binary16 */
    uint16_t offset; /* binary16 */
    uint8_t nibbles[BLOCK_WEIGHTS / 2];
} q4_1_block;

_Static_assert(sizeof(q8_0_block) == 34 && offsetof(q8_0_block, numbers) == 2, "as in files");
_Static_assert(sizeof(q4_0_block) == 18 && offsetof(q4_0_block, nibbles) == 2, "as in files");
_Static_assert(sizeof(q4_1_block) == 20 && offsetof(q4_1_block, nibbles) == 4, "as in files");

#endif
