/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A figure of sets that mean nothing, many times over, and what follows from it: how rare
 * the figure that was found is among them, and how large one must be to be found. */
#include "bias/umk-bias-control-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "stats/umk-distributions-private.h"
#include "stats/umk-intervals-private.h"

#include <math.h>
#include <string.h>

#define CHUNK     16
#define SLAB      1024
#define TOLERANCE 1e-12 /* of the figure */

typedef struct {
    const UmkResample *what;
    const gsize *wanted;
    gsize figure, first, most;
    guint groups;
    guint64 seed;
    const guint32 *in_order;
    double *values;
} Drawing;

/* FALSE, with the reason in self, where there are no random sets. */
gboolean
_umk_bias_null_begin(UmkBiasNull *self,
                     UmkBiasSets *random,
                     const UmkBiasSets *sets,
                     const UmkBiasInput *input,
                     UmkParams *params,
                     gsize n_wanted,
                     guint64 seed)
{
    gsize n = (gsize) umk_params_get_int(params, "controls");

    self->undefined =
        n > 0 ? _umk_bias_sets_init_random(random, sets, input, n_wanted, seed)
              : "not-asked-for";
    self->n = self->undefined == NULL ? n : 0;
    return self->n > 0;
}

void
_umk_bias_null_clear(UmkBiasNull *self)
{
    g_clear_pointer(&self->values, g_free);
}

static gsize
count_wanted(guint groups, const gsize *wanted)
{
    gsize n = 0;

    for (gsize g = 0; g < UMK_RESAMPLE_GROUPS; g++)
        n += groups & (1u << g) ? wanted[g] : 0;
    return n;
}

/* The head of a shuffle of items; other (n) is told what was swapped, to undo it. */
static void
shuffle_head(guint32 *items, gsize n_items, guint32 *other, gsize n, UmkRng *rng)
{
    for (gsize i = 0; i < n; i++) {
        guint32 item = items[i];

        other[i] = (guint32) (i + _umk_rng_below(rng, n_items - i));
        items[i] = items[other[i]];
        items[other[i]] = item;
    }
}

static void
undo(guint32 *items, const guint32 *other, gsize n)
{
    for (gsize i = n; i-- > 0;) {
        guint32 item = items[i];

        items[i] = items[other[i]];
        items[other[i]] = item;
    }
}

static void
draw_some(gsize begin, gsize end, guint worker, gpointer data)
{
    const Drawing *drawing = data;
    const UmkResample *what = drawing->what;
    gsize n = count_wanted(drawing->groups, drawing->wanted), n_items = 0;
    g_autofree guint32 *items =
        g_memdup2(drawing->in_order, (drawing->most + 1) * sizeof(guint32));
    g_autofree guint32 *other = g_new(guint32, n + 1);
    g_autofree double *scratch = g_new(double, what->n_scratch + 1);
    g_autofree double *figures = g_new(double, what->n_figures);

    (void) worker;
    for (gsize g = 0; g < what->n_groups; g++)
        if (drawing->groups & (1u << g) && drawing->wanted[g] > 0)
            n_items = what->sizes[g];
    for (gsize i = drawing->first + begin; i < drawing->first + end; i++) {
        UmkPicks picks = {0};
        gsize at = 0;
        UmkRng rng;

        _umk_rng_init(&rng, drawing->seed, UMK_STREAM_CONTROLS + 1 + i);
        shuffle_head(items, n_items, other, n, &rng);
        for (gsize g = 0; g < what->n_groups; g++) {
            gboolean drawn = (drawing->groups & (1u << g)) != 0;

            picks.items[g] = drawn ? items + at : drawing->in_order;
            picks.n[g] = drawn ? drawing->wanted[g] : what->sizes[g];
            picks.whole[g] = !drawn;
            at += drawn ? drawing->wanted[g] : 0;
        }
        what->figures(what, &picks, scratch, figures);
        drawing->values[i] = figures[drawing->figure];
        undo(items, other, n);
    }
}

gboolean
_umk_bias_null_draw(UmkBiasNull *self,
                    const UmkResample *what,
                    gsize figure,
                    guint groups,
                    const gsize wanted[UMK_RESAMPLE_GROUPS],
                    guint64 seed,
                    UmkRun *run,
                    GError **error)
{
    g_autofree guint32 *in_order = NULL;
    Drawing drawing = {
        .what = what, .wanted = wanted, .figure = figure, .groups = groups, .seed = seed};

    for (gsize g = 0; g < what->n_groups; g++)
        drawing.most = MAX(drawing.most, what->sizes[g]);
    in_order = g_new(guint32, drawing.most + 1);
    for (gsize i = 0; i <= drawing.most; i++)
        in_order[i] = (guint32) i;
    drawing.in_order = in_order;
    self->values = _umk_alloc(self->n, sizeof(double), "the random sets", error);
    if (self->values == NULL)
        return FALSE;
    drawing.values = self->values;
    for (; drawing.first < self->n; drawing.first += SLAB) {
        if (!umk_run_check(run, error))
            return FALSE;
        _umk_parallel_for(MIN(SLAB, self->n - drawing.first), CHUNK, draw_some, &drawing);
    }
    return TRUE;
}

typedef struct {
    UmkDrawFunc func;
    gconstpointer data;
} List;

static void
list_figure(const UmkResample *what,
            const UmkPicks *picks,
            double *scratch,
            double *values)
{
    const List *list = what->data;

    (void) scratch;
    values[0] = list->func(picks->items[0], picks->n[0], list->data);
}

gboolean
_umk_bias_null_draw_list(UmkBiasNull *self,
                         UmkDrawFunc func,
                         gconstpointer data,
                         gsize n_items,
                         gsize n_wanted,
                         guint64 seed,
                         UmkRun *run,
                         GError **error)
{
    List list = {func, data};
    UmkResample what = {.n_groups = 1,
                        .sizes = {n_items},
                        .n_figures = 1,
                        .figures = list_figure,
                        .data = &list};
    gsize wanted[UMK_RESAMPLE_GROUPS] = {n_wanted};

    return _umk_bias_null_draw(self, &what, 0, 1u, wanted, seed, run, error);
}

/* ---- what follows ------------------------------------------------------------------ */

/* How far beyond neutral in the direction that is more. */
static double
distance(const UmkBiasNull *null, double value)
{
    double away = value - null->neutral;

    if (strcmp(null->alternative, "less") == 0)
        return -away;
    return strcmp(null->alternative, "two-sided") == 0 ? fabs(away) : away;
}

/* Of sorted numbers. */
static void
write_values(JsonBuilder *result, const UmkBiasNull *null, gsize kept, double level)
{
    UmkRange range = _umk_interval_percentile(null->values, kept, level);
    double mean = 0.0, squares = 0.0, found = distance(null, null->found);
    gsize as_large = 0;

    for (gsize i = 0; i < kept; i++) {
        mean += null->values[i] / (double) kept;
        as_large +=
            distance(null, null->values[i]) >= found - TOLERANCE * fabs(null->found);
    }
    for (gsize i = 0; i < kept; i++)
        squares += (null->values[i] - mean) * (null->values[i] - mean);
    _umk_bias_add_string(result, "of", null->of);
    _umk_bias_add_string(result, "kind", null->kind);
    json_builder_set_member_name(result, "n");
    json_builder_add_int_value(result, (gint64) kept);
    _umk_bias_add_number(result, "mean", kept > 0 ? mean : (double) NAN);
    _umk_bias_add_number(result, "sd",
                         kept > 1 ? sqrt(squares / ((double) kept - 1.0)) : (double) NAN);
    _umk_bias_add_number(result, "level", level);
    _umk_bias_add_number(result, "low", range.low);
    _umk_bias_add_number(result, "high", range.high);
    _umk_bias_add_number(result, "as_large",
                         kept > 0 && isfinite(null->found)
                             ? (double) as_large / (double) kept
                             : (double) NAN);
}

void
_umk_bias_add_control(JsonBuilder *result, const UmkBiasNull *null, double level)
{
    g_autofree double *sorted =
        null->n > 0 ? g_memdup2(null->values, null->n * sizeof *sorted) : NULL;
    UmkBiasNull copy = *null;
    gsize kept = null->n > 0 ? _umk_sort_numbers(sorted, null->n) : 0;

    copy.values = sorted;
    json_builder_set_member_name(result, "control");
    json_builder_begin_object(result);
    if (kept > 0) {
        write_values(result, &copy, kept, level);
    } else {
        _umk_bias_add_string(result, "of", null->of);
        _umk_bias_add_string(result, "kind", null->kind);
        _umk_bias_add_string(result, "undefined",
                             null->undefined != NULL ? null->undefined : "not-asked-for");
    }
    json_builder_end_object(result);
}

/* The least distance that no more than alpha of the values reach. */
double
_umk_bias_critical(const UmkBiasNull *null, double alpha)
{
    g_autofree double *distances = g_new(double, null->n + 1);
    gsize n, beyond;

    for (gsize i = 0; i < null->n; i++)
        distances[i] = distance(null, null->values[i]);
    n = _umk_sort_numbers(distances, null->n);
    beyond = (gsize) floor(alpha * (double) n);
    if (n == 0 || beyond == 0)
        return NAN;
    for (gsize i = n - beyond; i < n; i++)
        if (distances[i] - distances[n - beyond - 1] > TOLERANCE * fabs(distances[i]))
            return distances[i];
    return NAN;
}

void
_umk_bias_add_detectable(JsonBuilder *result,
                         UmkParams *params,
                         const char *of,
                         const char *from,
                         double limit,
                         double deviation,
                         double bound,
                         const char *undefined)
{
    double power = umk_params_get_double(params, "power");
    double effect = limit + _umk_normal_quantile(power) * deviation;

    if (effect > bound) {
        effect = NAN;
        undefined = "beyond-bound";
    }
    json_builder_set_member_name(result, "detectable");
    json_builder_begin_object(result);
    _umk_bias_add_string(result, "of", of);
    _umk_bias_add_number(result, "effect", effect);
    if (!isfinite(effect))
        _umk_bias_add_string(result, "undefined", undefined);
    _umk_bias_add_string(result, "from", from);
    _umk_bias_add_number(result, "power", power);
    _umk_bias_add_number(result, "level", umk_params_get_double(params, "alpha"));
    json_builder_end_object(result);
}

void
_umk_bias_add_detectable_by(JsonBuilder *result,
                            UmkParams *params,
                            const UmkBiasNull *null,
                            const char *from,
                            double deviation,
                            double bound)
{
    double limit = _umk_bias_critical(null, umk_params_get_double(params, "alpha"));
    const char *undefined = null->undefined;

    if (undefined == NULL || null->n > 0)
        undefined = !isfinite(limit) ? "too-few-partitions" : "no-deviation";
    if (null->n == 0 && null->undefined == NULL)
        undefined = "not-asked-for";
    _umk_bias_add_detectable(result, params, null->of, from, limit, deviation, bound,
                             undefined);
}

double
_umk_bias_deviation(const UmkBiasInterval *intervals, gsize n)
{
    double most = NAN;

    for (gsize i = 0; i < n; i++)
        if (intervals[i].replicates > 0 && isfinite(intervals[i].deviation))
            most = fmax(most, intervals[i].deviation);
    return most;
}

double
_umk_resampled_deviation(const UmkResampled *resampled, gsize figure)
{
    return _umk_bias_deviation(resampled->intervals + figure * resampled->n_per_figure,
                               resampled->n_intervals[figure]);
}
