/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cosines in double precision between rows of float matrices, for figures that are
 * printed rather than for searches: no copy of the matrix in double is made. */
#pragma once

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

/* Sum of a[j] * row[j] in four lanes of one fixed order. */
static inline double
_umk_cosine_dot(const double *a, const float *row, gsize d)
{
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
    gsize j = 0;

    for (; j + 4 <= d; j += 4) {
        s0 += a[j] * (double) row[j];
        s1 += a[j + 1] * (double) row[j + 1];
        s2 += a[j + 2] * (double) row[j + 2];
        s3 += a[j + 3] * (double) row[j + 3];
    }
    for (; j < d; j++)
        s0 += a[j] * (double) row[j];
    return (s0 + s2) + (s1 + s3);
}

/* (n) 1 / length of each row; 0 for a row of zeros. Free with g_free(). */
double *_umk_cosine_new_scales(UmkMatrix *rows);
/* to (d) = row i, of length 1; a row of zeros stays one. */
void _umk_cosine_unit_row(UmkMatrix *rows, gsize i, double *to);

G_END_DECLS
