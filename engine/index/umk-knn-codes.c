/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making seven-bit codes. The step is chosen from a sample: the widest range of a
 * dimension, but no more than eight deviations of the most varied one, so that a few
 * extreme values do not cost all others their digits; what lies outside is cut. */
#include "index/umk-knn-codes-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define MAX_SAMPLE 2048
#define CHUNK      512
#define TOP        127.0f

typedef struct {
    float least, most;
    double sum, squares;
} Range;

static void
look_at_sample(const UmkKnnRows *rows, Range *ranges)
{
    gsize n_sample = MIN(rows->n, MAX_SAMPLE);

    for (gsize j = 0; j < rows->n_dims; j++)
        ranges[j] = (Range){.least = INFINITY, .most = -INFINITY};
    for (gsize i = 0; i < n_sample; i++) {
        const float *row = rows->data + i * rows->n / n_sample * rows->n_dims;

        for (gsize j = 0; j < rows->n_dims; j++) {
            ranges[j].least = MIN(ranges[j].least, row[j]);
            ranges[j].most = MAX(ranges[j].most, row[j]);
            ranges[j].sum += (double) row[j];
            ranges[j].squares += (double) row[j] * (double) row[j];
        }
    }
}

static void
choose_step(UmkKnnCodes *self, const Range *ranges, gsize n_sample)
{
    double widest = 0.0, most_varied = 0.0, range;

    for (gsize j = 0; j < self->n_dims; j++) {
        double mean = ranges[j].sum / (double) n_sample;

        widest = MAX(widest, (double) ranges[j].most - (double) ranges[j].least);
        most_varied =
            MAX(most_varied, ranges[j].squares / (double) n_sample - mean * mean);
    }
    range = MIN(widest, 8.0 * sqrt(most_varied));
    if (!(range > 0.0))
        range = 1.0;
    self->scale = (float) ((double) TOP / range);
    for (gsize j = 0; j < self->n_dims; j++) {
        double low = (double) ranges[j].least, high = (double) ranges[j].most;
        double centre =
            high - low <= range ? (low + high) / 2.0 : ranges[j].sum / (double) n_sample;

        self->offsets[j] = (float) (centre - range / 2.0);
    }
}

void
_umk_knn_codes_encode(const UmkKnnCodes *self, const float *row, guint8 *code)
{
    for (gsize j = 0; j < self->n_dims; j++) {
        float x = (row[j] - self->offsets[j]) * self->scale + 0.5f;

        code[j] = (guint8) (gint32) CLAMP(x, 0.0f, TOP);
    }
}

typedef struct {
    UmkKnnCodes *codes;
    const UmkKnnRows *rows;
    UmkRun *run;
} Work;

static void
encode_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    UmkKnnCodes *codes = work->codes;

    if (!umk_run_check(work->run, NULL))
        return;
    for (gsize i = begin; i < end; i++)
        _umk_knn_codes_encode(codes, work->rows->data + i * codes->n_dims,
                              codes->codes + i * codes->width);
}

gboolean
_umk_knn_codes_init(UmkKnnCodes *self,
                    const UmkKnnRows *rows,
                    UmkRun *run,
                    GError **error)
{
    Work work = {.codes = self, .rows = rows, .run = run};
    g_autofree Range *ranges = g_new(Range, rows->n_dims + 1);
    gsize size;

    *self = (UmkKnnCodes){.n = rows->n,
                          .n_dims = rows->n_dims,
                          .width = (MAX(rows->n_dims, 1) + 31) / 32 * 32};
    if (!_umk_size_mul(self->n, self->width, &size))
        size = G_MAXSIZE;
    self->codes = _umk_alloc_aligned(size, 1, _("The codes of the vectors"), error);
    if (self->codes == NULL)
        return FALSE;
    self->offsets = g_new(float, rows->n_dims + 1);
    look_at_sample(rows, ranges);
    choose_step(self, ranges, MIN(rows->n, MAX_SAMPLE));
    _umk_parallel_for(self->n, CHUNK, encode_chunk, &work);
    return umk_run_check(run, error);
}

void
_umk_knn_codes_clear(UmkKnnCodes *self)
{
    g_clear_pointer(&self->codes, _umk_free_aligned);
    g_clear_pointer(&self->offsets, g_free);
}
