/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clustering bias (Gonen and Goldberg 2019): do the items that lay farthest along the
 * direction still fall into two clusters by their side after it was taken out? Accuracy
 * of k-means with two clusters up to their names. 0.5 is chance, and the figure cannot be
 * less, as it is the larger of a share and its rest: so Wilson's interval of the share is
 * folded at one half with it, and p is by dealing the sides anew to the items, with the
 * clusters as they are (our own). Rows are brought to length 1. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-residual-private.h"
#include "bias/umk-shuffle-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

static const UmkBiasRole roles[] = {UMK_RESIDUAL_ROLES};

static const UmkParamSpec specs[] = {
    UMK_DIRECTION_PARAM_WAY,
    UMK_DIRECTION_PARAM_PAIR,
    UMK_RESIDUAL_PARAM_WORDS(500),
    {.name = "starts",
     .type = UMK_PARAM_INT,
     .title = N_("Starts"),
     .help = N_("Begin so many times and keep the tightest clusters"),
     .min = 1,
     .max = 1000,
     .def = 10},
    UMK_BIAS_PARAM_PERMUTATIONS_OF(
        10000, N_("Deal the sides of the items anew so many times for the p-value")),
    UMK_BIAS_PARAM_LEVEL,
    UMK_BIAS_PARAMS_DETECTABLE,
};

static const UmkBiasWord words[] = {
    {"cluster-accuracy",
     N_("share of the items that fall into the cluster of their side")},
    {"cluster-accuracy-before", N_("the same before the debias")},
    {"items-used", N_("items that were looked at")},
    {"too-few-items", N_("there are too few items")},
    {"fewer-items", N_("there are fewer items than were to be looked at")},
    {"defining-items-included", N_("items have no names, so those that define the "
                                   "direction could not be left out")},
    {"positive-end", N_("most along the direction")},
    {"negative-end", N_("most against the direction")},
    {"wilson", N_("Wilson’s interval")},
    {"wilson-folded", N_("Wilson’s interval, folded at one half as the figure is")},
};

typedef struct {
    const UmkProjected *projected;
    const guint32 *rows;
    gsize n;
    guint n_starts;
    guint64 seed;
    double level;
} Test;

/* labels (2 n): the clusters. Returns the figure. */
static double
add_accuracy(JsonBuilder *result,
             const Test *self,
             const UmkDebias *debias,
             const char *id,
             gboolean headline,
             guint8 *labels)
{
    g_autofree double *rows = NULL;
    UmkBiasInterval interval;
    UmkBiasFigure figure = {.id = id,
                            .value = NAN,
                            .undefined = self->projected->undefined,
                            .headline = headline,
                            .neutral = 0.5,
                            .least = 0.5,
                            .most = 1,
                            .intervals = &interval};

    if (figure.undefined == NULL && self->rows == NULL)
        figure.undefined = "too-few-items";
    if (figure.undefined == NULL) {
        rows = _umk_projected_dup_rows(self->projected, debias, self->rows, 2 * self->n);
        figure.undefined = "no-spread";
        if (_umk_two_clusters(rows, 2 * self->n, self->projected->d, self->n_starts,
                              self->seed, labels)) {
            gsize agreeing = _umk_count_agreeing(labels, self->n);

            figure.value = (double) agreeing / (double) (2 * self->n);
            interval =
                _umk_folded_share_interval(agreeing, 2 * self->n, self->level, "items");
            figure.n_intervals = 1;
        }
    }
    _umk_bias_add_figure(result, &figure);
    return figure.value;
}

/* ---- sides dealt anew -------------------------------------------------------------- */

/* Picks are the items of one side, then those of the other. */
static void
dealt_accuracy(const UmkResample *what,
               const UmkPicks *picks,
               double *scratch,
               double *values)
{
    const guint8 *labels = what->data;
    gsize agreeing = 0, n = picks->n[0] + picks->n[1];

    (void) scratch;
    for (gsize side = 0; side < 2; side++)
        for (gsize i = 0; i < picks->n[side]; i++)
            agreeing += labels[picks->items[side][i]] == side;
    values[0] = (double) MAX(agreeing, n - agreeing) / (double) n;
}

static gboolean
add_chance(JsonBuilder *result,
           const Test *self,
           double found,
           const guint8 *labels,
           UmkParams *params,
           UmkRun *run,
           GError **error)
{
    UmkResample what = {.n_groups = 2,
                        .sizes = {self->n, self->n},
                        .n_figures = 1,
                        .figures = dealt_accuracy,
                        .data = labels};
    g_auto(UmkBiasNull) null = {.of = "cluster-accuracy",
                                .kind = "sides-dealt",
                                .alternative = "greater",
                                .found = found,
                                .neutral = 0.5};
    UmkBiasTest test;

    if (isfinite(found))
        null.n = (gsize) umk_params_get_int(params, "permutations");
    null.undefined = isfinite(found)                      ? "not-asked-for"
                     : self->projected->undefined != NULL ? self->projected->undefined
                     : self->rows == NULL                 ? "too-few-items"
                                                          : "no-spread";
    null.values = _umk_shuffle(&what, 0, null.n, self->seed, run, error);
    if (null.values == NULL)
        return FALSE;
    test = _umk_shuffle_test(null.of, null.alternative, found, null.values, null.n,
                             self->level, null.undefined);
    _umk_bias_open(result, "tests");
    _umk_bias_add_test(result, &test);
    _umk_bias_close(result);
    _umk_bias_add_control(result, &null, self->level);
    _umk_bias_add_detectable_by(result, params, &null, "permutations",
                                sqrt(0.25 / (double) (2 * self->n)), 0.5);
    return TRUE;
}

static gboolean
cluster_measure(const UmkBiasInput *input,
                UmkParams *params,
                guint64 seed,
                JsonBuilder *result,
                UmkRun *run,
                GError **error)
{
    gsize n_wanted = (gsize) umk_params_get_int(params, "words");
    UmkProjected projected;
    g_autofree guint32 *rows = NULL;
    Test test = {.projected = &projected,
                 .n = n_wanted,
                 .n_starts = (guint) umk_params_get_int(params, "starts"),
                 .seed = seed,
                 .level = umk_params_get_double(params, "level")};
    g_autofree guint8 *labels = NULL, *before = NULL;
    double found;
    gboolean done;
    UmkBiasFigure used = {
        .id = "items-used", .is_count = TRUE, .neutral = NAN, .least = 0, .most = NAN};

    if (!_umk_projected_find(&projected, input, TRUE, params, run, error)) {
        _umk_projected_clear(&projected);
        return FALSE;
    }
    test.rows = rows = _umk_projected_take(&projected, &test.n);
    used.value = (double) (2 * test.n);
    _umk_bias_open(result, "figures");
    labels = g_new0(guint8, 2 * test.n + 1);
    before = g_new0(guint8, 2 * test.n + 1);
    found = add_accuracy(result, &test, input->debias, "cluster-accuracy", TRUE, labels);
    if (input->debias != NULL)
        add_accuracy(result, &test, NULL, "cluster-accuracy-before", FALSE, before);
    _umk_bias_add_figure(result, &used);
    _umk_bias_close(result);
    done = add_chance(result, &test, found, labels, params, run, error);
    _umk_residual_add_items(result, &projected, rows, test.n);
    _umk_residual_add_notes(result, &projected, n_wanted, test.n);
    _umk_projected_clear(&projected);
    return done && umk_run_check(run, error);
}

const UmkBiasMeasureOps _umk_bias_cluster = {
    .id = "cluster-bias",
    .title = N_("Clustering bias"),
    .help = N_("Whether items from the two ends of the direction still fall into two "
               "clusters"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = cluster_measure,
};
