/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of several groups without what sets the groups apart: each has the mean of its
 * group taken off it. Between the towers of a model of several modalities a constant
 * vector remains (Liang et al. 2022, "Mind the gap"), which a map shows as islands. */
#include "projection/umk-projection-center-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>

#define MOST 256u /* groups that a byte can tell apart */

static gboolean
check_groups(UmkMatrix *vectors, GBytes *groups, GError **error)
{
    gsize size = g_bytes_get_size(groups), n = umk_matrix_get_n_rows(vectors);

    if (size == n)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                _("There are groups of %zu rows, and %zu vectors"), size, n);
    return FALSE;
}

/* Summed in double in the order of rows, so the same on any machine. */
UmkMatrix *
_umk_projection_find_means(UmkMatrix *vectors,
                           GBytes *groups,
                           GBytes **of,
                           GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors);
    const guint8 *group = g_bytes_get_data(groups, NULL);
    g_autofree double *sums = NULL;
    g_autofree float *means = NULL;
    gsize count[MOST] = {0};
    guint8 found[MOST];
    guint n_groups = 0;

    if (!check_groups(vectors, groups, error))
        return NULL;
    sums = _umk_alloc((gsize) MOST * MAX(d, 1), sizeof *sums, _("The means"), error);
    if (sums == NULL)
        return NULL;
    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(vectors, i, NULL);
        double *sum = sums + group[i] * d;

        count[group[i]]++;
        for (gsize c = 0; c < d; c++)
            sum[c] += (double) row[c];
    }
    means = g_new(float, MOST *d + 1);
    for (guint g = 0; g < MOST; g++) {
        if (count[g] == 0)
            continue;
        for (gsize c = 0; c < d; c++)
            means[n_groups * d + c] = (float) (sums[g * d + c] / (double) count[g]);
        found[n_groups++] = (guint8) g;
    }
    *of = g_bytes_new(found, n_groups);
    return umk_matrix_new_from_data(n_groups, d, means, error);
}

/* Where the mean of each group stands; FALSE if a row has none. */
static gboolean
find_rows(GBytes *groups, GBytes *of, gssize rows[MOST], GError **error)
{
    gsize n, n_means;
    const guint8 *group = g_bytes_get_data(groups, &n);
    const guint8 *known = g_bytes_get_data(of, &n_means);

    for (guint g = 0; g < MOST; g++)
        rows[g] = -1;
    for (gsize i = 0; i < n_means; i++)
        rows[known[i]] = (gssize) i;
    for (gsize i = 0; i < n; i++)
        if (rows[group[i]] < 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                        _("The map was made without any row of group %u, so there is no "
                          "mean to centre such rows by"),
                        group[i]);
            return FALSE;
        }
    return TRUE;
}

UmkMatrix *
_umk_projection_center(
    UmkMatrix *vectors, GBytes *groups, UmkMatrix *means, GBytes *of, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors);
    const guint8 *group = g_bytes_get_data(groups, NULL);
    gssize rows[MOST];
    g_autoptr(GBytes) bytes = NULL;
    float *centered;

    if (!check_groups(vectors, groups, error) || !find_rows(groups, of, rows, error))
        return NULL;
    if (umk_matrix_get_n_cols(means) != d ||
        umk_matrix_get_n_rows(means) != g_bytes_get_size(of)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The means have %zu dimensions, the vectors have %zu"),
                    umk_matrix_get_n_cols(means), d);
        return NULL;
    }
    centered = _umk_alloc_aligned(MAX(n * d, 1), sizeof *centered,
                                  _("The centred vectors"), error);
    if (centered == NULL)
        return NULL;
    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(vectors, i, NULL);
        const float *mean = umk_matrix_get_row(means, (gsize) rows[group[i]], NULL);

        for (gsize c = 0; c < d; c++)
            centered[i * d + c] = row[c] - mean[c];
    }
    bytes = _umk_bytes_new_aligned(centered, n * d * sizeof *centered);
    return umk_matrix_new_from_bytes(n, d, bytes, error);
}
