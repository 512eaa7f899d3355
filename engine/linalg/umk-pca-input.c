/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows that principal components are taken of: their mean, and blocks of them
 * centred.
 */
#include "linalg/umk-pca-parts-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

double
_umk_pca_row_scale(const float *row, gsize n_dims, gboolean unit_rows)
{
    double squared = 0.0;

    if (!unit_rows)
        return 1.0;
    for (gsize i = 0; i < n_dims; i++)
        squared += (double) row[i] * (double) row[i];
    return squared > 0.0 ? 1.0 / sqrt(squared) : 0.0;
}

/* ---- mean ------------------------------------------------------------------------- */

typedef struct {
    const UmkPcaInput *input;
    double *sums; /* (n_blocks, n_dims) */
} MeanWork;

static void
sum_blocks(gsize begin, gsize end, guint worker, gpointer data)
{
    MeanWork *work = data;
    const UmkPcaInput *input = work->input;

    for (gsize row = begin; row < end; row++) {
        double *sums = work->sums + row / UMK_PCA_BLOCK_ROWS * input->n_dims;
        const float *values = input->rows + row * input->stride;
        double scale = _umk_pca_row_scale(values, input->n_dims, input->unit_rows);

        for (gsize i = 0; i < input->n_dims; i++)
            sums[i] += (double) values[i] * scale;
    }
}

gboolean
_umk_pca_mean(const UmkPcaInput *input, double *mean, GError **error)
{
    gsize n_blocks = (input->n_rows + UMK_PCA_BLOCK_ROWS - 1) / UMK_PCA_BLOCK_ROWS, count;
    MeanWork work = {.input = input};

    memset(mean, 0, input->n_dims * sizeof *mean);
    if (!_umk_size_mul(n_blocks, input->n_dims, &count))
        count = G_MAXSIZE / sizeof(double);
    work.sums = _umk_alloc_aligned(count, sizeof(double), _("The mean"), error);
    if (work.sums == NULL)
        return FALSE;
    _umk_parallel_for(input->n_rows, UMK_PCA_BLOCK_ROWS, sum_blocks, &work);
    for (gsize block = 0; block < n_blocks; block++)
        for (gsize i = 0; i < input->n_dims; i++)
            mean[i] += work.sums[block * input->n_dims + i];
    for (gsize i = 0; i < input->n_dims && input->n_rows > 0; i++)
        mean[i] /= (double) input->n_rows;
    _umk_free_aligned(work.sums);
    return TRUE;
}

/* ---- centred rows and their products ---------------------------------------------- */

typedef struct {
    const UmkPcaInput *input;
    const double *mean;
    gsize first;
    double *out; /* (n, n_dims), or: */
    float *out_f32;
} CentreWork;

static void
centre_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    CentreWork *work = data;
    const UmkPcaInput *input = work->input;

    for (gsize row = begin; row < end; row++) {
        const float *values = input->rows + (work->first + row) * input->stride;
        double scale = _umk_pca_row_scale(values, input->n_dims, input->unit_rows);
        gsize at = row * input->n_dims;

        for (gsize i = 0; work->out != NULL && i < input->n_dims; i++)
            work->out[at + i] = (double) values[i] * scale - work->mean[i];
        for (gsize i = 0; work->out_f32 != NULL && i < input->n_dims; i++)
            work->out_f32[at + i] = (float) ((double) values[i] * scale - work->mean[i]);
    }
}

void
_umk_pca_centre(
    const UmkPcaInput *input, const double *mean, gsize first, gsize n, double *out)
{
    CentreWork work = {.input = input, .mean = mean, .first = first, .out = out};

    _umk_parallel_for(n, 64, centre_rows, &work);
}

void
_umk_pca_centre_f32(
    const UmkPcaInput *input, const double *mean, gsize first, gsize n, float *out)
{
    CentreWork work = {.input = input, .mean = mean, .first = first, .out_f32 = out};

    _umk_parallel_for(n, 64, centre_rows, &work);
}
