/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of several groups without what sets the groups apart: each has the mean of its
 * group taken off it. Between the towers of a model of several modalities a constant
 * vector remains (Liang et al. 2022, "Mind the gap"), which a map shows as islands. */
#include "projection/umk-projection-center-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>

#define MOST 256u /* groups that a byte can tell apart */

/* (MOST, n_dims), in double: summed in the order of rows, so the same on any machine. */
static double *
find_means(UmkMatrix *vectors, const guint8 *groups, guint *n_groups, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors);
    double *means =
        _umk_alloc((gsize) MOST * MAX(d, 1), sizeof *means, _("The means"), error);
    gsize count[MOST] = {0};

    if (means == NULL)
        return NULL;
    for (gsize i = 0; i < (gsize) MOST * d; i++)
        means[i] = 0;
    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(vectors, i, NULL);
        double *mean = means + groups[i] * d;

        count[groups[i]]++;
        for (gsize c = 0; c < d; c++)
            mean[c] += (double) row[c];
    }
    *n_groups = 0;
    for (guint g = 0; g < MOST; g++) {
        *n_groups += count[g] > 0 ? 1 : 0;
        for (gsize c = 0; c < d && count[g] > 0; c++)
            means[g * d + c] /= (double) count[g];
    }
    return means;
}

UmkMatrix *
_umk_projection_center(UmkMatrix *vectors,
                       GBytes *groups,
                       guint *n_groups,
                       GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors), size;
    const guint8 *of = g_bytes_get_data(groups, &size);
    g_autofree double *means = NULL;
    g_autoptr(GBytes) bytes = NULL;
    float *centered;

    if (size != n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("There are groups of %zu rows, and %zu vectors"), size, n);
        return NULL;
    }
    means = find_means(vectors, of, n_groups, error);
    if (means == NULL)
        return NULL;
    centered = _umk_alloc_aligned(MAX(n * d, 1), sizeof *centered,
                                  _("The centred vectors"), error);
    if (centered == NULL)
        return NULL;
    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(vectors, i, NULL);
        const double *mean = means + of[i] * d;

        for (gsize c = 0; c < d; c++)
            centered[i * d + c] = (float) ((double) row[c] - mean[c]);
    }
    bytes = _umk_bytes_new_aligned(centered, n * d * sizeof *centered);
    return umk_matrix_new_from_bytes(n, d, bytes, error);
}
