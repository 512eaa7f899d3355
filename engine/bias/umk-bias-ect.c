/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedding coherence test (Dev and Phillips 2019): do the means of two sets order
 * the attributes alike? The correlation of ranks of their cosines; 1 is no bias. The
 * means are of the rows as they are, as published; the figure for rows of length 1 stands
 * beside. */
#include "bias/umk-set-metrics-private.h"
#include "bias/umk-shuffle-private.h"

#include "stats/umk-correlation-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define LEAST_ATTRIBUTES 3 /* two are always in perfect order */

static const UmkParamSpec specs[] = {UMK_BIAS_PARAM_PERMUTATIONS(1e4),
                                     UMK_BIAS_PARAM_REPLICATES, UMK_BIAS_PARAM_LEVEL};

static const UmkBiasRole roles[] = {
    UMK_BIAS_ROLE_X, UMK_BIAS_ROLE_Y, {"a", N_("attributes"), TRUE}};

/* means (2, d), cosines (2, n) */
static void
find_cosines(const UmkBiasSets *sets,
             const UmkPicks *picks,
             double *means,
             double *cosines)
{
    gsize d = sets->d, n = picks->n[UMK_SET_A];

    for (gsize s = UMK_SET_X; s <= UMK_SET_Y; s++) {
        double *mean = means + s * d, length;

        for (gsize j = 0; j < d; j++)
            mean[j] = 0.0;
        for (gsize i = 0; i < picks->n[s]; i++)
            for (gsize j = 0; j < d; j++)
                mean[j] += sets->rows[s][picks->items[s][i] * d + j];
        length = sqrt(_umk_dot_in_double(mean, mean, d));
        for (gsize i = 0; i < n; i++) {
            const double *row = sets->rows[UMK_SET_A] + picks->items[UMK_SET_A][i] * d;

            cosines[s * n + i] = _umk_dot_in_double(mean, row, d) / length /
                                 sqrt(_umk_dot_in_double(row, row, d));
        }
    }
}

static void
ect_figures(const UmkResample *what,
            const UmkPicks *picks,
            double *scratch,
            double *values)
{
    const UmkBiasSets *sets = what->data;
    gsize n = picks->n[UMK_SET_A];
    double *cosines = scratch + 2 * sets->d;
    gboolean defined = n >= LEAST_ATTRIBUTES;

    find_cosines(sets, picks, scratch, cosines);
    for (gsize i = 0; i < 2 * n; i++)
        defined = defined && isfinite(cosines[i]);
    values[0] = NAN;
    if (defined)
        values[0] = _umk_spearman(cosines, cosines + n, n);
}

UmkResample
_umk_ect_resample(const UmkBiasSets *sets)
{
    return (UmkResample){.n_groups = 3,
                         .sizes = {sets->sizes[0], sets->sizes[1], sets->sizes[2]},
                         .n_figures = 1,
                         .n_scratch = 2 * (sets->d + sets->sizes[UMK_SET_A]),
                         .figures = ect_figures,
                         .data = sets};
}

void
_umk_ect_per_attribute(const UmkBiasSets *sets, double *values)
{
    gsize most = MAX(MAX(sets->sizes[0], sets->sizes[1]), sets->sizes[2]);
    g_autofree guint32 *in_order = g_new(guint32, most + 1);
    g_autofree double *means = g_new(double, 2 * sets->d + 1);
    UmkPicks picks = {.items = {in_order, in_order, in_order},
                      .n = {sets->sizes[0], sets->sizes[1], sets->sizes[2]}};

    for (gsize i = 0; i < most; i++)
        in_order[i] = (guint32) i;
    find_cosines(sets, &picks, means, values);
}

/* An attribute's value is how much nearer it is to the first mean, in cosines; a
 * target's, its mean cosine with the attributes. */
static void
add_items(JsonBuilder *result,
          const UmkBiasSets *unit,
          const UmkResampled *resampled,
          const double *cosines)
{
    gsize n = unit->sizes[UMK_SET_A], at = 0;
    g_autofree double *values =
        g_new0(double, unit->sizes[UMK_SET_X] + unit->sizes[UMK_SET_Y] + n + 1);

    for (gsize s = UMK_SET_X; s <= UMK_SET_Y; s++)
        for (gsize i = 0; i < unit->sizes[s]; i++, at++)
            for (gsize a = 0; a < n; a++)
                values[at] +=
                    _umk_dot_in_double(unit->rows[s] + i * unit->d,
                                       unit->rows[UMK_SET_A] + a * unit->d, unit->d) /
                    (double) n;
    for (gsize a = 0; a < n; a++)
        values[at + a] = cosines[a] - cosines[n + a];
    _umk_bias_add_influence(result, unit, values, resampled, 0);
}

static void
add_rows(JsonBuilder *result, const UmkBiasSet *attributes, const double *cosines)
{
    static const char *const columns[] = {"cosine-x", "cosine-y", NULL};
    gsize n = attributes->n;

    _umk_bias_add_columns(result, columns);
    _umk_bias_begin(result, "rows");
    for (gsize i = 0; i < n; i++) {
        json_builder_begin_object(result);
        _umk_bias_add_string(result, "label", attributes->names[i]);
        _umk_bias_add_number(result, columns[0], cosines[i]);
        _umk_bias_add_number(result, columns[1], cosines[n + i]);
        json_builder_end_object(result);
    }
    _umk_bias_end(result);
}

/* Chance would deal the targets to either set; bias makes the correlation small. */
static gboolean
add_test(JsonBuilder *result,
         const UmkBiasSets *raw,
         double found,
         UmkParams *params,
         guint64 seed,
         const char *undefined,
         UmkRun *run,
         GError **error)
{
    gsize n = isfinite(found) ? (gsize) umk_params_get_int(params, "permutations") : 0;
    g_autofree double *rows = _umk_bias_sets_dup_pooled(raw, UMK_SET_X, UMK_SET_Y);
    g_autofree double *values = NULL;
    UmkBiasSets pooled = *raw;
    UmkResample what = _umk_ect_resample(&pooled);
    UmkBiasTest test;

    pooled.rows[UMK_SET_X] = pooled.rows[UMK_SET_Y] = rows;
    values = _umk_shuffle(&what, UMK_SET_X, n, seed, run, error);
    if (values == NULL)
        return FALSE;
    test = _umk_shuffle_test("ect", "less", found, values, n,
                             umk_params_get_double(params, "level"),
                             isfinite(found) ? "not-asked-for" : undefined);
    _umk_bias_begin(result, "tests");
    _umk_bias_add_test(result, &test);
    _umk_bias_end(result);
    return TRUE;
}

static const UmkResampleWay ways[] = {{"targets", 3u}, {"targets-and-attributes", 7u}};

static gboolean
ect_measure(const UmkBiasInput *input,
            UmkParams *params,
            guint64 seed,
            JsonBuilder *result,
            UmkRun *run,
            GError **error)
{
    static const char *const own_roles[UMK_N_SETS] = {"x", "y", "a", NULL};
    static const char *const ids[2] = {"ect", "ect-unit"};
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    g_auto(UmkResampled) of_raw = {0}, of_unit = {0};
    g_auto(UmkBiasSets) raw = {0}, unit = {0};
    UmkResampled *resampled[2] = {&of_raw, &of_unit};
    g_autofree double *cosines = NULL;
    const char *undefined;

    _umk_bias_sets_init_raw(&raw, input, own_roles);
    _umk_bias_sets_init(&unit, input, own_roles, FALSE);
    undefined = _umk_bias_sets_find_empty(&raw);
    if (undefined == NULL)
        undefined =
            raw.sizes[UMK_SET_A] < LEAST_ATTRIBUTES ? "too-few-items" : "no-spread";
    _umk_bias_begin(result, "figures");
    for (gsize i = 0; i < 2; i++) {
        UmkResample what = _umk_ect_resample(i == 0 ? &raw : &unit);

        if (!_umk_bias_resample(&what, ways, G_N_ELEMENTS(ways), params, seed,
                                resampled[i], run, error))
            return FALSE;
        _umk_bias_forget_if_empty(resampled[i], &raw);
        _umk_bias_note_resampled(notes, resampled[i]);
        _umk_bias_add_resampled(result, resampled[i], 0,
                                (UmkBiasFigure){.id = ids[i],
                                                .undefined = undefined,
                                                .headline = i == 0,
                                                .neutral = 1.0,
                                                .least = -1.0,
                                                .most = 1.0});
    }
    _umk_bias_end(result);
    if (!add_test(result, &raw, of_raw.values[0], params, seed, undefined, run, error))
        return FALSE;
    cosines = g_new(double, 2 * raw.sizes[UMK_SET_A] + 1);
    _umk_ect_per_attribute(&raw, cosines);
    add_items(result, &unit, &of_raw, cosines);
    add_rows(result, raw.sets[UMK_SET_A], cosines);
    _umk_bias_note_sets(notes, &unit);
    _umk_bias_add_notes(result, notes);
    return TRUE;
}

static const UmkBiasWord words[] = {
    {"ect", N_("correlation of the orders in which two sets see the attributes; 1 is no "
               "bias")},
    {"ect-unit", N_("the same with all vectors of length 1")},
    {"cosine-x", N_("cosine with the mean of the first set")},
    {"cosine-y", N_("cosine with the mean of the second set")},
};

const UmkBiasMeasureOps _umk_bias_ect = {
    .id = "ect",
    .title = N_("Embedding coherence (ECT)"),
    .help = N_("Whether two sets see the attributes in the same order"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = ect_measure,
};
