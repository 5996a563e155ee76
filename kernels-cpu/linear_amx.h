/* Linear layers on AMX tiles; amx_tiles.h tells what they compute and why a row's bits are so. */
#ifndef QUIRE_LINEAR_AMX_H
#define QUIRE_LINEAR_AMX_H

#include "context.h"

/* Whether all parts are of types that the tiles hold; says nothing of rows, so that all agree. */
int linear_amx_takes(const quire_part *parts, int num_parts, int inputs);

/* As quire_linear, for parts that linear_amx_takes. */
int linear_amx(quire_cpu *cpu, float *out, const float *x, const quire_part *parts, int num_parts,
               int inputs, int outputs, int rows);

#endif
