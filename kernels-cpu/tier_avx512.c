/* build: x86_64 -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx2 -mfma -mf16c */
/* The kernels for AVX-512. */
#include "kernels.h"
#include "vector_avx512.h"

#define TIER(KIND) KIND##_avx512
#define TIER_NEEDS (QUIRE_AVX2 | QUIRE_AVX512)
#include "tier.h"
