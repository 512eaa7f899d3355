/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The association test of two sets of targets with two sets of attributes, of any
 * modality: WEAT on words, SEAT on sentences, iEAT on pictures, and mixtures of them. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-weat-private.h"

#include "stats/umk-power-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

static const UmkParamSpec specs[] = {
    UMK_BIAS_PARAM_PERMUTATIONS(1e6),
    UMK_BIAS_PARAM_EXACT,
    UMK_BIAS_PARAM_REPLICATES,
    UMK_BIAS_PARAM_LEVEL,
    UMK_BIAS_PARAM_CONTROLS,
    UMK_BIAS_PARAMS_DETECTABLE,
    UMK_BIAS_PARAM_CENTER,
};

static const UmkBiasRole roles[] = {UMK_BIAS_ROLE_X, UMK_BIAS_ROLE_Y, UMK_BIAS_ROLE_A,
                                    UMK_BIAS_ROLE_B};

typedef struct {
    UmkBiasSets sets;
    UmkCosineTable table;
    UmkWeat weat;
} Test;

static void
test_clear(Test *test)
{
    _umk_bias_sets_clear(&test->sets);
    _umk_cosine_table_clear(&test->table);
    _umk_weat_clear(&test->weat);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Test, test_clear)

/* From its sets. */
static gboolean
test_fill(Test *test, GError **error)
{
    if (!_umk_cosine_table_init(&test->table, (const double *const *) test->sets.rows,
                                test->sets.sizes, test->sets.d, error))
        return FALSE;
    _umk_weat_init(&test->weat, &test->table);
    return TRUE;
}

static gboolean
test_init(Test *test, const UmkBiasInput *input, gboolean centred, GError **error)
{
    *test = (Test){0};
    _umk_bias_sets_init(&test->sets, input, _umk_bias_four_roles, centred);
    return test_fill(test, error);
}

static const UmkResampleWay ways[] = {
    {"targets", 1u << UMK_SET_X | 1u << UMK_SET_Y},
    {"targets-and-attributes",
     1u << UMK_SET_X | 1u << UMK_SET_Y | 1u << UMK_SET_A | 1u << UMK_SET_B},
};

/* The same figure with modalities centred the other way, where it can differ. */
static gboolean
add_other_figure(JsonBuilder *result,
                 const UmkBiasInput *input,
                 const Test *test,
                 UmkParams *params,
                 guint64 seed,
                 UmkRun *run,
                 GError **error)
{
    gboolean centred = !test->sets.centred;
    UmkBiasFigure figure = {.id =
                                centred ? "effect-size-centred" : "effect-size-uncentred",
                            .undefined = "no-spread",
                            .neutral = 0.0,
                            .least = NAN,
                            .most = NAN};
    g_auto(UmkResampled) resampled = {0};
    g_auto(Test) other = {0};
    UmkResample what;

    if (!test->sets.mixed)
        return TRUE;
    if (!test_init(&other, input, centred, error))
        return FALSE;
    what = _umk_weat_resample(&other.weat);
    if (!_umk_bias_resample(&what, ways, G_N_ELEMENTS(ways), params, seed, &resampled,
                            run, error))
        return FALSE;
    _umk_bias_add_resampled(result, &resampled, UMK_WEAT_EFFECT, figure);
    return TRUE;
}

static gboolean
add_figures(JsonBuilder *result,
            const UmkBiasInput *input,
            const Test *test,
            const UmkResampled *resampled,
            const char *empty,
            UmkParams *params,
            guint64 seed,
            UmkRun *run,
            GError **error)
{
    const gsize *sizes = test->table.sizes;
    double bound = _umk_weat_bound(sizes[UMK_SET_X], sizes[UMK_SET_Y]);
    double n = (double) test->table.n_targets;
    const char *undefined = empty != NULL ? empty : "no-spread";
    UmkBiasFigure effect = {.id = "effect-size",
                            .undefined = undefined,
                            .headline = TRUE,
                            .least = -bound,
                            .most = bound};
    UmkBiasFigure population = {.id = "effect-size-population",
                                .undefined = undefined,
                                .least = -bound * sqrt(n / (n - 1.0)),
                                .most = bound * sqrt(n / (n - 1.0))};
    UmkBiasFigure difference = {
        .id = "mean-difference", .undefined = undefined, .least = -4.0, .most = 4.0};
    UmkBiasFigure statistic = {
        .id = "statistic", .undefined = undefined, .least = NAN, .most = NAN};

    _umk_bias_begin(result, "figures");
    _umk_bias_add_resampled(result, resampled, UMK_WEAT_EFFECT, effect);
    if (empty == NULL && !add_other_figure(result, input, test, params, seed, run, error))
        return FALSE;
    _umk_bias_add_resampled(result, resampled, UMK_WEAT_EFFECT_POPULATION, population);
    _umk_bias_add_resampled(result, resampled, UMK_WEAT_DIFFERENCE, difference);
    _umk_bias_add_resampled(result, resampled, UMK_WEAT_STATISTIC, statistic);
    _umk_bias_end(result);
    return TRUE;
}

static void
add_items(JsonBuilder *result, const Test *test, const UmkResampled *resampled)
{
    const UmkCosineTable *table = &test->table;
    g_autofree double *values = g_new(double, table->n_targets + table->n_attributes + 1);

    memcpy(values, test->weat.associations, table->n_targets * sizeof *values);
    _umk_cosine_table_associate_back(table, values + table->n_targets);
    _umk_bias_add_influence(result, &test->sets, values, resampled, UMK_WEAT_EFFECT);
}

/* What no test of these sizes can find is said rather than computed. */
static void
add_detectable(JsonBuilder *result, UmkParams *params, const gsize *sizes)
{
    gsize n_x = sizes[UMK_SET_X], n_y = sizes[UMK_SET_Y];
    double power = umk_params_get_double(params, "power");
    double level = umk_params_get_double(params, "alpha");
    double effect = _umk_detectable_effect(n_x, n_y, power, level);
    const char *undefined = n_x == 0 || n_y == 0 ? "empty-set" : "too-few-items";

    if (isfinite(effect) &&
        (n_x == n_y ? 2.0 : 1.0) / (double) _umk_n_partitions(n_x + n_y, n_x) > level) {
        effect = NAN;
        undefined = "too-few-partitions";
    }
    json_builder_set_member_name(result, "detectable");
    json_builder_begin_object(result);
    _umk_bias_add_string(result, "of", "effect-size");
    _umk_bias_add_string(result, "from", "t-test");
    _umk_bias_add_number(result, "effect",
                         isfinite(effect) ? _umk_effect_over_all(effect, n_x, n_y)
                                          : (double) NAN);
    if (!isfinite(effect))
        _umk_bias_add_string(result, "undefined", undefined);
    _umk_bias_add_number(result, "power", power);
    _umk_bias_add_number(result, "level", level);
    json_builder_end_object(result);
}

/* In units of the effect size: the deviation of all targets is that of every split. */
static void
add_series(JsonBuilder *result, const UmkPartitionTest *test, const double *figures)
{
    double unit = figures[UMK_WEAT_EFFECT] / figures[UMK_WEAT_DIFFERENCE];

    _umk_bias_begin(result, "series");
    if (isfinite(unit) && test->n > 0) {
        json_builder_begin_object(result);
        _umk_bias_add_string(result, "id", "null");
        _umk_bias_begin(result, "x");
        for (gsize i = 0; i < UMK_PARTITION_BINS; i++)
            json_builder_add_double_value(
                result, (2.0 * ((double) i + 0.5) / UMK_PARTITION_BINS - 1.0) *
                            test->most * unit);
        _umk_bias_end(result);
        _umk_bias_begin(result, "y");
        for (gsize i = 0; i < UMK_PARTITION_BINS; i++)
            json_builder_add_double_value(result, test->shares[i]);
        _umk_bias_end(result);
        json_builder_end_object(result);
    }
    _umk_bias_end(result);
}

static gboolean
permute(const Test *test,
        UmkParams *params,
        guint64 seed,
        UmkPartitionTest *found,
        UmkRun *run,
        GError **error)
{
    UmkPartitionInput input = {
        .values = test->weat.associations,
        .n = test->table.n_targets,
        .n_first = test->table.sizes[UMK_SET_X],
        .tolerance = UMK_NO_SPREAD * test->table.most,
        .exact_items = (guint) umk_params_get_int(params, "exact-items"),
        .n_samples = (guint64) umk_params_get_int(params, "permutations"),
        .seed = seed,
        .stream = UMK_STREAM_PARTITIONS,
        .level = umk_params_get_double(params, "level"),
    };

    if (_umk_bias_sets_find_empty(&test->sets) != NULL)
        input.n = input.n_first = 0;
    return _umk_partition_test(&input, found, run, error);
}

static gboolean
add_control(JsonBuilder *result,
            const UmkBiasInput *input,
            const Test *test,
            double effect,
            UmkParams *params,
            guint64 seed,
            UmkRun *run,
            GError **error)
{
    g_auto(UmkBiasNull) null = {.of = "effect-size",
                                .kind = "random-targets",
                                .alternative = "two-sided",
                                .found = effect};
    const gsize *sizes = test->sets.sizes;
    g_auto(Test) random = {0};
    UmkResample what;

    if (_umk_bias_null_begin(&null, &random.sets, &test->sets, input, params,
                             sizes[UMK_SET_X] + sizes[UMK_SET_Y], seed)) {
        if (!test_fill(&random, error))
            return FALSE;
        what = _umk_weat_resample(&random.weat);
        if (!_umk_bias_null_draw(&null, &what, UMK_WEAT_EFFECT, 3u, sizes, seed, run,
                                 error))
            return FALSE;
    }
    _umk_bias_add_control(result, &null, umk_params_get_double(params, "level"));
    return TRUE;
}

static gboolean
weat_measure(const UmkBiasInput *input,
             UmkParams *params,
             guint64 seed,
             JsonBuilder *result,
             UmkRun *run,
             GError **error)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    g_auto(UmkResampled) resampled = {0};
    g_auto(Test) test = {0};
    UmkPartitionTest partitions;
    UmkResample what;
    const char *empty;

    if (!test_init(&test, input, umk_params_get_bool(params, "center-modalities"), error))
        return FALSE;
    what = _umk_weat_resample(&test.weat);
    if (!permute(&test, params, seed, &partitions, run, error) ||
        !_umk_bias_resample(&what, ways, G_N_ELEMENTS(ways), params, seed, &resampled,
                            run, error))
        return FALSE;
    empty = _umk_bias_sets_find_empty(&test.sets);
    _umk_bias_forget_if_empty(&resampled, &test.sets);
    if (!add_figures(result, input, &test, &resampled, empty, params, seed, run, error))
        return FALSE;
    _umk_bias_begin(result, "tests");
    _umk_bias_add_partition_tests(result, "effect-size", &partitions,
                                  empty != NULL ? empty : "not-asked-for");
    _umk_bias_end(result);
    add_items(result, &test, &resampled);
    if (!add_control(result, input, &test, resampled.values[UMK_WEAT_EFFECT], params,
                     seed, run, error))
        return FALSE;
    add_detectable(result, params, test.table.sizes);
    add_series(result, &partitions, resampled.values);
    _umk_bias_note_sets(notes, &test.sets);
    _umk_bias_note_resampled(notes, &resampled);
    _umk_bias_add_notes(result, notes);
    return TRUE;
}

const UmkBiasMeasureOps _umk_bias_weat = {
    .id = "weat",
    .title = N_("Association test (WEAT)"),
    .help = N_("Whether two sets of items differ in how close they are to two sets of "
               "attributes"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = _umk_bias_association_words,
    .n_words = UMK_BIAS_N_ASSOCIATION_WORDS,
    .measure = weat_measure,
};
