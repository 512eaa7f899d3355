/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedding coherence test (Dev and Phillips 2019): do the means of two sets order
 * the attributes alike? The correlation of ranks of their cosines; 1 is no bias. The
 * means are of the rows as they are, as published; the figure for rows of length 1 stands
 * beside. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-set-metrics-private.h"
#include "bias/umk-shuffle-private.h"

#include "stats/umk-correlation-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define LEAST_ATTRIBUTES 3 /* two are always in perfect order */

static const UmkParamSpec specs[] = {UMK_BIAS_PARAM_PERMUTATIONS(1e4),
                                     UMK_BIAS_PARAM_REPLICATES, UMK_BIAS_PARAM_LEVEL,
                                     UMK_BIAS_PARAM_CONTROLS, UMK_BIAS_PARAMS_DETECTABLE};

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

/* The length of a mean is the same for all attributes and changes no rank. */
static void
ect_figures(const UmkResample *what,
            const UmkPicks *picks,
            double *scratch,
            double *values)
{
    const UmkSetProducts *self = what->data;
    gsize n = picks->n[UMK_SET_A];
    gboolean defined = n >= LEAST_ATTRIBUTES;

    for (gsize s = UMK_SET_X; s <= UMK_SET_Y; s++) {
        gsize first = s == UMK_SET_Y && !self->dealt ? self->sets->sizes[UMK_SET_X] : 0;

        for (gsize i = 0; i < n; i++) {
            gsize a = picks->items[UMK_SET_A][i];
            const double *row = self->across + a * self->n_targets + first;
            double product = 0.0;

            for (gsize j = 0; j < picks->n[s]; j++)
                product += row[picks->items[s][j]];
            scratch[s * n + i] = product / self->lengths[a] / (double) picks->n[s];
            defined = defined && isfinite(scratch[s * n + i]);
        }
    }
    values[0] = NAN;
    if (defined)
        values[0] = _umk_spearman(scratch, scratch + n, n);
}

UmkResample
_umk_ect_resample(const UmkSetProducts *products)
{
    const gsize *sizes = products->sets->sizes;

    return (UmkResample){.n_groups = 3,
                         .sizes = {sizes[0], sizes[1], sizes[2]},
                         .n_figures = 1,
                         .n_scratch = 2 * sizes[UMK_SET_A],
                         .figures = ect_figures,
                         .data = products};
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
         const UmkSetProducts *raw,
         const UmkResampled *resampled,
         UmkParams *params,
         guint64 seed,
         const char *undefined,
         UmkRun *run,
         GError **error)
{
    double found = resampled->values[0];
    gsize n = isfinite(found) ? (gsize) umk_params_get_int(params, "permutations") : 0;
    UmkBiasNull null = {.of = "ect", .alternative = "less", .neutral = 1.0, .n = n};
    g_autofree double *values = NULL;
    UmkSetProducts dealt = *raw;
    UmkResample what = _umk_ect_resample(&dealt);
    UmkBiasTest test;

    dealt.dealt = TRUE;
    values = _umk_shuffle(&what, UMK_SET_X, n, seed, run, error);
    if (values == NULL)
        return FALSE;
    test = _umk_shuffle_test("ect", "less", found, values, n,
                             umk_params_get_double(params, "level"),
                             isfinite(found) ? "not-asked-for" : undefined);
    _umk_bias_begin(result, "tests");
    _umk_bias_add_test(result, &test);
    _umk_bias_end(result);
    null.values = values;
    null.undefined = isfinite(found) ? "not-asked-for" : undefined;
    _umk_bias_add_detectable_by(result, params, &null, "permutations",
                                _umk_resampled_deviation(resampled, 0), 2.0);
    return TRUE;
}

static gboolean
add_control(JsonBuilder *result,
            const UmkBiasInput *input,
            const UmkBiasSets *sets,
            double found,
            UmkParams *params,
            guint64 seed,
            UmkRun *run,
            GError **error)
{
    g_auto(UmkBiasNull) null = {.of = "ect",
                                .kind = "random-targets",
                                .alternative = "less",
                                .found = found,
                                .neutral = 1.0};
    const gsize *sizes = sets->sizes;
    g_auto(UmkSetProducts) products = {0};
    g_auto(UmkBiasSets) random = {0};

    if (_umk_bias_null_begin(&null, &random, sets, input, params,
                             sizes[UMK_SET_X] + sizes[UMK_SET_Y], seed)) {
        UmkResample what;

        if (!_umk_set_products_init(&products, &random, error))
            return FALSE;
        what = _umk_ect_resample(&products);
        if (!_umk_bias_null_draw(&null, &what, 0, 3u, sizes, seed, run, error))
            return FALSE;
    }
    _umk_bias_add_control(result, &null, umk_params_get_double(params, "level"));
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
    g_auto(UmkSetProducts) raw_products = {0}, unit_products = {0};
    UmkResampled *resampled[2] = {&of_raw, &of_unit};
    g_autofree double *cosines = NULL;
    const char *undefined;

    _umk_bias_sets_init_raw(&raw, input, own_roles);
    _umk_bias_sets_init(&unit, input, own_roles, FALSE);
    if (!_umk_set_products_init(&raw_products, &raw, error) ||
        !_umk_set_products_init(&unit_products, &unit, error))
        return FALSE;
    undefined = _umk_bias_sets_find_empty(&raw);
    if (undefined == NULL)
        undefined =
            raw.sizes[UMK_SET_A] < LEAST_ATTRIBUTES ? "too-few-items" : "no-spread";
    _umk_bias_begin(result, "figures");
    for (gsize i = 0; i < 2; i++) {
        UmkResample what = _umk_ect_resample(i == 0 ? &raw_products : &unit_products);

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
    if (!add_test(result, &raw_products, &of_raw, params, seed, undefined, run, error) ||
        !add_control(result, input, &raw, of_raw.values[0], params, seed, run, error))
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
