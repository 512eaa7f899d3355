/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Neighbour bias (Gonen and Goldberg 2019): among the k nearest of an item, after the
 * direction was taken out, what share lay on its positive side before, and does that
 * share still follow the item's own projection? Pearson's correlation over the items,
 * which are drawn anew for the interval; p is by dealing the projections anew to the
 * items (Pitman's test of a correlation). Neighbours are looked for exactly, among all
 * rows. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-residual-private.h"
#include "bias/umk-shuffle-private.h"

#include "core/umk-alloc-private.h"
#include "stats/umk-correlation-private.h"

#include <umekomi/umk-index.h>
#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

static const UmkBiasRole roles[] = {
    {"x", N_("First members of the pairs, or the first group"), TRUE},
    {"y", N_("Second members, or the second group"), TRUE},
    {"a",
     N_("Items whose neighbours are looked at; those farthest along the direction "
        "if absent"),
     FALSE},
};

static const UmkParamSpec specs[] = {
    UMK_DIRECTION_PARAM_WAY,
    UMK_DIRECTION_PARAM_PAIR,
    UMK_RESIDUAL_PARAM_WORDS(500),
    {.name = "neighbours",
     .type = UMK_PARAM_INT,
     .title = N_("Neighbours"),
     .help = N_("Look at so many neighbours of each item"),
     .min = 1,
     .max = 10000,
     .def = 100},
    UMK_BIAS_PARAM_REPLICATES,
    UMK_BIAS_PARAM_PERMUTATIONS_OF(
        10000, N_("Deal the leanings of the items anew so many times for the p-value")),
    UMK_BIAS_PARAM_LEVEL,
    UMK_BIAS_PARAMS_DETECTABLE,
};

static const UmkBiasWord words[] = {
    {"neighbour-correlation", N_("correlation of an item’s projection with the share of "
                                 "its neighbours that lay on the positive side")},
    {"neighbour-correlation-before", N_("the same before the debias")},
    {"neighbour-share-positive", N_("mean share of positive neighbours of the positive "
                                    "items")},
    {"neighbour-share-negative", N_("mean share of positive neighbours of the negative "
                                    "items")},
    {"neighbours-used", N_("neighbours that were looked at")},
    {"no-spread-of-shares", N_("all items have the same share of positive neighbours")},
};

/* The items asked about: rows of the candidates, or a set of its own. */
typedef struct {
    UmkProjected *all;
    const UmkBiasSet *set; /* or NULL */
    const guint32 *rows;   /* (n), or NULL with a set */
    gsize n;
    double *projection; /* (n) before */
    guint k;
} Queries;

static UmkMatrix *
make_matrix(const double *rows, gsize n, gsize d, GError **error)
{
    float *data = _umk_alloc_aligned(n, d * sizeof(float), _("The vectors"), error);
    g_autoptr(GBytes) bytes = NULL;

    if (data == NULL)
        return NULL;
    for (gsize i = 0; i < n * d; i++)
        data[i] = (float) rows[i];
    bytes = _umk_bytes_new_aligned(data, n * d * sizeof(float));
    return umk_matrix_new_from_bytes(n, d, bytes, error);
}

static UmkMatrix *
make_queries(const Queries *self, const UmkDebias *debias, GError **error)
{
    gsize d = self->all->d;
    g_autofree double *rows = NULL;

    if (self->set == NULL) {
        rows = _umk_projected_dup_rows(self->all, debias, self->rows, self->n);
    } else {
        UmkProjected as_set = {.matrix = self->set->rows,
                               .names = (const char *const *) self->set->names,
                               .d = d};
        g_autofree guint32 *each = g_new(guint32, self->n + 1);

        for (gsize i = 0; i < self->n; i++)
            each[i] = (guint32) i;
        rows = _umk_projected_dup_rows(&as_set, debias, each, self->n);
    }
    return make_matrix(rows, self->n, d, error);
}

/* The candidates alone: row i of the matrix is row order[i] of all. */
static UmkMatrix *
make_candidates(const UmkProjected *all, const UmkDebias *debias, GError **error)
{
    g_autoptr(UmkMatrix) chosen = NULL;
    g_autofree const char **names = NULL;
    gsize n = all->n_usable, d = all->d;
    float *data = _umk_alloc_aligned(n, d * sizeof(float), _("The vectors"), error);
    g_autoptr(GBytes) bytes = NULL;

    if (data == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(data, n * d * sizeof(float));
    for (gsize i = 0; i < n; i++)
        memcpy(data + i * d, umk_matrix_get_row(all->matrix, all->order[i], NULL),
               d * sizeof *data);
    chosen = umk_matrix_new_from_bytes(n, d, bytes, error);
    if (chosen == NULL || debias == NULL)
        return g_steal_pointer(&chosen);
    if (all->names != NULL) {
        names = g_new0(const char *, n + 1);
        for (gsize i = 0; i < n; i++)
            names[i] = all->names[all->order[i]];
    }
    return umk_debias_apply((UmkDebias *) debias, chosen, names, NULL, error);
}

static gboolean
is_itself(const Queries *self, gsize query, guint32 row)
{
    if (self->set == NULL)
        return self->rows[query] == row;
    return self->all->names != NULL &&
           strcmp(self->set->names[query], self->all->names[row]) == 0;
}

/* shares (n): of the k nearest others, how many lay on the positive side. */
static gboolean
find_shares(const Queries *self,
            const UmkDebias *debias,
            double *shares,
            UmkRun *run,
            GError **error)
{
    g_autoptr(UmkMatrix) candidates = make_candidates(self->all, debias, error);
    g_autoptr(UmkMatrix) queries = NULL;
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(UmkHits) hits = NULL;

    if (candidates == NULL)
        return FALSE;
    queries = make_queries(self, debias, error);
    if (queries == NULL)
        return FALSE;
    umk_run_report(run, _("Neighbours"), -1);
    index = umk_index_build("exact", candidates, UMK_METRIC_COSINE, NULL,
                            run->cancellable, NULL, NULL, error);
    if (index == NULL)
        return FALSE;
    hits = umk_index_search(index, queries, self->k + 1, NULL, run->cancellable, error);
    if (hits == NULL)
        return FALSE;
    for (gsize q = 0; q < self->n; q++) {
        gsize n_positive = 0, n_seen = 0;

        for (guint rank = 0; rank <= self->k && n_seen < self->k; rank++) {
            gsize hit = umk_hits_get(hits, q, rank, NULL);
            guint32 row;

            if (hit >= self->all->n_usable)
                break;
            row = self->all->order[hit];
            if (is_itself(self, q, row))
                continue;
            n_positive += self->all->projection[row] > 0.0;
            n_seen++;
        }
        shares[q] = n_seen > 0 ? (double) n_positive / (double) n_seen : (double) NAN;
    }
    return TRUE;
}

typedef struct {
    const double *projection, *shares; /* (n) */
    double side;
} Side;

/* Over the items drawn that lay on a side. */
static double
mean_share(const guint32 *drawn, gsize n, gconstpointer data)
{
    const Side *of = data;
    double sum = 0.0;
    gsize n_used = 0;

    for (gsize i = 0; i < n; i++)
        if (of->projection[drawn[i]] * of->side > 0.0 && isfinite(of->shares[drawn[i]])) {
            sum += of->shares[drawn[i]];
            n_used++;
        }
    return n_used > 0 ? sum / (double) n_used : (double) NAN;
}

static void
add_share(JsonBuilder *result,
          const Queries *self,
          const double *shares,
          const char *id,
          double side,
          const char *undefined,
          const UmkDraws *draws)
{
    g_autofree guint32 *all = g_new(guint32, self->n + 1);
    Side of = {self->projection, shares, side};
    UmkBiasInterval interval;
    UmkBiasFigure figure = {.id = id,
                            .value = NAN,
                            .undefined = undefined ? undefined : "empty-set",
                            .neutral = NAN,
                            .least = 0,
                            .most = 1,
                            .intervals = &interval};

    for (gsize i = 0; i < self->n; i++)
        all[i] = (guint32) i;
    if (undefined == NULL)
        figure.value = mean_share(all, self->n, &of);
    if (isfinite(figure.value) &&
        _umk_draws_interval(draws, mean_share, &of, self->n, &interval))
        figure.n_intervals = 1;
    _umk_bias_add_figure(result, &figure);
}

/* Returns the figure, with its interval's deviation. */
static double
add_figures(JsonBuilder *result,
            const Queries *self,
            const double *shares,
            const char *id,
            gboolean headline,
            const char *undefined,
            const UmkDraws *draws,
            double *deviation)
{
    UmkDrawnPairs pairs = {self->projection, shares};
    UmkBiasInterval interval = {.deviation = NAN};
    UmkBiasFigure figure = {.id = id,
                            .value = NAN,
                            .undefined = undefined,
                            .headline = headline,
                            .neutral = 0,
                            .least = -1,
                            .most = 1,
                            .intervals = &interval};

    if (undefined == NULL) {
        figure.value = _umk_pearson(self->projection, shares, self->n);
        figure.undefined = "no-spread-of-shares";
        if (isfinite(figure.value) && _umk_draws_interval(draws, _umk_drawn_correlation,
                                                          &pairs, self->n, &interval))
            figure.n_intervals = 1;
    }
    _umk_bias_add_figure(result, &figure);
    *deviation = interval.deviation;
    if (!headline)
        return figure.value;
    add_share(result, self, shares, "neighbour-share-positive", 1.0, undefined, draws);
    add_share(result, self, shares, "neighbour-share-negative", -1.0, undefined, draws);
    return figure.value;
}

/* ---- leanings dealt anew ----------------------------------------------------------- */

/* All items are in one group, in the order that they are dealt. */
static void
dealt_correlation(const UmkResample *what,
                  const UmkPicks *picks,
                  double *scratch,
                  double *values)
{
    const UmkDrawnPairs *of = what->data;

    for (gsize i = 0; i < picks->n[0]; i++)
        scratch[i] = of->a[picks->items[0][i]];
    values[0] = _umk_pearson(scratch, of->b, picks->n[0]);
}

static gboolean
add_chance(JsonBuilder *result,
           const Queries *self,
           const double *shares,
           double found,
           double deviation,
           const char *undefined,
           UmkParams *params,
           guint64 seed,
           UmkRun *run,
           GError **error)
{
    UmkDrawnPairs pairs = {self->projection, shares};
    UmkResample what = {.n_groups = 2,
                        .sizes = {self->n, 0},
                        .n_figures = 1,
                        .n_scratch = self->n,
                        .figures = dealt_correlation,
                        .data = &pairs};
    g_auto(UmkBiasNull) null = {.of = "neighbour-correlation",
                                .kind = "leanings-dealt",
                                .alternative = "two-sided",
                                .found = found};
    double level = umk_params_get_double(params, "level");
    UmkBiasTest test;

    if (isfinite(found))
        null.n = (gsize) umk_params_get_int(params, "permutations");
    null.undefined = isfinite(found)     ? "not-asked-for"
                     : undefined != NULL ? undefined
                                         : "no-spread-of-shares";
    null.values = _umk_shuffle(&what, 0, null.n, seed, run, error);
    if (null.values == NULL)
        return FALSE;
    test = _umk_shuffle_test(null.of, null.alternative, found, null.values, null.n, level,
                             null.undefined);
    _umk_bias_open(result, "tests");
    _umk_bias_add_test(result, &test);
    _umk_bias_close(result);
    _umk_bias_add_control(result, &null, level);
    _umk_bias_add_detectable_by(result, params, &null, "permutations", deviation, 1.0);
    return TRUE;
}

/* What the set's items project to, of the same direction; NaN ones are left out of the
 * figures by being given none. */
static gboolean
choose_queries(Queries *self,
               const UmkBiasInput *input,
               UmkParams *params,
               guint32 **rows,
               GError **error)
{
    g_auto(UmkDirection) direction = {0};
    g_autofree double *unit = NULL;

    self->set = _umk_bias_input_get_set(input, "a");
    if (self->set == NULL) {
        gsize n = (gsize) umk_params_get_int(params, "words");

        self->rows = *rows = _umk_projected_take(self->all, &n);
        self->n = 2 * n;
        self->projection = g_new(double, self->n + 1);
        for (gsize i = 0; i < self->n; i++)
            self->projection[i] = self->all->projection[self->rows[i]];
        return TRUE;
    }
    self->n = self->set->n;
    self->projection = g_new0(double, self->n + 1);
    if (!_umk_direction_find_for_input(&direction, input, params, error))
        return FALSE;
    unit = _umk_bias_set_dup_unit_rows(self->set);
    for (gsize i = 0; i < self->n && direction.vector != NULL; i++)
        self->projection[i] =
            _umk_dot(unit + i * self->set->d, direction.vector, self->set->d);
    return TRUE;
}

static gboolean
measure_queries(Queries *self,
                const UmkBiasInput *input,
                UmkParams *params,
                guint64 seed,
                JsonBuilder *result,
                UmkRun *run,
                GError **error)
{
    UmkDraws draws = _umk_draws_new(params, seed, "items");
    g_autofree double *after = g_new(double, self->n + 1);
    g_autofree double *before = g_new(double, self->n + 1);
    const char *undefined = self->all->undefined;
    double found, deviation, other;
    UmkBiasFigure used = {.id = "neighbours-used",
                          .value = self->k,
                          .is_count = TRUE,
                          .neutral = NAN,
                          .least = 0,
                          .most = NAN};

    if (undefined == NULL && (self->n < 3 || self->k == 0))
        undefined = "too-few-items";
    if (undefined == NULL &&
        (!find_shares(self, input->debias, after, run, error) ||
         (input->debias != NULL && !find_shares(self, NULL, before, run, error))))
        return FALSE;
    _umk_bias_open(result, "figures");
    found = add_figures(result, self, after, "neighbour-correlation", TRUE, undefined,
                        &draws, &deviation);
    if (input->debias != NULL)
        add_figures(result, self, before, "neighbour-correlation-before", FALSE,
                    undefined, &draws, &other);
    _umk_bias_add_figure(result, &used);
    _umk_bias_close(result);
    if (!add_chance(result, self, after, found, deviation, undefined, params, seed, run,
                    error))
        return FALSE;
    _umk_bias_open(result, "items");
    for (gsize i = 0; undefined == NULL && self->set != NULL && i < self->n; i++)
        _umk_bias_add_item(result, "a", self->set->names[i], after[i], NAN);
    _umk_bias_close(result);
    return TRUE;
}

static gboolean
neighbour_measure(const UmkBiasInput *input,
                  UmkParams *params,
                  guint64 seed,
                  JsonBuilder *result,
                  UmkRun *run,
                  GError **error)
{
    gsize k = (gsize) umk_params_get_int(params, "neighbours");
    UmkProjected projected;
    g_autofree guint32 *rows = NULL;
    Queries queries = {.all = &projected};
    gboolean done = _umk_projected_find(&projected, input, FALSE, params, run, error);

    if (done) {
        queries.k = (guint) MIN(k, projected.n_usable > 0 ? projected.n_usable - 1 : 0);
        done = choose_queries(&queries, input, params, &rows, error) &&
               measure_queries(&queries, input, params, seed, result, run, error);
    }
    if (done)
        _umk_residual_add_notes(result, &projected, k, queries.k);
    g_free(queries.projection);
    _umk_projected_clear(&projected);
    return done && umk_run_check(run, error);
}

const UmkBiasMeasureOps _umk_bias_neighbour = {
    .id = "neighbour-bias",
    .title = N_("Neighbour bias"),
    .help = N_("Whether items are still surrounded by others from their side of the "
               "direction"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = neighbour_measure,
};
