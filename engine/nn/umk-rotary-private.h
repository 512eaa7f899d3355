/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rotary position embedding (Su et al. 2021, eq. 34): pairs of numbers of each head are
 * turned by an angle that grows with the token's position. */
#pragma once

#include <umekomi/umk-types.h>

typedef struct {
    gsize n_dims; /* the first numbers of a head that turn, an even count; 0: none do */
    gboolean interleaved; /* pairs (0, 1), (2, 3) …, not (0, n / 2), (1, n / 2 + 1) … */
    const double *frequencies; /* (n_dims / 2) radians a position */
} UmkRotary;

/* base^(-2 i / n_dims); release with g_free. */
double *_umk_rotary_frequencies_new(double base, gsize n_dims);
/* Floats of the table for n positions. */
gsize _umk_rotary_table_size(const UmkRotary *self, gsize n_positions);
/* table (n_positions, n_dims): n_dims / 2 cosines, then as many sines */
void _umk_rotary_fill(const UmkRotary *self, gsize n_positions, float *table);
/* Turns n_heads heads of head_dims numbers that lie side by side, at one position. */
void _umk_rotary_apply(const UmkRotary *self,
                       const float *table,
                       gsize position,
                       gsize n_heads,
                       gsize head_dims,
                       float *x);
