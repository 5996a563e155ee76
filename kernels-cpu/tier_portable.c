/* The kernels for any 64-bit machine. */
#include "kernels.h"
#include "vector_portable.h"

#define TIER(KIND) KIND##_portable
#define TIER_NEEDS 0
#include "tier.h"
