/* build: x86_64 -mavx2 -mfma -mf16c */
/* The kernels for AVX2. */
#include "kernels.h"
#include "vector_avx2.h"

#define TIER(KIND) KIND##_avx2
#define TIER_NEEDS QUIRE_AVX2
#include "tier.h"
