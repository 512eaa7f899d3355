/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a graph of neighbours: as they are, or brought to length 1. Vectors whose
 * lengths are 1 already, as most embedders give them, are not copied. */
#include "index/umk-knn-rows-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-distance-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define CHUNK 256
/* Squared lengths this near 1 change 1 - cos by less than its own rounding. */
#define UNIT_TOLERANCE 1e-6

typedef struct {
    UmkKnnRows *rows;
    const float *vectors; /* (n, n_given) */
    gint not_unit;
    gint has_zero;
    UmkRun *run;
} Work;

static gboolean
is_zero(const float *vector, gsize n_dims)
{
    for (gsize i = 0; i < n_dims; i++)
        if (vector[i] != 0.0f)
            return FALSE;
    return TRUE;
}

static void
check_lengths(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    gsize n_dims = work->rows->n_given;
    float squared[CHUNK];

    if (!umk_run_check(work->run, NULL))
        return;
    _umk_distance_self(_umk_distance_best_level(), work->vectors + begin * n_dims, n_dims,
                       end - begin, n_dims, squared);
    for (gsize i = 0; i < end - begin; i++) {
        if (fabs((double) squared[i] - 1.0) > UNIT_TOLERANCE)
            g_atomic_int_set(&work->not_unit, TRUE);
        if (squared[i] == 0.0f && is_zero(work->vectors + (begin + i) * n_dims, n_dims))
            g_atomic_int_set(&work->has_zero, TRUE);
    }
}

void
_umk_knn_rows_prepare(const UmkKnnRows *self, const float *vector, float *row)
{
    double sum = 0.0, scale;

    if (!self->cosine) {
        memcpy(row, vector, self->n_dims * sizeof(float));
        return;
    }
    /* In double precision: the square of 1e25 is more than float can hold. */
    for (gsize i = 0; i < self->n_given; i++)
        sum += (double) vector[i] * (double) vector[i];
    scale = sum > 0.0 ? 1.0 / sqrt(sum) : 0.0;
    for (gsize i = 0; i < self->n_given; i++)
        row[i] = (float) ((double) vector[i] * scale);
    if (self->n_dims > self->n_given)
        row[self->n_given] = sum > 0.0 ? 0.0f : 1.0f;
}

static void
prepare_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    const UmkKnnRows *rows = work->rows;

    if (!umk_run_check(work->run, NULL))
        return;
    for (gsize i = begin; i < end; i++)
        _umk_knn_rows_prepare(rows, work->vectors + i * rows->n_given,
                              rows->own + i * rows->n_dims);
}

static gboolean
copy_at_length_one(UmkKnnRows *self, Work *work, GError **error)
{
    gsize count;

    self->n_dims += work->has_zero ? 1 : 0;
    if (!_umk_size_mul(self->n, self->n_dims, &count))
        count = G_MAXSIZE / sizeof(float);
    self->own = _umk_alloc_aligned(count, sizeof(float), _("The vectors"), error);
    if (self->own == NULL)
        return FALSE;
    _umk_parallel_for(self->n, CHUNK, prepare_rows, work);
    self->data = self->own;
    return TRUE;
}

gboolean
_umk_knn_rows_init(
    UmkKnnRows *self, UmkMatrix *vectors, UmkMetric metric, UmkRun *run, GError **error)
{
    const float *data = umk_matrix_get_row(vectors, 0, NULL);
    Work work = {.rows = self, .vectors = data, .run = run};

    *self = (UmkKnnRows){.data = data,
                         .n = umk_matrix_get_n_rows(vectors),
                         .n_dims = umk_matrix_get_n_cols(vectors),
                         .n_given = umk_matrix_get_n_cols(vectors),
                         .cosine = metric == UMK_METRIC_COSINE};
    if (metric == UMK_METRIC_DOT) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("A dot product is no distance; choose cosine or euclidean"));
        return FALSE;
    }
    if (self->cosine) {
        _umk_parallel_for(self->n, CHUNK, check_lengths, &work);
        if (work.not_unit && !copy_at_length_one(self, &work, error))
            return FALSE;
    }
    return umk_run_check(run, error);
}

void
_umk_knn_rows_clear(UmkKnnRows *self)
{
    g_clear_pointer(&self->own, _umk_free_aligned);
}

float
_umk_knn_rows_distance(const UmkKnnRows *self, float squared)
{
    return self->cosine ? 0.5f * squared : sqrtf(squared);
}
