/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The single-category test: each item by itself, its cosines with A against those with B,
 * in standard deviations of all of them (n - 1); p by splitting A and B anew. What is
 * told of all items together is the mean of their associations. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-item-effects-private.h"
#include "bias/umk-weat-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "stats/umk-corrections-private.h"
#include "stats/umk-distributions-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define BLOCK  256 /* items whose replicates are kept at once */
#define STREAM 24  /* bits of a stream that splits may use */

static const UmkParamSpec specs[] = {
    UMK_BIAS_PARAM_PERMUTATIONS(1e5),
    UMK_BIAS_PARAM_EXACT,
    UMK_BIAS_PARAM_REPLICATES,
    UMK_BIAS_PARAM_LEVEL,
    UMK_BIAS_PARAM_CONTROLS,
    UMK_BIAS_PARAMS_DETECTABLE,
    UMK_BIAS_PARAM_CENTER,
};

static const UmkBiasRole roles[] = {
    {"x", N_("items"), TRUE}, UMK_BIAS_ROLE_A, UMK_BIAS_ROLE_B};

/* ---- rows -------------------------------------------------------------------------- */

typedef struct {
    const UmkCosineTable *table;
    UmkPartitionInput partition;
    double (*figures)[UMK_WEAT_N_FIGURES]; /* (n_targets) */
    UmkPartitionTest *tests;               /* (n_targets) */
    UmkRange *ranges;                      /* (n_targets) */
} Rows;

static void
rows_clear(Rows *rows)
{
    g_clear_pointer(&rows->figures, g_free);
    g_clear_pointer(&rows->tests, g_free);
    g_clear_pointer(&rows->ranges, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Rows, rows_clear)

/* The splits of A and B are the same for all items, as if each were looked at alone. */
static gboolean
test_items(Rows *rows, UmkRun *run, GError **error)
{
    const UmkCosineTable *table = rows->table;
    g_autofree double *cosines = g_new(double, table->n_attributes + 1);
    UmkPartitionInput input = rows->partition;

    for (gsize t = 0; t < table->n_targets; t++) {
        for (gsize i = 0; i < table->n_attributes; i++)
            cosines[i] = table->cosines[i * table->n_targets + t];
        _umk_weat_figures(cosines, table->sizes[UMK_SET_A], table->sizes[UMK_SET_B],
                          table->most, rows->figures[t]);
    }
    input.values = table->cosines;
    input.stream += (guint64) 1 << STREAM;
    return _umk_partition_test_many(&input, table->n_targets, rows->tests, run, error);
}

static gboolean
find_ranges(Rows *rows,
            const UmkItemEffects *all,
            gsize n_replicates,
            double level,
            guint64 seed,
            UmkRun *run,
            GError **error)
{
    const UmkCosineTable *table = rows->table;

    for (gsize t = 0; t < table->n_targets; t++)
        rows->ranges[t] = (UmkRange){NAN, NAN};
    if (n_replicates == 0 || table->sizes[UMK_SET_A] < 2 || table->sizes[UMK_SET_B] < 2)
        return TRUE;
    for (gsize first = 0; first < table->n_targets; first += BLOCK) {
        UmkItemEffects some = {.table = table,
                               .means = all->means,
                               .first = first,
                               .n = MIN(BLOCK, table->n_targets - first)};
        UmkResample what = _umk_item_effects_resample(&some);
        g_autofree double *replicates = _umk_resample_draw(&what, 3u, n_replicates, seed,
                                                           (guint64) 9 << 40, run, error);

        if (replicates == NULL)
            return FALSE;
        for (gsize t = 0; t < some.n; t++) {
            double *own = replicates + t * n_replicates;
            gsize kept = _umk_sort_numbers(own, n_replicates);

            rows->ranges[first + t] = _umk_interval_percentile(own, kept, level);
        }
    }
    return TRUE;
}

static void
add_rows(JsonBuilder *result, const Rows *rows, const UmkBiasSet *set)
{
    static const char *const columns[] = {
        "association", "effect-size", "effect-size-population",
        "low",         "high",        "p-greater",
        "p-two-sided", "p-holm",      "p-bh",
        NULL};
    gsize n = rows->table->n_targets;
    g_autofree double *p = g_new(double, 3 * n + 1);

    for (gsize t = 0; t < n; t++)
        p[t] = rows->tests[t].two_sided;
    _umk_correct(UMK_CORRECTION_HOLM, p, n, p + n);
    _umk_correct(UMK_CORRECTION_BENJAMINI_HOCHBERG, p, n, p + 2 * n);
    _umk_bias_add_columns(result, columns);
    _umk_bias_begin(result, "rows");
    for (gsize t = 0; t < n; t++) {
        const double values[] = {rows->figures[t][UMK_WEAT_DIFFERENCE],
                                 rows->figures[t][UMK_WEAT_EFFECT],
                                 rows->figures[t][UMK_WEAT_EFFECT_POPULATION],
                                 rows->ranges[t].low,
                                 rows->ranges[t].high,
                                 rows->tests[t].greater,
                                 p[t],
                                 p[n + t],
                                 p[2 * n + t]};

        json_builder_begin_object(result);
        _umk_bias_add_string(result, "label", set->names[t]);
        for (gsize c = 0; columns[c] != NULL; c++)
            _umk_bias_add_number(result, columns[c], values[c]);
        json_builder_end_object(result);
    }
    _umk_bias_end(result);
}

/* What an item adds: its association; an attribute: its mean cosine with all items. */
static void
add_items(JsonBuilder *result,
          const Rows *rows,
          const UmkBiasSets *sets,
          const UmkResampled *resampled)
{
    const UmkCosineTable *table = rows->table;
    gsize n = table->n_targets;
    g_autofree double *values = g_new0(double, n + table->n_attributes + 1);

    for (gsize t = 0; t < n; t++) {
        values[t] = rows->figures[t][UMK_WEAT_DIFFERENCE];
        for (gsize i = 0; i < table->n_attributes; i++)
            values[n + i] += table->cosines[i * n + t] / (double) n;
    }
    _umk_bias_add_influence(result, sets, values, resampled, UMK_ITEMS_ASSOCIATION);
}

/* ---- the measure ------------------------------------------------------------------- */

/* The split of A and B that is tested for all items together, and the deviation of the
 * difference over all splits: S sqrt(1/n_A + 1/n_B), S that of all attributes. */
static gboolean
test_mean(
    Rows *rows, UmkPartitionTest *test, double *deviation, UmkRun *run, GError **error)
{
    const UmkCosineTable *table = rows->table;
    g_autofree double *means = g_new0(double, table->n_attributes + 1);
    UmkPartitionInput input = rows->partition;

    for (gsize i = 0; i < table->n_attributes; i++)
        for (gsize t = 0; t < table->n_targets; t++)
            means[i] +=
                table->cosines[i * table->n_targets + t] / (double) table->n_targets;
    input.values = means;
    *deviation = _umk_deviation_of(means, table->n_attributes) *
                 sqrt(1.0 / (double) table->sizes[UMK_SET_A] +
                      1.0 / (double) table->sizes[UMK_SET_B]);
    return _umk_partition_test(&input, test, run, error);
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
    g_auto(UmkBiasNull) null = {.of = "mean-association",
                                .kind = "random-targets",
                                .alternative = "two-sided",
                                .found = found};
    gsize wanted[UMK_RESAMPLE_GROUPS] = {sets->sizes[UMK_SET_X]};
    g_auto(UmkItemEffects) effects = {0};
    g_auto(UmkCosineTable) table = {0};
    g_auto(UmkBiasSets) random = {0};

    if (_umk_bias_null_begin(&null, &random, sets, input, params, wanted[0], seed)) {
        UmkResample what;

        if (!_umk_cosine_table_init(&table, (const double *const *) random.rows,
                                    random.sizes, random.d, error))
            return FALSE;
        _umk_item_effects_init(&effects, &table);
        what = _umk_item_effects_resample_mean(&effects);
        if (!_umk_bias_null_draw(&null, &what, UMK_ITEMS_ASSOCIATION, 1u, wanted, seed,
                                 run, error))
            return FALSE;
    }
    _umk_bias_add_control(result, &null, umk_params_get_double(params, "level"));
    return TRUE;
}

/* By the normal form of the splits' distribution, unless they are too few for that. */
static void
add_detectable(JsonBuilder *result,
               const UmkResampled *resampled,
               const gsize *sizes,
               double deviation,
               UmkParams *params,
               const char *empty)
{
    double alpha = umk_params_get_double(params, "alpha");
    double limit = -_umk_normal_quantile(0.5 * alpha) * deviation;
    gsize n_a = sizes[UMK_SET_A], n_b = sizes[UMK_SET_B];
    const char *undefined = empty != NULL ? empty : "no-deviation";

    if (empty == NULL &&
        (n_a == n_b ? 2.0 : 1.0) / (double) _umk_n_partitions(n_a + n_b, n_a) > alpha) {
        limit = NAN;
        undefined = "too-few-partitions";
    }
    _umk_bias_add_detectable(result, params, "mean-association", "permutations", limit,
                             _umk_resampled_deviation(resampled, UMK_ITEMS_ASSOCIATION),
                             2.0, undefined);
}

static void
rows_init(Rows *rows, const UmkCosineTable *table, UmkParams *params, guint64 seed)
{
    gsize n = table->n_targets;

    *rows = (Rows){
        .table = table,
        .partition = {.n = n > 0 ? table->n_attributes : 0,
                      .n_first = n > 0 ? table->sizes[UMK_SET_A] : 0,
                      .tolerance = UMK_NO_SPREAD * table->most,
                      .exact_items = (guint) umk_params_get_int(params, "exact-items"),
                      .n_samples = (guint64) umk_params_get_int(params, "permutations"),
                      .seed = seed,
                      .stream = UMK_STREAM_PARTITIONS,
                      .level = umk_params_get_double(params, "level")}};
    rows->figures = g_malloc0_n(n + 1, sizeof *rows->figures);
    rows->tests = g_new0(UmkPartitionTest, n + 1);
    rows->ranges = g_new0(UmkRange, n + 1);
}

static void
write_figures(JsonBuilder *result,
              const UmkResampled *resampled,
              const UmkPartitionTest *test,
              const char *empty)
{
    UmkBiasFigure association = {.id = "mean-association",
                                 .undefined = empty,
                                 .headline = TRUE,
                                 .least = -2.0,
                                 .most = 2.0};
    UmkBiasFigure effect = {.id = "mean-effect-size",
                            .undefined = empty != NULL ? empty : "no-spread",
                            .least = NAN,
                            .most = NAN};

    _umk_bias_begin(result, "figures");
    _umk_bias_add_resampled(result, resampled, UMK_ITEMS_ASSOCIATION, association);
    _umk_bias_add_resampled(result, resampled, UMK_ITEMS_EFFECT, effect);
    _umk_bias_end(result);
    _umk_bias_begin(result, "tests");
    _umk_bias_add_partition_tests(result, "mean-association", test,
                                  empty != NULL ? empty : "not-asked-for");
    _umk_bias_end(result);
}

static const UmkResampleWay ways[] = {{"targets", 1u}, {"targets-and-attributes", 7u}};

static gboolean
sc_weat_measure(const UmkBiasInput *input,
                UmkParams *params,
                guint64 seed,
                JsonBuilder *result,
                UmkRun *run,
                GError **error)
{
    static const char *const own_roles[UMK_N_SETS] = {"x", NULL, "a", "b"};
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    g_auto(UmkResampled) resampled = {0};
    g_auto(UmkItemEffects) effects = {0};
    g_auto(UmkCosineTable) table = {0};
    g_auto(UmkBiasSets) sets = {0};
    g_auto(Rows) rows = {0};
    UmkPartitionTest test;
    UmkResample what;
    double deviation;

    _umk_bias_sets_init(&sets, input, own_roles,
                        umk_params_get_bool(params, "center-modalities"));
    if (!_umk_cosine_table_init(&table, (const double *const *) sets.rows, sets.sizes,
                                sets.d, error))
        return FALSE;
    rows_init(&rows, &table, params, seed);
    _umk_item_effects_init(&effects, &table);
    what = _umk_item_effects_resample_mean(&effects);
    if (!test_items(&rows, run, error) ||
        !test_mean(&rows, &test, &deviation, run, error) ||
        !find_ranges(&rows, &effects, (gsize) umk_params_get_int(params, "replicates"),
                     umk_params_get_double(params, "level"), seed, run, error) ||
        !_umk_bias_resample(&what, ways, G_N_ELEMENTS(ways), params, seed, &resampled,
                            run, error))
        return FALSE;
    _umk_bias_forget_if_empty(&resampled, &sets);
    write_figures(result, &resampled, &test, _umk_bias_sets_find_empty(&sets));
    if (!add_control(result, input, &sets, resampled.values[UMK_ITEMS_ASSOCIATION],
                     params, seed, run, error))
        return FALSE;
    add_detectable(result, &resampled, sets.sizes, deviation, params,
                   _umk_bias_sets_find_empty(&sets));
    add_items(result, &rows, &sets, &resampled);
    add_rows(result, &rows, sets.sets[UMK_SET_X]);
    _umk_bias_note_sets(notes, &sets);
    _umk_bias_note_resampled(notes, &resampled);
    _umk_bias_add_notes(result, notes);
    return TRUE;
}

const UmkBiasMeasureOps _umk_bias_sc_weat = {
    .id = "sc-weat",
    .title = N_("Association of single items"),
    .help = N_("How each item by itself associates with two sets of attributes"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = _umk_bias_association_words,
    .n_words = UMK_BIAS_N_ASSOCIATION_WORDS,
    .measure = sc_weat_measure,
};
