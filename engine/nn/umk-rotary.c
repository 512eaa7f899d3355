/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rotary position embedding. Angles are computed in double precision, so long positions
 * keep their accuracy; the table is made for the longest sequence of a batch and costs
 * far less than one layer does. */
#include "nn/umk-rotary-private.h"

#include <math.h>

double *
_umk_rotary_frequencies_new(double base, gsize n_dims)
{
    double *frequencies = g_new(double, MAX(n_dims / 2, 1));

    for (gsize i = 0; i < n_dims / 2; i++)
        frequencies[i] = pow(base, -2.0 * (double) i / (double) n_dims);
    return frequencies;
}

gsize
_umk_rotary_table_size(const UmkRotary *self, gsize n_positions)
{
    return n_positions * self->n_dims;
}

void
_umk_rotary_fill(const UmkRotary *self, gsize n_positions, float *table)
{
    gsize half = self->n_dims / 2;

    for (gsize position = 0; position < n_positions; position++, table += self->n_dims) {
        for (gsize i = 0; i < half; i++) {
            double angle = (double) position * self->frequencies[i];

            table[i] = (float) cos(angle);
            table[half + i] = (float) sin(angle);
        }
    }
}

static inline void
turn(float *a, float *b, float cosine, float sine)
{
    float x = *a, y = *b;

    *a = x * cosine - y * sine;
    *b = y * cosine + x * sine;
}

void
_umk_rotary_apply(const UmkRotary *self,
                  const float *table,
                  gsize position,
                  gsize n_heads,
                  gsize head_dims,
                  float *x)
{
    gsize half = self->n_dims / 2;
    const float *cosines = table + position * self->n_dims, *sines = cosines + half;

    for (gsize head = 0; head < n_heads; head++, x += head_dims) {
        if (self->interleaved)
            for (gsize i = 0; i < half; i++)
                turn(x + 2 * i, x + 2 * i + 1, cosines[i], sines[i]);
        else
            for (gsize i = 0; i < half; i++)
                turn(x + i, x + half + i, cosines[i], sines[i]);
    }
}
