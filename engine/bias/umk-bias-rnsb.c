/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Relative negative sentiment bias (Sweeney and Najafian 2019): a logistic regression
 * learns A (positive) from B (negative); the shares of "negative" that it gives the
 * targets, made to add up to 1, are compared with equal shares by the Kullback-Leibler
 * divergence in nats. It learns from all attributes (nothing is held out), with C = 1;
 * the intercept is penalised as in the reference, and free in the figure beside it. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-set-metrics-private.h"
#include "bias/umk-shuffle-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define MOST_REFITTED 128  /* attributes; more would be learnt from for minutes */
#define REFITS        2000 /* each learns from scratch, so fewer must do */

static const UmkParamSpec specs[] = {UMK_BIAS_PARAM_PERMUTATIONS(REFITS),
                                     UMK_BIAS_PARAM_REPLICATES, UMK_BIAS_PARAM_LEVEL,
                                     UMK_BIAS_PARAM_CONTROLS, UMK_BIAS_PARAMS_DETECTABLE};

static const UmkBiasRole roles[] = {{"x", N_("targets"), TRUE},
                                    {"y", N_("more targets"), FALSE},
                                    {"a", N_("positive attributes"), TRUE},
                                    {"b", N_("negative attributes"), TRUE}};

static gboolean
add_figure(JsonBuilder *result,
           const UmkBiasSets *sets,
           const UmkRnsb *self,
           UmkParams *params,
           guint64 seed,
           UmkResampled *resampled,
           UmkRun *run,
           GError **error)
{
    gsize n = sets->sizes[UMK_SET_X] + sets->sizes[UMK_SET_Y];
    gsize m = sets->sizes[UMK_SET_A] + sets->sizes[UMK_SET_B];
    guint targets = 1u | (sets->sizes[UMK_SET_Y] > 0 ? 2u : 0u);
    UmkResampleWay ways[] = {{"targets", targets},
                             {"targets-and-attributes", targets | 4u | 8u, REFITS}};
    UmkResample what = _umk_rnsb_resample(self);
    const char *empty = _umk_bias_sets_find_empty(sets);

    if (empty != NULL) /* nothing can be learnt, and nothing is drawn */
        what.sizes[UMK_SET_A] = what.sizes[UMK_SET_B] = 0;
    if (!_umk_bias_resample(&what, ways, m <= MOST_REFITTED ? 2 : 1, params, seed,
                            resampled, run, error))
        return FALSE;
    _umk_bias_forget_if_empty(resampled, sets);
    _umk_bias_add_resampled(
        result, resampled, 0,
        (UmkBiasFigure){.id = self->penalised ? "rnsb" : "rnsb-free-intercept",
                        .undefined = empty != NULL ? empty : "too-few-items",
                        .headline = self->penalised,
                        .most = n > 1 ? log((double) n) : (double) NAN});
    return TRUE;
}

/* Chance would call any attribute positive; the divergence is one-sided. */
static gboolean
add_test(JsonBuilder *result,
         const UmkBiasSets *sets,
         const UmkRnsb *self,
         UmkParams *params,
         guint64 seed,
         const UmkResampled *resampled,
         UmkRun *run,
         GError **error)
{
    double found = resampled->values[0];
    UmkBiasNull null = {.of = "rnsb", .alternative = "greater"};
    gsize m = sets->sizes[UMK_SET_A] + sets->sizes[UMK_SET_B];
    const char *empty = _umk_bias_sets_find_empty(sets), *undefined = "not-asked-for";
    gsize n = (gsize) umk_params_get_int(params, "permutations");
    g_autofree double *values = NULL;
    UmkRnsb dealt = *self;
    UmkResample what = _umk_rnsb_resample(&dealt);
    UmkBiasTest test;

    dealt.dealt = TRUE;
    if (!isfinite(found))
        undefined = empty != NULL ? empty : "too-few-items";
    else if (m > MOST_REFITTED)
        undefined = "attributes-not-drawn";
    n = isfinite(found) && m <= MOST_REFITTED ? n : 0;
    values = _umk_shuffle(&what, UMK_SET_A, n, seed, run, error);
    if (values == NULL)
        return FALSE;
    test = _umk_shuffle_test("rnsb", "greater", found, values, n,
                             umk_params_get_double(params, "level"), undefined);
    _umk_bias_begin(result, "tests");
    _umk_bias_add_test(result, &test);
    _umk_bias_end(result);
    null.values = values;
    null.n = n;
    null.undefined = undefined;
    _umk_bias_add_detectable_by(result, params, &null, "permutations",
                                _umk_resampled_deviation(resampled, 0), NAN);
    return TRUE;
}

/* What was learnt stays; it judges random items. */
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
    g_auto(UmkBiasNull) null = {
        .of = "rnsb", .kind = "random-targets", .alternative = "greater", .found = found};
    const gsize *sizes = sets->sizes;
    guint targets = 1u | (sizes[UMK_SET_Y] > 0 ? 2u : 0u);
    g_auto(UmkBiasSets) random = {0};
    g_auto(UmkRnsb) rnsb = {0};

    if (_umk_bias_null_begin(&null, &random, sets, input, params,
                             sizes[UMK_SET_X] + sizes[UMK_SET_Y], seed)) {
        UmkResample what;

        if (!_umk_rnsb_init(&rnsb, &random, TRUE, error))
            return FALSE;
        what = _umk_rnsb_resample(&rnsb);
        if (!_umk_bias_null_draw(&null, &what, 0, targets, sizes, seed, run, error))
            return FALSE;
    }
    _umk_bias_add_control(result, &null, umk_params_get_double(params, "level"));
    return TRUE;
}

static void
add_rows(JsonBuilder *result,
         const UmkBiasSets *sets,
         const UmkRnsb *self,
         const UmkRnsb *free_form)
{
    static const char *const columns[] = {"negative", "negative-free-intercept", NULL};
    gsize at = 0;

    _umk_bias_add_columns(result, columns);
    _umk_bias_begin(result, "rows");
    for (gsize s = UMK_SET_X; s <= UMK_SET_Y; s++)
        for (gsize i = 0; i < sets->sizes[s]; i++, at++) {
            json_builder_begin_object(result);
            _umk_bias_add_string(result, "label", sets->sets[s]->names[i]);
            _umk_bias_add_number(result, columns[0], self->negative[at]);
            _umk_bias_add_number(result, columns[1], free_form->negative[at]);
            json_builder_end_object(result);
        }
    _umk_bias_end(result);
}

/* An attribute has no value of its own, only its influence. */
static void
add_items(JsonBuilder *result,
          const UmkBiasSets *sets,
          const UmkRnsb *self,
          const UmkResampled *resampled)
{
    gsize n = sets->sizes[UMK_SET_X] + sets->sizes[UMK_SET_Y];
    gsize m = sets->sizes[UMK_SET_A] + sets->sizes[UMK_SET_B];
    g_autofree double *values = g_new(double, n + m + 1);

    for (gsize i = 0; i < n + m; i++)
        values[i] = i < n ? self->negative[i] : (double) NAN;
    _umk_bias_add_influence(result, sets, values, resampled, 0);
}

static gboolean
rnsb_measure(const UmkBiasInput *input,
             UmkParams *params,
             guint64 seed,
             JsonBuilder *result,
             UmkRun *run,
             GError **error)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    g_auto(UmkResampled) resampled = {0}, free_resampled = {0};
    g_auto(UmkRnsb) rnsb = {0}, free_form = {0};
    g_auto(UmkBiasSets) sets = {0};

    _umk_bias_sets_init_raw(&sets, input, _umk_bias_four_roles);
    if (!_umk_rnsb_init(&rnsb, &sets, TRUE, error) ||
        !_umk_rnsb_init(&free_form, &sets, FALSE, error))
        return FALSE;
    _umk_bias_begin(result, "figures");
    if (!add_figure(result, &sets, &rnsb, params, seed, &resampled, run, error) ||
        !add_figure(result, &sets, &free_form, params, seed, &free_resampled, run, error))
        return FALSE;
    _umk_bias_end(result);
    if (!add_test(result, &sets, &rnsb, params, seed, &resampled, run, error) ||
        !add_control(result, input, &sets, resampled.values[0], params, seed, run, error))
        return FALSE;
    if (_umk_bias_sets_find_empty(&sets) == NULL) {
        add_items(result, &sets, &rnsb, &resampled);
        add_rows(result, &sets, &rnsb, &free_form);
    }
    _umk_bias_note_sets(notes, &sets);
    if (sets.sizes[UMK_SET_A] + sets.sizes[UMK_SET_B] > MOST_REFITTED)
        _umk_bias_note(notes, "attributes-not-drawn");
    _umk_bias_note_resampled(notes, &resampled);
    _umk_bias_add_notes(result, notes);
    return TRUE;
}

static const UmkBiasWord words[] = {
    {"rnsb", N_("divergence of the negative shares of the targets from equal shares, in "
                "nats")},
    {"rnsb-free-intercept", N_("the same with an intercept that is not penalised")},
    {"negative", N_("probability of the negative class")},
    {"negative-free-intercept", N_("probability of the negative class, intercept not "
                                   "penalised")},
    {"attributes-not-drawn",
     N_("there are too many attributes to learn from each draw of "
        "them; only targets were drawn anew")},
};

const UmkBiasMeasureOps _umk_bias_rnsb = {
    .id = "rnsb",
    .title = N_("Relative negative sentiment bias (RNSB)"),
    .help = N_("Whether targets are equally near to what a classifier calls negative"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = rnsb_measure,
};
