/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that resampling tells of a set of figures at once: their values, what they
 * are without each item, and their intervals over each way of drawing anew. */
#include "bias/umk-resample-private.h"

#include "stats/umk-intervals-private.h"

#include <math.h>
#include <string.h>

void
_umk_resampled_clear(UmkResampled *self)
{
    g_clear_pointer(&self->values, g_free);
    g_clear_pointer(&self->without, g_free);
    g_clear_pointer(&self->intervals, g_free);
    g_clear_pointer(&self->n_intervals, g_free);
}

static gboolean
can_draw(const UmkResample *what, guint groups)
{
    for (gsize g = 0; g < what->n_groups; g++)
        if ((groups & (1u << g)) && what->sizes[g] < 2)
            return FALSE;
    return TRUE;
}

/* Of the groups that were drawn anew. */
static double
acceleration(const UmkResample *what, guint groups, const double *without)
{
    g_autofree double *kept = NULL;
    gsize sizes[UMK_RESAMPLE_GROUPS], n_groups = 0, n = 0, at = 0;

    for (gsize g = 0; g < what->n_groups; g++)
        at += what->sizes[g];
    kept = g_new(double, at + 1);
    at = 0;
    for (gsize g = 0; g < what->n_groups; at += what->sizes[g], g++)
        if (groups & (1u << g)) {
            memcpy(kept + n, without + at, what->sizes[g] * sizeof *kept);
            sizes[n_groups++] = what->sizes[g];
            n += what->sizes[g];
        }
    return _umk_bca_acceleration(kept, sizes, n_groups);
}

static void
add_interval(UmkResampled *resampled,
             gsize figure,
             const UmkResampleWay *way,
             const char *method,
             double level,
             UmkRange range,
             gsize n,
             double deviation)
{
    gsize at = figure * resampled->n_per_figure + resampled->n_intervals[figure]++;

    resampled->intervals[at] = (UmkBiasInterval){
        way->over, method, level, range.low, range.high, n, deviation,
    };
}

/* replicates (n) is sorted on the way. */
static void
add_intervals(const UmkResample *what,
              UmkResampled *resampled,
              gsize figure,
              const UmkResampleWay *way,
              double level,
              double *replicates,
              gsize n)
{
    gsize kept = _umk_sort_numbers(replicates, n);
    double bias, skew, deviation = _umk_deviation_of(replicates, kept);
    UmkRange range;

    resampled->left_out = MAX(resampled->left_out, n - kept);
    if (kept < 2)
        return;
    add_interval(resampled, figure, way, "percentile", level,
                 _umk_interval_percentile(replicates, kept, level), kept, deviation);
    bias = _umk_bca_bias(replicates, kept, resampled->values[figure]);
    skew =
        acceleration(what, way->groups, resampled->without + figure * resampled->n_items);
    range = _umk_interval_bca(replicates, kept, bias, skew, level);
    if (isfinite(range.low) && isfinite(range.high))
        add_interval(resampled, figure, way, "bca", level, range, kept, deviation);
    else
        resampled->no_bca = TRUE;
}

static void
resampled_init(UmkResampled *self, const UmkResample *what, gsize n_ways)
{
    *self = (UmkResampled){.n_figures = what->n_figures, .n_per_figure = 2 * n_ways};
    for (gsize g = 0; g < what->n_groups; g++)
        self->n_items += what->sizes[g];
    self->values = g_new(double, what->n_figures);
    self->intervals = g_new0(UmkBiasInterval, what->n_figures * 2 * n_ways + 1);
    self->n_intervals = g_new0(gsize, what->n_figures);
}

gboolean
_umk_resample_all(const UmkResample *self,
                  const UmkResampleWay *ways,
                  gsize n_ways,
                  gsize n_replicates,
                  double level,
                  guint64 seed,
                  UmkResampled *resampled,
                  UmkRun *run,
                  GError **error)
{
    resampled_init(resampled, self, n_ways);
    _umk_resample_whole(self, resampled->values);
    resampled->without = _umk_resample_leave_out(self, run, error);
    if (resampled->without == NULL)
        return FALSE;
    for (gsize w = 0; n_replicates > 0 && w < n_ways; w++) {
        gsize n = ways[w].most > 0 ? MIN(ways[w].most, n_replicates) : n_replicates;
        g_autofree double *replicates = NULL;

        if (!can_draw(self, ways[w].groups)) {
            resampled->too_few = TRUE;
            continue;
        }
        replicates = _umk_resample_draw(self, ways[w].groups, n, seed,
                                        (guint64) (w + 1) << 40, run, error);
        if (replicates == NULL)
            return FALSE;
        for (gsize f = 0; f < self->n_figures; f++)
            if (isfinite(resampled->values[f]))
                add_intervals(self, resampled, f, &ways[w], level, replicates + f * n, n);
    }
    return TRUE;
}
