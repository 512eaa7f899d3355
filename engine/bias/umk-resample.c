/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws replicates in parallel, one stream each, and turns them into percentile and BCa
 * intervals. A replicate whose figure is not defined is left out and counted. */
#include "bias/umk-resample-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "stats/umk-intervals-private.h"

#include <math.h>

#define CHUNK 64
#define SLAB  1024 /* replicates between two looks at the clock */

typedef struct {
    const UmkResample *what;
    const guint32 *in_order; /* 0, 1, 2 … */
    guint groups;
    gsize first, n; /* of this slab; of all */
    guint64 seed, stream;
    double *values; /* (n_figures, n) */
} Work;

static gsize
largest_group(const UmkResample *self)
{
    gsize most = 0;

    for (gsize g = 0; g < self->n_groups; g++)
        most = MAX(most, self->sizes[g]);
    return most;
}

static guint32 *
count_up(gsize n)
{
    guint32 *items = g_new(guint32, n + 1);

    for (gsize i = 0; i < n; i++)
        items[i] = (guint32) i;
    return items;
}

static void
pick_whole(const UmkResample *self, const guint32 *in_order, UmkPicks *picks)
{
    for (gsize g = 0; g < self->n_groups; g++) {
        picks->items[g] = in_order;
        picks->n[g] = self->sizes[g];
        picks->whole[g] = TRUE;
    }
}

static void
store(const Work *work, gsize at, const double *values)
{
    for (gsize f = 0; f < work->what->n_figures; f++)
        work->values[f * work->n + at] = values[f];
}

static void
draw_group(UmkPicks *picks, gsize g, gsize n, guint32 *items, UmkRng *rng)
{
    for (gsize i = 0; i < n; i++)
        items[i] = (guint32) _umk_rng_below(rng, n);
    picks->items[g] = items;
    picks->whole[g] = FALSE;
}

static void
draw_some(gsize begin, gsize end, guint worker, gpointer data)
{
    const Work *work = data;
    const UmkResample *what = work->what;
    gsize most = largest_group(what);
    g_autofree guint32 *items = g_new(guint32, what->n_groups * most + 1);
    g_autofree double *scratch = g_new(double, what->n_scratch + 1);
    g_autofree double *values = g_new(double, what->n_figures);

    (void) worker;
    for (gsize i = work->first + begin; i < work->first + end; i++) {
        UmkPicks picks;
        UmkRng rng;

        _umk_rng_init(&rng, work->seed, work->stream + i);
        pick_whole(what, work->in_order, &picks);
        for (gsize g = 0; g < what->n_groups; g++)
            if (work->groups & (1u << g))
                draw_group(&picks, g, what->sizes[g], items + g * most, &rng);
        what->figures(what, &picks, scratch, values);
        store(work, i, values);
    }
}

static gboolean
run_in_slabs(Work *work, UmkPoolFunc func, UmkRun *run, GError **error)
{
    for (work->first = 0; work->first < work->n; work->first += SLAB) {
        if (!umk_run_check(run, error))
            return FALSE;
        _umk_parallel_for(MIN(SLAB, work->n - work->first), CHUNK, func, work);
    }
    return TRUE;
}

double *
_umk_resample_draw(const UmkResample *self,
                   guint groups,
                   gsize n_replicates,
                   guint64 seed,
                   guint64 stream,
                   UmkRun *run,
                   GError **error)
{
    g_autofree guint32 *in_order = count_up(largest_group(self));
    g_autofree double *values = _umk_alloc(self->n_figures * n_replicates, sizeof(double),
                                           "the replicates", error);
    Work work = {self, in_order, groups, 0, n_replicates, seed, stream, values};

    if (values == NULL || !run_in_slabs(&work, draw_some, run, error))
        return NULL;
    return g_steal_pointer(&values);
}

static void
leave_some_out(gsize begin, gsize end, guint worker, gpointer data)
{
    const Work *work = data;
    const UmkResample *what = work->what;
    g_autofree guint32 *items = g_new(guint32, largest_group(what) + 1);
    g_autofree double *scratch = g_new(double, what->n_scratch + 1);
    g_autofree double *values = g_new(double, what->n_figures);

    (void) worker;
    for (gsize i = work->first + begin; i < work->first + end; i++) {
        gsize g = 0, out = i, kept = 0;
        UmkPicks picks;

        pick_whole(what, work->in_order, &picks);
        for (; out >= what->sizes[g]; g++)
            out -= what->sizes[g];
        for (gsize j = 0; j < what->sizes[g]; j++)
            if (j != out)
                items[kept++] = (guint32) j;
        picks.items[g] = items;
        picks.n[g] = kept;
        picks.whole[g] = FALSE;
        if (kept > 0)
            what->figures(what, &picks, scratch, values);
        for (gsize f = 0; kept == 0 && f < what->n_figures; f++)
            values[f] = NAN;
        store(work, i, values);
    }
}

double *
_umk_resample_leave_out(const UmkResample *self, UmkRun *run, GError **error)
{
    g_autofree guint32 *in_order = count_up(largest_group(self));
    g_autofree double *values = NULL;
    Work work = {.what = self, .in_order = in_order};

    for (gsize g = 0; g < self->n_groups; g++)
        work.n += self->sizes[g];
    values =
        _umk_alloc(self->n_figures * work.n, sizeof(double), "the replicates", error);
    work.values = values;
    if (values == NULL || !run_in_slabs(&work, leave_some_out, run, error))
        return NULL;
    return g_steal_pointer(&values);
}

void
_umk_resample_whole(const UmkResample *self, double *values)
{
    g_autofree guint32 *in_order = count_up(largest_group(self));
    g_autofree double *scratch = g_new(double, self->n_scratch + 1);
    UmkPicks picks;

    pick_whole(self, in_order, &picks);
    self->figures(self, &picks, scratch, values);
}
