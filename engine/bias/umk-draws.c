/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drawing items anew, and small things that several measures write. */
#include "bias/umk-draws-private.h"

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "stats/umk-correlation-private.h"
#include "stats/umk-intervals-private.h"

#include <math.h>

#define CHUNK 32

UmkDraws
_umk_draws_new(UmkParams *params, guint64 seed, const char *over)
{
    return (UmkDraws){.n_replicates = (gsize) umk_params_get_int(params, "replicates"),
                      .level = umk_params_get_double(params, "level"),
                      .seed = seed,
                      .over = over};
}

typedef struct {
    const UmkDraws *draws;
    UmkDrawFunc func;
    gconstpointer data;
    gsize n;
    double *values; /* (n_replicates) */
} DrawWork;

static void
draw(gsize begin, gsize end, guint worker, gpointer data)
{
    DrawWork *work = data;
    g_autofree guint32 *drawn = g_new(guint32, work->n);

    for (gsize replicate = begin; replicate < end; replicate++) {
        UmkRng rng;

        _umk_rng_init(&rng, work->draws->seed, replicate);
        for (gsize i = 0; i < work->n; i++)
            drawn[i] = (guint32) _umk_rng_below(&rng, work->n);
        work->values[replicate] = work->func(drawn, work->n, work->data);
    }
}

gboolean
_umk_draws_interval(const UmkDraws *self,
                    UmkDrawFunc func,
                    gconstpointer data,
                    gsize n,
                    UmkBiasInterval *interval)
{
    DrawWork work = {.draws = self, .func = func, .data = data, .n = n};
    g_autofree double *values = NULL;
    UmkRange range;
    gsize n_numbers;

    if (n < 2 || n > G_MAXUINT32 || self->n_replicates == 0)
        return FALSE;
    work.values = values = g_new(double, self->n_replicates);
    _umk_parallel_for(self->n_replicates, CHUNK, draw, &work);
    n_numbers = _umk_sort_numbers(values, self->n_replicates);
    if (2 * n_numbers < self->n_replicates)
        return FALSE;
    range = _umk_interval_percentile(values, n_numbers, self->level);
    *interval = (UmkBiasInterval){self->over,
                                  "percentile",
                                  self->level,
                                  range.low,
                                  range.high,
                                  n_numbers,
                                  _umk_deviation_of(values, n_numbers)};
    return TRUE;
}

double
_umk_drawn_mean(const guint32 *drawn, gsize n, gconstpointer values)
{
    const double *of = values;
    double sum = 0.0;
    gsize n_used = 0;

    for (gsize i = 0; i < n; i++)
        if (isfinite(of[drawn[i]])) {
            sum += of[drawn[i]];
            n_used++;
        }
    return n_used > 0 ? sum / (double) n_used : (double) NAN;
}

double
_umk_drawn_correlation(const guint32 *drawn, gsize n, gconstpointer pairs)
{
    const UmkDrawnPairs *of = pairs;
    g_autofree double *a = g_new(double, n + 1), *b = g_new(double, n + 1);

    for (gsize i = 0; i < n; i++) {
        a[i] = of->a[drawn[i]];
        b[i] = of->b[drawn[i]];
    }
    return _umk_pearson(a, b, n);
}

UmkBiasInterval
_umk_share_interval(guint64 k, guint64 n, double level, const char *over)
{
    UmkRange range = _umk_interval_wilson(k, n, level);

    return (UmkBiasInterval){over, "wilson", level, range.low, range.high, 0, NAN};
}

UmkBiasInterval
_umk_folded_share_interval(guint64 k, guint64 n, double level, const char *over)
{
    UmkRange range = _umk_interval_wilson(k, n, level);
    double high = fmax(range.high, 1.0 - range.low);

    return (UmkBiasInterval){over,  "wilson-folded",
                             level, fmax(0.5, fmax(range.low, 1.0 - range.high)),
                             high,  0,
                             NAN};
}

void
_umk_bias_open(JsonBuilder *result, const char *member)
{
    json_builder_set_member_name(result, member);
    json_builder_begin_array(result);
}

void
_umk_bias_close(JsonBuilder *result)
{
    json_builder_end_array(result);
}

void
_umk_bias_add_codes(JsonBuilder *result, const char *member, const GPtrArray *codes)
{
    _umk_bias_open(result, member);
    for (guint i = 0; i < codes->len; i++)
        json_builder_add_string_value(result, codes->pdata[i]);
    _umk_bias_close(result);
}
