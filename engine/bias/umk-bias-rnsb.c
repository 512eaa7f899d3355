/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Relative negative sentiment bias (Sweeney and Najafian 2019): a logistic regression
 * learns A (positive) from B (negative); the shares of "negative" that it gives the
 * targets, made to add up to 1, are compared with equal shares by the Kullback-Leibler
 * divergence in nats. It learns from all attributes (nothing is held out), with C = 1;
 * the intercept is penalised as in the reference, and free in the figure beside it. */
#include "bias/umk-logistic-private.h"
#include "bias/umk-set-metrics-private.h"
#include "bias/umk-shuffle-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define MOST_REFITTED 128 /* attributes; more would be learnt from for minutes */

static const UmkParamSpec specs[] = {UMK_BIAS_PARAM_PERMUTATIONS(1e4),
                                     UMK_BIAS_PARAM_REPLICATES, UMK_BIAS_PARAM_LEVEL};

static const UmkBiasRole roles[] = {{"x", N_("targets"), TRUE},
                                    {"y", N_("more targets"), FALSE},
                                    {"a", N_("positive attributes"), TRUE},
                                    {"b", N_("negative attributes"), TRUE}};

/* ---- the figure -----------------------------------------------------------------------
 */

static const double *
row_of(const UmkBiasSets *sets, gsize set, gsize i)
{
    gsize n = sets->sizes[set];

    return i < n ? sets->rows[set] + i * sets->d
                 : sets->rows[set + 1] + (i - n) * sets->d;
}

/* alpha (n_attributes) is scratch. */
static gboolean
learn(const UmkRnsb *self,
      const double *counts,
      const gboolean *positive,
      double *alpha,
      double *negative)
{
    gsize m = self->sizes[UMK_SET_A] + self->sizes[UMK_SET_B];
    gsize n = self->sizes[UMK_SET_X] + self->sizes[UMK_SET_Y];
    UmkLogisticProblem problem = {self->kernel, counts, m, positive, self->penalised};
    double intercept;

    if (!_umk_logistic_fit(&problem, alpha, &intercept))
        return FALSE;
    for (gsize t = 0; t < n; t++)
        negative[t] =
            1.0 /
            (1.0 + exp(_umk_dot_in_double(self->cross + t * m, alpha, m) + intercept));
    return TRUE;
}

gboolean
_umk_rnsb_init(UmkRnsb *self,
               const UmkBiasSets *sets,
               gboolean penalise_intercept,
               GError **error)
{
    gsize m = sets->sizes[UMK_SET_A] + sets->sizes[UMK_SET_B];
    gsize n = sets->sizes[UMK_SET_X] + sets->sizes[UMK_SET_Y];
    g_autofree double *counts = g_new(double, m + 1), *alpha = g_new(double, m + 1);
    g_autofree gboolean *positive = g_new(gboolean, m + 1);

    *self = (UmkRnsb){.penalised = penalise_intercept};
    for (gsize s = 0; s < UMK_N_SETS; s++)
        self->sizes[s] = sets->sizes[s];
    self->kernel = _umk_alloc(m * m, sizeof(double), "the products", error);
    self->cross = _umk_alloc(m * n, sizeof(double), "the products", error);
    self->negative = g_new0(double, n + 1);
    if (self->kernel == NULL || self->cross == NULL)
        return FALSE;
    for (gsize i = 0; i < m; i++) {
        const double *row = row_of(sets, UMK_SET_A, i);

        counts[i] = 1.0;
        positive[i] = i < sets->sizes[UMK_SET_A];
        for (gsize j = 0; j < m; j++)
            self->kernel[i * m + j] =
                _umk_dot_in_double(row, row_of(sets, UMK_SET_A, j), sets->d);
        for (gsize t = 0; t < n; t++)
            self->cross[t * m + i] =
                _umk_dot_in_double(row_of(sets, UMK_SET_X, t), row, sets->d);
    }
    if (sets->sizes[UMK_SET_A] > 0 && sets->sizes[UMK_SET_B] > 0 &&
        !learn(self, counts, positive, alpha, self->negative)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
                    _("rnsb could not learn “%s” from “%s”: the vectors are too long"),
                    sets->sets[UMK_SET_A]->title, sets->sets[UMK_SET_B]->title);
        return FALSE;
    }
    return TRUE;
}

void
_umk_rnsb_clear(UmkRnsb *self)
{
    g_clear_pointer(&self->kernel, g_free);
    g_clear_pointer(&self->cross, g_free);
    g_clear_pointer(&self->negative, g_free);
}

/* scratch: counts, alpha, then the shares of all targets. */
static const double *
shares_of(const UmkRnsb *self, const UmkPicks *picks, double *scratch)
{
    gsize n_a = self->sizes[UMK_SET_A], m = n_a + self->sizes[UMK_SET_B];
    double *counts = scratch, *alpha = scratch + m, *negative = scratch + 2 * m;
    g_autofree gboolean *positive = NULL;

    if (picks->whole[UMK_SET_A] && picks->whole[UMK_SET_B])
        return self->negative;
    positive = g_new0(gboolean, m + 1);
    for (gsize i = 0; i < m; i++) {
        counts[i] = 0.0;
        positive[i] = !self->dealt && i < n_a;
    }
    for (gsize i = 0; i < picks->n[UMK_SET_A]; i++) {
        counts[picks->items[UMK_SET_A][i]] += 1.0;
        positive[picks->items[UMK_SET_A][i]] = TRUE;
    }
    for (gsize i = 0; i < picks->n[UMK_SET_B]; i++)
        counts[(self->dealt ? 0 : n_a) + picks->items[UMK_SET_B][i]] += 1.0;
    return learn(self, counts, positive, alpha, negative) ? negative : NULL;
}

static void
rnsb_figures(const UmkResample *what,
             const UmkPicks *picks,
             double *scratch,
             double *values)
{
    const UmkRnsb *self = what->data;
    const double *negative = shares_of(self, picks, scratch);
    gsize n = picks->n[UMK_SET_X] + picks->n[UMK_SET_Y], n_x = picks->n[UMK_SET_X];
    double sum = 0.0, divergence = 0.0;

    values[0] = NAN;
    if (negative == NULL || n < 2)
        return;
    for (guint pass = 0; pass < 2; pass++)
        for (gsize i = 0; i < n; i++) {
            double share =
                i < n_x
                    ? negative[picks->items[UMK_SET_X][i]]
                    : negative[self->sizes[UMK_SET_X] + picks->items[UMK_SET_Y][i - n_x]];

            if (pass == 0)
                sum += share;
            else if (share > 0.0)
                divergence += share / sum * log(share / sum * (double) n);
        }
    values[0] = divergence;
}

UmkResample
_umk_rnsb_resample(const UmkRnsb *self)
{
    UmkResample what = {
        .n_groups = UMK_N_SETS, .n_figures = 1, .figures = rnsb_figures, .data = self};

    for (gsize g = 0; g < UMK_N_SETS; g++)
        what.sizes[g] = self->sizes[g];
    what.n_scratch = 2 * (what.sizes[UMK_SET_A] + what.sizes[UMK_SET_B]) +
                     what.sizes[UMK_SET_X] + what.sizes[UMK_SET_Y];
    return what;
}

/* ---- the measure ----------------------------------------------------------------------
 */

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
                             {"targets-and-attributes", targets | 4u | 8u}};
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
         double found,
         UmkRun *run,
         GError **error)
{
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
    if (!add_test(result, &sets, &rnsb, params, seed, resampled.values[0], run, error))
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
