/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Iterative null-space projection (Ravfogel et al., "Null it out", 2020): train a linear
 * classifier of the groups, project onto the null space of all its weights so far, again,
 * until it does no better than naming the largest group. One logistic regression a group
 * (one in all for two groups). It is judged by rows that it was not trained on, where
 * each group has enough of them, and by all rows where not. */
#include "bias/umk-logistic-private.h"
#include "bias/umk-erasure-private.h"

#include "core/umk-rng-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define LEAST_HELD_OUT 5 /* rows of each group, else all rows judge */

static const UmkBiasRole roles[] = {UMK_GROUP_ROLES};

static const UmkParamSpec specs[] = {
    {.name = "steps",
     .type = UMK_PARAM_INT,
     .title = N_("Steps"),
     .help = N_("Take out so many directions a classifier at most"),
     .min = 1,
     .max = 1000,
     .def = 35},
    {.name = "margin",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Margin"),
     .help = N_("Stop when the accuracy is no more than this above the largest group"),
     .min = 0,
     .max = 0.5,
     .def = 0.01},
    {.name = "held-out",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Held out"),
     .help = N_("Share of the rows that judges the classifier and does not train it"),
     .min = 0,
     .max = 0.9,
     .def = 0.3},
    {.name = "strength",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Strength"),
     .help = N_("C of the logistic regression: the larger, the less its weights are held "
                "small"),
     .min = 1e-6,
     .max = 1e6,
     .def = 1},
    UMK_GROUP_PARAM_UNIT,
};

static const UmkBiasWord words[] = {
    {"steps-taken", N_("classifiers whose weights were taken out")},
    {"accuracy-first", N_("accuracy of the classifier before anything was taken out")},
    {"accuracy-last", N_("accuracy of the last classifier")},
    {"majority-rate", N_("accuracy of always naming the largest group")},
    {"n-held-out", N_("rows that judged the classifier and did not train it")},
    {"judged-by-training", N_("the groups are too small to hold rows out, so accuracy is "
                              "told of the rows that trained")},
    {"not-at-chance", N_("the classifier still does better than chance after all steps")},
};

typedef struct {
    const UmkGroups *groups;
    gsize n_train, n_test;
    guint32 *train, *test; /* rows; test is train where none were held out */
    double *rows;          /* (n, d) projected so far */
    double strength;
    GArray *found; /* double: all weights, (steps × classifiers, d) */
} Inlp;

/* Splits every group alike. */
static void
split_rows(Inlp *self, double share, guint64 seed)
{
    const UmkGroups *groups = self->groups;
    g_autofree guint32 *of_group = g_new(guint32, groups->n + 1);
    UmkRng rng;
    gboolean enough = TRUE;

    for (gsize turn = 0; turn < 2; turn++) {
        self->n_train = self->n_test = 0;
        _umk_rng_init(&rng, seed, 0);
        for (gsize g = 0; g < groups->n_groups; g++) {
            gsize n = 0, n_out;

            for (gsize i = 0; i < groups->n; i++)
                if (groups->groups[i] == g)
                    of_group[n++] = (guint32) i;
            n_out = enough ? (gsize) (share * (double) n) : 0;
            if (turn == 0 && (n_out < LEAST_HELD_OUT || n_out >= n)) {
                enough = FALSE;
                break;
            }
            for (gsize i = 0; i < n_out; i++) { /* Fisher and Yates */
                gsize j = i + _umk_rng_below(&rng, n - i);
                guint32 row = of_group[j];

                of_group[j] = of_group[i];
                of_group[i] = row;
                self->test[self->n_test++] = row;
            }
            for (gsize i = n_out; i < n; i++)
                self->train[self->n_train++] = of_group[i];
        }
    }
    if (!enough) {
        memcpy(self->test, self->train, self->n_train * sizeof *self->test);
        self->n_test = self->n_train;
    }
}

/* weights (n_classifiers, d), intercepts (n_classifiers). */
static gboolean
train(
    Inlp *self, gsize n_classifiers, double *weights, double *intercepts, GError **error)
{
    gsize d = self->groups->d;
    g_autofree double *rows = g_new(double, self->n_train *d + 1);
    g_autofree guint8 *positive = g_new(guint8, self->n_train + 1);

    for (gsize i = 0; i < self->n_train; i++)
        memcpy(rows + i * d, self->rows + self->train[i] * d, d * sizeof *rows);
    for (gsize c = 0; c < n_classifiers; c++) {
        for (gsize i = 0; i < self->n_train; i++)
            positive[i] = self->groups->groups[self->train[i]] == c;
        if (!_umk_logistic_fit_rows(rows, positive, self->n_train, d, self->strength,
                                    weights + c * d, &intercepts[c], error))
            return FALSE;
    }
    return TRUE;
}

static double
judge(const Inlp *self,
      gsize n_classifiers,
      const double *weights,
      const double *intercepts)
{
    gsize d = self->groups->d, n_right = 0;

    for (gsize i = 0; i < self->n_test; i++) {
        const double *row = self->rows + self->test[i] * d;
        double best = 0.0;
        gsize chosen = 1; /* of two groups, where the one classifier says no */

        for (gsize c = 0; c < n_classifiers; c++) {
            double score = _umk_dot(row, weights + c * d, d) + intercepts[c];

            if (n_classifiers == 1 ? score > 0.0 : c == 0 || score > best) {
                best = score;
                chosen = c;
            }
        }
        n_right += self->groups->groups[self->test[i]] == chosen;
    }
    return (double) n_right / (double) self->n_test;
}

static double
find_majority(const Inlp *self)
{
    gsize counts[UMK_MAX_GROUPS] = {0}, most = 0;

    for (gsize i = 0; i < self->n_test; i++)
        counts[self->groups->groups[self->test[i]]]++;
    for (gsize g = 0; g < UMK_MAX_GROUPS; g++)
        most = MAX(most, counts[g]);
    return (double) most / (double) self->n_test;
}

/* From the rows as they were given, so that rounding does not add up. */
static gboolean
project(Inlp *self, UmkErasure *erasure, GError **error)
{
    gsize d = self->groups->d;

    _umk_erasure_clear(erasure);
    if (!_umk_erase_span(erasure, (const double *) self->found->data,
                         self->found->len / d, d, error))
        return FALSE;
    for (gsize i = 0; i < self->groups->n; i++)
        _umk_erasure_apply(erasure, self->groups->rows + i * d, self->rows + i * d);
    return TRUE;
}

static gboolean
iterate(Inlp *self,
        UmkErasure *erasure,
        UmkParams *params,
        UmkDebias *result,
        UmkRun *run,
        GError **error)
{
    gsize d = self->groups->d, n_steps = (gsize) umk_params_get_int(params, "steps"),
          step;
    gsize n_classifiers = self->groups->n_groups == 2 ? 1 : self->groups->n_groups;
    g_autofree double *weights = g_new(double, n_classifiers *d + 1);
    double intercepts[UMK_MAX_GROUPS], accuracy = 0.0;
    double majority = find_majority(self);
    double enough = majority + umk_params_get_double(params, "margin");

    for (step = 0;; step++) {
        if (!umk_run_check(run, error) ||
            !train(self, n_classifiers, weights, intercepts, error))
            return FALSE;
        umk_run_report(run, _("Null-space projection"), (double) step / (double) n_steps);
        accuracy = judge(self, n_classifiers, weights, intercepts);
        if (step == 0)
            _umk_debias_add_fact(result, "accuracy-first", accuracy);
        if (accuracy <= enough || step == n_steps || erasure->rank == d)
            break;
        for (gsize c = 0; c < n_classifiers; c++)
            if (_umk_make_unit(weights + c * d, d))
                g_array_append_vals(self->found, weights + c * d, (guint) d);
        if (!project(self, erasure, error))
            return FALSE;
    }
    _umk_debias_add_fact(result, "accuracy-last", accuracy);
    _umk_debias_add_fact(result, "majority-rate", majority);
    _umk_debias_add_fact(result, "steps-taken", (double) step);
    if (accuracy > enough)
        _umk_debias_add_note(result, "not-at-chance");
    return TRUE;
}

static gboolean
inlp_fit(const UmkBiasInput *input,
         UmkParams *params,
         guint64 seed,
         UmkDebias *result,
         UmkRun *run,
         GError **error)
{
    gboolean unit = umk_params_get_bool(params, "unit");
    g_auto(UmkGroups) groups = {0};
    g_auto(UmkErasure) erasure = {0};
    g_autofree guint32 *train_rows = NULL, *test_rows = NULL;
    g_autofree double *rows = NULL;
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(double));
    Inlp self = {.groups = &groups,
                 .strength = umk_params_get_double(params, "strength"),
                 .found = found};

    _umk_groups_take(&groups, input, unit);
    self.train = train_rows = g_new(guint32, groups.n + 1);
    self.test = test_rows = g_new(guint32, groups.n + 1);
    self.rows = rows = g_memdup2(groups.rows, groups.n * groups.d * sizeof *rows);
    split_rows(&self, umk_params_get_double(params, "held-out"), seed);
    if (!_umk_erase_span(&erasure, NULL, 0, groups.d, error) ||
        !iterate(&self, &erasure, params, result, run, error))
        return FALSE;
    if (self.n_train + self.n_test > groups.n)
        _umk_debias_add_note(result, "judged-by-training");
    _umk_debias_add_fact(result, "n-held-out", (double) (groups.n - self.n_train));
    _umk_debias_add_fact(result, "rank-removed", (double) erasure.rank);
    if (unit)
        result->flags = UMK_DEBIAS_UNIT_FIRST;
    _umk_erasure_give(&erasure, result);
    return TRUE;
}

const UmkDebiasOps _umk_debias_inlp = {
    .id = "inlp",
    .title = N_("Iterative null-space projection"),
    .help =
        N_("Trains linear classifiers of the groups one after the other and takes out "
           "what each goes by, until none does better than chance"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .fit = inlp_fit,
};
