/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lengths that turn dot products of float rows into cosines, in double. */
#include "linalg/umk-cosine-private.h"

#include <umekomi/umk-matrix.h>

#include <math.h>

static double
scale_of(const float *row, gsize d)
{
    double squared = 0.0;

    for (gsize j = 0; j < d; j++)
        squared += (double) row[j] * (double) row[j];
    return squared > 0.0 ? 1.0 / sqrt(squared) : 0.0;
}

double *
_umk_cosine_new_scales(UmkMatrix *rows)
{
    gsize n = umk_matrix_get_n_rows(rows), d = umk_matrix_get_n_cols(rows);
    double *scales = g_new(double, n + 1);

    for (gsize i = 0; i < n; i++)
        scales[i] = scale_of(umk_matrix_get_row(rows, i, NULL), d);
    return scales;
}

void
_umk_cosine_unit_row(UmkMatrix *rows, gsize i, double *to)
{
    gsize d = umk_matrix_get_n_cols(rows);
    const float *from = umk_matrix_get_row(rows, i, NULL);
    double scale = scale_of(from, d);

    for (gsize j = 0; j < d; j++)
        to[j] = (double) from[j] * scale;
}
