/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The word embedding factual association test (Caliskan, Bryson and Narayanan 2017): how
 * the association of each item, in its own standard deviations (n - 1), goes together
 * with a figure from outside, as the share of women in an occupation. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-wefat-private.h"

#include <umekomi/umk-error.h>

#include "stats/umk-correlation-private.h"
#include "stats/umk-distributions-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

static const UmkParamSpec specs[] = {
    UMK_BIAS_PARAM_REPLICATES,  UMK_BIAS_PARAM_LEVEL,  UMK_BIAS_PARAM_CONTROLS,
    UMK_BIAS_PARAMS_DETECTABLE, UMK_BIAS_PARAM_CENTER,
};

static const UmkBiasRole roles[] = {{"x", N_("items with a figure from outside"), TRUE},
                                    UMK_BIAS_ROLE_A,
                                    UMK_BIAS_ROLE_B};

/* scratch: effects and associations of all items, three columns to find them with, of
 * which two then hold what is compared. */
static void
wefat_figures(const UmkResample *what,
              const UmkPicks *picks,
              double *scratch,
              double *values)
{
    const UmkWefat *self = what->data;
    gsize n_all = self->table->n_targets, n = picks->n[0];
    const double *effects = self->items.effects;
    double *x = scratch + 2 * n_all, *y = scratch + 3 * n_all;
    gboolean defined = n >= 3;

    if (!picks->whole[1] || !picks->whole[2]) {
        _umk_item_effects_find(&self->items, picks, 1, scratch + 2 * n_all,
                               scratch + n_all, scratch);
        effects = scratch;
    }
    for (gsize i = 0; i < n; i++) {
        x[i] = effects[picks->items[0][i]];
        y[i] = self->outside[self->by_place ? i : picks->items[0][i]];
        defined = defined && isfinite(x[i]);
    }
    values[UMK_WEFAT_PEARSON] = values[UMK_WEFAT_SPEARMAN] = NAN;
    if (!defined)
        return;
    values[UMK_WEFAT_PEARSON] = _umk_pearson(x, y, n);
    values[UMK_WEFAT_SPEARMAN] = _umk_spearman(x, y, n);
}

UmkResample
_umk_wefat_resample(const UmkWefat *self)
{
    const gsize *sizes = self->table->sizes;

    return (UmkResample){.n_groups = 3,
                         .sizes = {sizes[UMK_SET_X], sizes[UMK_SET_A], sizes[UMK_SET_B]},
                         .n_figures = UMK_WEFAT_N_FIGURES,
                         .n_scratch = 5 * sizes[UMK_SET_X],
                         .figures = wefat_figures,
                         .data = self};
}

void
_umk_wefat_init(UmkWefat *self, const UmkCosineTable *table, const double *outside)
{
    *self = (UmkWefat){.table = table, .outside = outside};
    _umk_item_effects_init(&self->items, table);
}

void
_umk_wefat_clear(UmkWefat *self)
{
    _umk_item_effects_clear(&self->items);
}

static void
add_figures(JsonBuilder *result,
            const UmkResampled *resampled,
            gsize n,
            const char *undefined)
{
    static const char *const ids[] = {"pearson", "spearman"};

    _umk_bias_begin(result, "figures");
    for (gsize i = 0; i < UMK_WEFAT_N_FIGURES; i++)
        _umk_bias_add_resampled(result, resampled, i,
                                (UmkBiasFigure){.id = ids[i],
                                                .undefined = undefined,
                                                .headline = i == UMK_WEFAT_PEARSON,
                                                .least = -1.0,
                                                .most = 1.0});
    _umk_bias_end(result);
    _umk_bias_begin(result, "tests");
    for (gsize i = 0; i < UMK_WEFAT_N_FIGURES; i++) {
        UmkBiasTest test = {.of = ids[i],
                            .alternative = "two-sided",
                            .p = _umk_correlation_p(resampled->values[i], n),
                            .undefined = undefined,
                            .method = "analytic",
                            .n = n,
                            .p_low = NAN,
                            .p_high = NAN};

        _umk_bias_add_test(result, &test);
    }
    _umk_bias_end(result);
}

/* Random items, in the places of those with the figures from outside. */
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
    g_auto(UmkBiasNull) null = {.of = "pearson",
                                .kind = "random-targets",
                                .alternative = "two-sided",
                                .found = found};
    gsize wanted[UMK_RESAMPLE_GROUPS] = {sets->sizes[UMK_SET_X]};
    g_auto(UmkCosineTable) table = {0};
    g_auto(UmkBiasSets) random = {0};
    g_auto(UmkWefat) wefat = {0};

    if (_umk_bias_null_begin(&null, &random, sets, input, params, wanted[0], seed)) {
        UmkResample what;

        if (!_umk_cosine_table_init(&table, (const double *const *) random.rows,
                                    random.sizes, random.d, error))
            return FALSE;
        _umk_wefat_init(&wefat, &table, sets->sets[UMK_SET_X]->values);
        wefat.by_place = TRUE;
        what = _umk_wefat_resample(&wefat);
        if (!_umk_bias_null_draw(&null, &what, UMK_WEFAT_PEARSON, 1u, wanted, seed, run,
                                 error))
            return FALSE;
    }
    _umk_bias_add_control(result, &null, umk_params_get_double(params, "level"));
    return TRUE;
}

/* The least correlation that the t-test of n items calls significant. */
static void
add_detectable(JsonBuilder *result,
               const UmkResampled *resampled,
               gsize n,
               UmkParams *params,
               const char *undefined)
{
    double df = (double) n - 2.0, limit = NAN;

    if (df > 0.0) {
        double t = _umk_t_quantile(0.5 * umk_params_get_double(params, "alpha"), df);

        limit = fabs(t) / sqrt(df + t * t);
    }
    _umk_bias_add_detectable(
        result, params, "pearson", "t-test", limit,
        _umk_resampled_deviation(resampled, UMK_WEFAT_PEARSON), 1.0,
        isfinite(resampled->values[UMK_WEFAT_PEARSON]) ? "no-deviation" : undefined);
}

static void
add_rows(JsonBuilder *result, const UmkBiasSet *set, const UmkWefat *self)
{
    static const char *const columns[] = {"value", "effect-size", "association", NULL};
    g_autofree double *associations = g_new(double, set->n + 1);

    _umk_cosine_table_associate(self->table, associations);
    _umk_bias_add_columns(result, columns);
    _umk_bias_begin(result, "rows");
    for (gsize t = 0; t < set->n; t++) {
        json_builder_begin_object(result);
        _umk_bias_add_string(result, "label", set->names[t]);
        _umk_bias_add_number(result, "value", set->values[t]);
        _umk_bias_add_number(result, "effect-size", self->items.effects[t]);
        _umk_bias_add_number(result, "association", associations[t]);
        json_builder_end_object(result);
    }
    _umk_bias_end(result);
}

static void
add_items(JsonBuilder *result,
          const UmkBiasSets *sets,
          const UmkWefat *self,
          const UmkResampled *resampled)
{
    const UmkCosineTable *table = self->table;
    gsize n = table->n_targets;
    g_autofree double *values = g_new0(double, n + table->n_attributes + 1);

    for (gsize t = 0; t < n; t++) {
        values[t] = self->items.effects[t];
        for (gsize i = 0; i < table->n_attributes; i++)
            values[n + i] += table->cosines[i * n + t] / (double) n;
    }
    _umk_bias_add_influence(result, sets, values, resampled, UMK_WEFAT_PEARSON);
}

static const UmkResampleWay ways[] = {{"targets", 1u}, {"targets-and-attributes", 7u}};

static gboolean
wefat_measure(const UmkBiasInput *input,
              UmkParams *params,
              guint64 seed,
              JsonBuilder *result,
              UmkRun *run,
              GError **error)
{
    static const char *const own_roles[UMK_N_SETS] = {"x", NULL, "a", "b"};
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    g_auto(UmkResampled) resampled = {0};
    g_auto(UmkCosineTable) table = {0};
    g_auto(UmkBiasSets) sets = {0};
    g_auto(UmkWefat) wefat = {0};
    const UmkBiasSet *words;
    const char *undefined;
    UmkResample what;

    _umk_bias_sets_init(&sets, input, own_roles,
                        umk_params_get_bool(params, "center-modalities"));
    words = sets.sets[UMK_SET_X];
    if (words->values == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("wefat needs a figure from outside for each item of the set “%s”"),
                    words->title);
        return FALSE;
    }
    if (!_umk_cosine_table_init(&table, (const double *const *) sets.rows, sets.sizes,
                                sets.d, error))
        return FALSE;
    _umk_wefat_init(&wefat, &table, words->values);
    what = _umk_wefat_resample(&wefat);
    if (!_umk_bias_resample(&what, ways, G_N_ELEMENTS(ways), params, seed, &resampled,
                            run, error))
        return FALSE;
    _umk_bias_forget_if_empty(&resampled, &sets);
    undefined = _umk_bias_sets_find_empty(&sets);
    if (undefined == NULL)
        undefined = words->n < 3 ? "too-few-items" : "no-spread";
    add_figures(result, &resampled, words->n, undefined);
    if (!add_control(result, input, &sets, resampled.values[UMK_WEFAT_PEARSON], params,
                     seed, run, error))
        return FALSE;
    add_detectable(result, &resampled, words->n, params, undefined);
    add_items(result, &sets, &wefat, &resampled);
    add_rows(result, words, &wefat);
    _umk_bias_note_sets(notes, &sets);
    _umk_bias_note_resampled(notes, &resampled);
    _umk_bias_add_notes(result, notes);
    return TRUE;
}

static const UmkBiasWord words[] = {
    {"pearson", N_("correlation (Pearson) of effect size and figure from outside")},
    {"spearman", N_("correlation of ranks (Spearman) of the same")},
};

const UmkBiasMeasureOps _umk_bias_wefat = {
    .id = "wefat",
    .title = N_("Association with a fact (WEFAT)"),
    .help = N_("Whether items associate with two sets of attributes as a figure from "
               "outside would have it"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = wefat_measure,
};
