/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean average cosine distance (Manzini, Lim, Tsvetkov and Black 2019): over all targets
 * and sets of attributes, the mean cosine distance; 1 is no association. It has no sign,
 * and associations of opposite signs cancel out.
 *
 * The p-value is our own: were there no association, the mean cosine of each target with
 * the attributes might as well have the other sign, so the mean over the targets is held
 * against that of all choices of signs (Fisher's randomisation test of one sample). In a
 * space whose vectors all point one way no choice of words is without association; the
 * random sets beside it show how much of the figure is that. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-set-metrics-private.h"
#include "bias/umk-shuffle-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

static const UmkParamSpec specs[] = {
    UMK_BIAS_PARAM_PERMUTATIONS(1e5), UMK_BIAS_PARAM_REPLICATES,  UMK_BIAS_PARAM_LEVEL,
    UMK_BIAS_PARAM_CONTROLS,          UMK_BIAS_PARAMS_DETECTABLE, UMK_BIAS_PARAM_CENTER};

static const UmkBiasRole roles[] = {{"x", N_("targets"), TRUE},
                                    {"y", N_("more targets"), FALSE},
                                    UMK_BIAS_ROLE_A,
                                    {"b", N_("second set of attributes"), FALSE}};

/* Of one set of attributes. */
static double
mean_cosine(const UmkCosineTable *table, const UmkPicks *picks, gsize set)
{
    gsize first_row = set == UMK_SET_B ? table->sizes[UMK_SET_A] : 0;
    double sum = 0.0;

    for (gsize i = 0; i < picks->n[set]; i++) {
        const double *row =
            table->cosines + (first_row + picks->items[set][i]) * table->n_targets;

        for (gsize t = 0; t < picks->n[UMK_SET_X]; t++)
            sum += row[picks->items[UMK_SET_X][t]];
        row += table->sizes[UMK_SET_X];
        for (gsize t = 0; t < picks->n[UMK_SET_Y]; t++)
            sum += row[picks->items[UMK_SET_Y][t]];
    }
    return sum / (double) picks->n[set] /
           (double) (picks->n[UMK_SET_X] + picks->n[UMK_SET_Y]);
}

static void
mac_figures(const UmkResample *what,
            const UmkPicks *picks,
            double *scratch,
            double *values)
{
    const UmkCosineTable *table = what->data;
    double sum = 0.0, n = 0.0;

    (void) scratch;
    for (gsize s = UMK_SET_A; s <= UMK_SET_B; s++)
        if (picks->n[s] > 0) {
            sum += 1.0 - mean_cosine(table, picks, s);
            n += 1.0;
        }
    values[0] = sum / n;
}

UmkResample
_umk_mac_resample(const UmkCosineTable *table)
{
    UmkResample what = {
        .n_groups = UMK_N_SETS, .n_figures = 1, .figures = mac_figures, .data = table};

    for (gsize g = 0; g < UMK_N_SETS; g++)
        what.sizes[g] = table->sizes[g];
    return what;
}

/* The mean cosine distance of each item from the other side. */
static void
add_items(JsonBuilder *result,
          const UmkBiasSets *sets,
          const UmkCosineTable *table,
          const UmkResampled *resampled)
{
    gsize n = table->n_targets, m = table->n_attributes;
    g_autofree double *values = g_new0(double, n + m + 1);

    for (gsize i = 0; i < m; i++)
        for (gsize t = 0; t < n; t++) {
            double away = 1.0 - table->cosines[i * n + t];

            values[t] += away / (double) m;
            values[n + i] += away / (double) n;
        }
    _umk_bias_add_influence(result, sets, values, resampled, 0);
}

/* (n_targets) mean cosines with the sets of attributes, each set weighing alike. */
static double *
dup_associations(const UmkCosineTable *table)
{
    double *values = g_new0(double, table->n_targets + 1), n_sets = 0.0;

    for (gsize s = UMK_SET_A; s <= UMK_SET_B; s++)
        n_sets += table->sizes[s] > 0 ? 1.0 : 0.0;
    for (gsize i = 0; i < table->n_attributes; i++) {
        gsize set = i < table->sizes[UMK_SET_A] ? UMK_SET_A : UMK_SET_B;

        for (gsize t = 0; t < table->n_targets; t++)
            values[t] += table->cosines[i * table->n_targets + t] /
                         ((double) table->sizes[set] * n_sets);
    }
    return values;
}

/* Association is a cosine above 0, and a distance below 1. */
static gboolean
add_tests(JsonBuilder *result,
          const UmkCosineTable *table,
          const UmkResampled *resampled,
          UmkParams *params,
          guint64 seed,
          const char *empty,
          UmkRun *run,
          GError **error)
{
    g_autofree double *associations = dup_associations(table);
    g_auto(UmkBiasNull)
        signs = {.of = "mac", .alternative = "two-sided", .undefined = empty};
    UmkBiasTest tests[2];

    if (!_umk_sign_tests("mac", associations, empty == NULL ? table->n_targets : 0,
                         (gsize) umk_params_get_int(params, "permutations"),
                         umk_params_get_double(params, "level"), seed,
                         empty != NULL ? empty : "not-asked-for", tests, &signs.values,
                         &signs.n, run, error))
        return FALSE;
    tests[0].alternative = "less";
    _umk_bias_begin(result, "tests");
    for (gsize i = 0; i < 2; i++)
        _umk_bias_add_test(result, &tests[i]);
    _umk_bias_end(result);
    _umk_bias_add_detectable_by(result, params, &signs, "signs",
                                _umk_resampled_deviation(resampled, 0), 1.0);
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
    g_auto(UmkBiasNull) null = {.of = "mac",
                                .kind = "random-targets",
                                .alternative = "two-sided",
                                .found = found,
                                .neutral = 1.0};
    const gsize *sizes = sets->sizes;
    g_auto(UmkCosineTable) table = {0};
    g_auto(UmkBiasSets) random = {0};

    if (_umk_bias_null_begin(&null, &random, sets, input, params,
                             sizes[UMK_SET_X] + sizes[UMK_SET_Y], seed)) {
        UmkResample what;

        if (!_umk_cosine_table_init(&table, (const double *const *) random.rows,
                                    random.sizes, random.d, error))
            return FALSE;
        what = _umk_mac_resample(&table);
        if (!_umk_bias_null_draw(&null, &what, 0, 3u, sizes, seed, run, error))
            return FALSE;
    }
    _umk_bias_add_control(result, &null, umk_params_get_double(params, "level"));
    return TRUE;
}

static guint
mask(const gsize *sizes, gsize from, gsize to)
{
    guint groups = 0;

    for (gsize s = from; s <= to; s++)
        groups |= sizes[s] > 0 ? 1u << s : 0;
    return groups;
}

static gboolean
mac_measure(const UmkBiasInput *input,
            UmkParams *params,
            guint64 seed,
            JsonBuilder *result,
            UmkRun *run,
            GError **error)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    g_auto(UmkResampled) resampled = {0};
    g_auto(UmkCosineTable) table = {0};
    g_auto(UmkBiasSets) sets = {0};
    UmkResampleWay ways[2];
    UmkResample what;

    _umk_bias_sets_init(&sets, input, _umk_bias_four_roles,
                        umk_params_get_bool(params, "center-modalities"));
    if (!_umk_cosine_table_init(&table, (const double *const *) sets.rows, sets.sizes,
                                sets.d, error))
        return FALSE;
    what = _umk_mac_resample(&table);
    ways[0] = (UmkResampleWay){"targets", mask(sets.sizes, UMK_SET_X, UMK_SET_Y)};
    ways[1] = (UmkResampleWay){"targets-and-attributes",
                               mask(sets.sizes, UMK_SET_X, UMK_SET_B)};
    if (!_umk_bias_resample(&what, ways, G_N_ELEMENTS(ways), params, seed, &resampled,
                            run, error))
        return FALSE;
    _umk_bias_forget_if_empty(&resampled, &sets);
    _umk_bias_begin(result, "figures");
    _umk_bias_add_resampled(result, &resampled, 0,
                            (UmkBiasFigure){.id = "mac",
                                            .undefined = _umk_bias_sets_find_empty(&sets),
                                            .headline = TRUE,
                                            .neutral = 1.0,
                                            .most = 2.0});
    _umk_bias_end(result);
    if (!add_tests(result, &table, &resampled, params, seed,
                   _umk_bias_sets_find_empty(&sets), run, error) ||
        !add_control(result, input, &sets, resampled.values[0], params, seed, run, error))
        return FALSE;
    add_items(result, &sets, &table, &resampled);
    _umk_bias_note_sets(notes, &sets);
    _umk_bias_note_resampled(notes, &resampled);
    _umk_bias_add_notes(result, notes);
    return TRUE;
}

static const UmkBiasWord words[] = {
    {"mac", N_("mean cosine distance between targets and attributes; 1 is no "
               "association")},
};

const UmkBiasMeasureOps _umk_bias_mac = {
    .id = "mac",
    .title = N_("Mean average cosine distance (MAC)"),
    .help = N_("How far targets are from sets of attributes as a whole"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = mac_measure,
};
