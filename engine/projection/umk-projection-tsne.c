/* SPDX-License-Identifier: GPL-3.0-or-later */
/* t-SNE as a projection: van der Maaten and Hinton, "Visualizing data using t-SNE", 2008,
 * with the habits that later work found best: 3 × perplexity nearest neighbours (van der
 * Maaten 2014), a start from PCA with a standard deviation of 1e-4 (Kobak and Berens
 * 2019), a learning rate of n / exaggeration (Belkina and others 2019), repulsion on a
 * grid (Linderman and others 2019), in three dimensions by a tree (van der Maaten 2014);
 * small sets sum it exactly.
 *
 * A start layout that is handed in is shrunk as the one from PCA is. A layout that was
 * handed out cannot be gone on with, because it does not hold the momentum; a checkpoint
 * does.
 */
#include "projection/umk-fitting-private.h"
#include "projection/umk-projection-ops-private.h"
#include "projection/umk-projection-tsne-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-pca-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define EXACT_LIMIT     1000 /* rows up to which sums are as fast as a grid or a tree */
#define START_DEVIATION 1e-4
#define EARLY_MOMENTUM  0.5
#define LATE_MOMENTUM   0.8

typedef struct {
    UmkMetric metric;
    UmkMatrix *coords;
    UmkTsneField *field;   /* of the finished map, or NULL */
    UmkTsneTree *tree;     /* likewise */
    UmkTsnePlacer *placer; /* of new rows; NULL for a map of one or none */
    guint64 seed;
    guint n_dims;
    double perplexity; /* the one used */
    double learning_rate, divergence;
    gsize n_neighbours;
} TsneFit;

static const char *const metrics[] = {"euclidean", "cosine", NULL};
static const char *const metric_titles[] = {N_("Euclidean"), N_("Cosine"), NULL};
static const char *const starts[] = {"pca", "random", NULL};
static const char *const start_titles[] = {N_("PCA"), N_("At random"), NULL};

static const UmkParamSpec specs[] = {
    {.name = "dims",
     .type = UMK_PARAM_INT,
     .title = N_("Dimensions"),
     .help = N_("How many coordinates each item gets, 2 or 3"),
     .min = 2,
     .max = 3,
     .def = 2},
    {.name = "perplexity",
     .plain = TRUE,
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Perplexity"),
     .help = N_("How many neighbours each item holds on to, more or less"),
     .min = 1,
     .max = 1000,
     .def = 30},
    {.name = "metric",
     .plain = TRUE,
     .type = UMK_PARAM_CHOICE,
     .title = N_("Metric"),
     .help = N_("What counts as near"),
     .max = 1,
     .choices = metrics,
     .choice_titles = metric_titles},
    {.name = "iterations",
     .type = UMK_PARAM_INT,
     .title = N_("Iterations"),
     .help = N_("Steps after the early ones"),
     .max = 100000,
     .def = 500},
    {.name = "early-iterations",
     .type = UMK_PARAM_INT,
     .title = N_("Early iterations"),
     .help = N_("Steps in which neighbours pull harder, so that clusters form"),
     .max = 100000,
     .def = 250},
    {.name = "exaggeration",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Exaggeration"),
     .help = N_("How many times harder neighbours pull in the early steps"),
     .min = 1,
     .max = 100,
     .def = 12},
    {.name = "learning-rate",
     .automatic = TRUE,
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Learning rate"),
     .help = N_("Size of a step; 0 takes it from the number of items"),
     .max = 1e6},
    {.name = "start",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Starting places"),
     .help = N_("Where the items are before the first step"),
     .max = 1,
     .choices = starts,
     .choice_titles = start_titles},
    UMK_PROJECTION_SEED,
};

static void
tsne_free(gpointer data)
{
    TsneFit *fit = data;

    g_clear_pointer(&fit->placer, _umk_tsne_placer_free);
    g_clear_pointer(&fit->coords, umk_matrix_unref);
    _umk_tsne_field_free(fit->field);
    _umk_tsne_tree_free(fit->tree);
    g_free(fit);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TsneFit, tsne_free)

/* ---- fitting ---------------------------------------------------------------------- */

/* Directions are compared by the straight distance of their ends: its square is
 * 2 (1 - cos), so that nearness falls off with the angle as it does with distance. */
static void
straighten(UmkKnnGraph *graph, UmkMetric metric)
{
    for (gsize i = 0; metric == UMK_METRIC_COSINE && i < graph->n * graph->k; i++)
        graph->distances[i] = sqrtf(2.0f * MAX(graph->distances[i], 0.0f));
}

static UmkTsneAffinity *
make_affinity(
    TsneFit *fit, UmkMatrix *vectors, UmkKnnGraph **near, UmkRun *run, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors);
    g_auto(UmkRun) first = {0}, second = {0};
    g_autoptr(UmkKnnGraph) graph = NULL;

    _umk_run_init_stage(&first, run, 0.0, 0.8);
    _umk_run_init_stage(&second, run, 0.8, 1.0);
    /* Every neighbour beyond three times the perplexity has next to no weight. */
    fit->perplexity = CLAMP(fit->perplexity, 1.0, MAX(((double) n - 1.0) / 3.0, 1.0));
    fit->n_neighbours = (gsize) MIN((double) n - 1.0, 3.0 * fit->perplexity);
    graph = _umk_knn_graph_build(vectors, fit->metric, (guint) fit->n_neighbours,
                                 fit->seed, &first, error);
    if (graph == NULL)
        return NULL;
    *near = _umk_tsne_near_graph(graph, error);
    if (*near == NULL)
        return NULL;
    straighten(graph, fit->metric);
    umk_run_report(run, _("Weighing neighbours"), 0.8);
    return _umk_tsne_affinity_new(graph, fit->perplexity, &second, error);
}

static gboolean
start_from_pca(
    const TsneFit *fit, UmkMatrix *vectors, float *start, UmkRun *run, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors);
    const float *rows = umk_matrix_get_row(vectors, 0, NULL);
    g_autoptr(UmkPca) pca = _umk_pca_fit(rows, d, n, d, fit->n_dims,
                                         fit->metric == UMK_METRIC_COSINE, run, error);
    double scale;

    if (pca == NULL)
        return FALSE;
    _umk_pca_transform(pca, rows, d, n, start, fit->n_dims);
    scale = pca->variance[0] > 0.0 ? START_DEVIATION / sqrt(pca->variance[0]) : 0.0;
    for (gsize i = 0; i < n * fit->n_dims; i++)
        start[i] = (float) ((double) start[i] * scale);
    return TRUE;
}

/* A map of any size, centred and shrunk until its wider side deviates by 1e-4. */
static gboolean
start_from_map(const TsneFit *fit, UmkMatrix *map, gsize n, float *start, GError **error)
{
    guint d = fit->n_dims;
    double mean[3] = {0.0, 0.0, 0.0}, squares[3] = {0.0, 0.0, 0.0}, widest = 0.0;

    if (umk_matrix_get_n_rows(map) != n || umk_matrix_get_n_cols(map) != d) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The start of the layout is %zu × %zu, it should be %zu × %u"),
                    umk_matrix_get_n_rows(map), umk_matrix_get_n_cols(map), n, d);
        return FALSE;
    }
    if (!umk_matrix_check_finite(map, error))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        for (guint c = 0; c < d; c++)
            mean[c] += (double) umk_matrix_get_row(map, i, NULL)[c] / (double) n;
    for (gsize i = 0; i < n; i++)
        for (guint c = 0; c < d; c++) {
            double off = (double) umk_matrix_get_row(map, i, NULL)[c] - mean[c];

            squares[c] += off * off;
            start[i * d + c] = (float) off;
        }
    for (guint c = 0; c < d; c++)
        widest = MAX(widest, sqrt(squares[c] / (double) n));
    for (gsize i = 0; widest > 0.0 && i < n * d; i++)
        start[i] = (float) ((double) start[i] * START_DEVIATION / widest);
    return TRUE;
}

static float *
make_start(const TsneFit *fit,
           UmkMatrix *vectors,
           UmkParams *params,
           UmkFitting *fitting,
           UmkRun *run,
           GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), count = n * fit->n_dims;
    g_autofree float *start = _umk_alloc(count + 1, sizeof *start, _("The map"), error);
    guint first_epoch;
    UmkMatrix *given = _umk_fitting_get_start(fitting, &first_epoch);
    gboolean ok = start != NULL;
    UmkRng rng;

    if (ok && given != NULL) {
        ok = start_from_map(fit, given, n, start, error);
    } else if (ok && umk_params_get_int(params, "start") == 0) {
        ok = start_from_pca(fit, vectors, start, run, error);
    } else if (ok) {
        _umk_rng_init(&rng, (guint64) umk_params_get_int(params, "seed"), 0);
        for (gsize i = 0; i < count; i++)
            start[i] = (float) (START_DEVIATION * _umk_rng_normal(&rng));
    }
    return ok ? g_steal_pointer(&start) : NULL;
}

/* The checkpoint's, or 0. */
static gsize
first_step(UmkTsneDescent *descent, UmkFitting *fitting)
{
    gsize count = descent->n * descent->n_dims;
    guint epoch = 0;

    if (!_umk_fitting_restore(fitting, 0, descent->y, count, &epoch) ||
        !_umk_fitting_restore(fitting, 1, descent->velocity, count, &epoch) ||
        !_umk_fitting_restore(fitting, 2, descent->gains, count, &epoch))
        return 0;
    return epoch;
}

static void
keep_descent(const UmkTsneDescent *descent, UmkFitting *fitting, guint epoch)
{
    const float *arrays[3] = {descent->y, descent->velocity, descent->gains};

    _umk_fitting_keep(fitting, epoch, arrays, 3, descent->n * descent->n_dims);
}

static gboolean
descend(TsneFit *fit,
        UmkTsneDescent *descent,
        UmkParams *params,
        UmkFitting *fitting,
        UmkRun *run,
        GError **error)
{
    gsize n_early = (gsize) umk_params_get_int(params, "early-iterations");
    gsize n_steps = n_early + (gsize) umk_params_get_int(params, "iterations");
    double exaggeration = umk_params_get_double(params, "exaggeration");

    fit->learning_rate = umk_params_get_double(params, "learning-rate");
    if (!(fit->learning_rate > 0.0))
        fit->learning_rate = MAX((double) descent->n / exaggeration, 200.0);
    for (gsize step = first_step(descent, fitting); step < n_steps; step++) {
        gboolean early = step < n_early;

        if (!_umk_tsne_descent_step(descent, early ? exaggeration : 1.0,
                                    early ? EARLY_MOMENTUM : LATE_MOMENTUM,
                                    fit->learning_rate, run, error))
            return FALSE;
        if (step + 1 == n_steps || _umk_fitting_wants_layout(fitting))
            _umk_fitting_show(fitting, descent->y, descent->n, descent->n_dims,
                              (guint) step + 1, (guint) n_steps);
        if (_umk_fitting_wants_checkpoint(fitting))
            keep_descent(descent, fitting, (guint) step + 1);
        umk_run_report(run, _("Arranging the map"),
                       (double) (step + 1) / (double) n_steps);
    }
    return TRUE;
}

/* The map is done: what new rows and the report need of it. */
static gboolean
keep(TsneFit *fit, UmkTsneDescent *descent, UmkRun *run, GError **error)
{
    gsize count = descent->n * fit->n_dims;
    g_autofree float *gradient =
        _umk_alloc(count + 1, sizeof(float), _("The map"), error);

    /* For Z of the finished map, not of the one before the last step. */
    if (gradient == NULL ||
        !_umk_tsne_descent_gradient(descent, 1.0, gradient, run, error))
        return FALSE;
    fit->divergence = _umk_tsne_descent_divergence(descent);
    fit->coords = umk_matrix_new_from_data(descent->n, fit->n_dims, descent->y, error);
    return fit->coords != NULL;
}

static gboolean
check_input(UmkFitting *fitting, GError **error)
{
    guint first_epoch;
    gsize n_labels;

    (void) _umk_fitting_get_start(fitting, &first_epoch);
    if (first_epoch == 0 && _umk_fitting_get_labels(fitting, &n_labels) == NULL)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("t-SNE takes no labels and cannot go on with a layout half done"));
    return FALSE;
}

/* How a map of many rows has its repulsion. */
static void
need_repulsion(TsneFit *fit, gsize n)
{
    if (n > EXACT_LIMIT && fit->n_dims == 2)
        fit->field = _umk_tsne_field_new();
    else if (n > EXACT_LIMIT)
        fit->tree = _umk_tsne_tree_new();
}

static gboolean
lay_out(TsneFit *fit,
        UmkMatrix *vectors,
        UmkParams *params,
        UmkFitting *fitting,
        UmkRun *run,
        GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors);
    g_auto(UmkRun) first = {0}, second = {0}, third = {0};
    g_autoptr(UmkTsneAffinity) affinity = NULL;
    g_autoptr(UmkKnnGraph) near = NULL;
    g_autofree float *start = NULL;
    g_auto(UmkTsneDescent) descent = {0};

    _umk_run_init_stage(&first, run, 0.0, 0.3);
    _umk_run_init_stage(&second, run, 0.3, 0.35);
    _umk_run_init_stage(&third, run, 0.35, 1.0);
    affinity = make_affinity(fit, vectors, &near, &first, error);
    if (affinity == NULL)
        return FALSE;
    start = make_start(fit, vectors, params, fitting, &second, error);
    if (start == NULL ||
        !_umk_tsne_descent_init(&descent, affinity, start, fit->n_dims, error))
        return FALSE;
    need_repulsion(fit, n);
    descent.field = fit->field;
    descent.tree = fit->tree;
    if (!descend(fit, &descent, params, fitting, &third, error) ||
        !keep(fit, &descent, run, error))
        return FALSE;
    fit->placer =
        _umk_tsne_placer_new(vectors, fit->coords, fit->metric, g_steal_pointer(&near),
                             fit->field, fit->tree, fit->seed);
    return TRUE;
}

static gpointer
tsne_fit(UmkMatrix *vectors,
         UmkParams *params,
         UmkFitting *fitting,
         UmkMatrix **coords,
         UmkRun *run,
         GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors);
    g_autoptr(TsneFit) fit = g_new0(TsneFit, 1);

    fit->n_dims = (guint) umk_params_get_int(params, "dims");
    fit->perplexity = umk_params_get_double(params, "perplexity");
    fit->metric = umk_params_get_int(params, "metric") == 1 ? UMK_METRIC_COSINE
                                                            : UMK_METRIC_EUCLIDEAN;
    fit->seed = (guint64) umk_params_get_int(params, "seed");
    if (!check_input(fitting, error))
        return NULL;
    if (n < 2) {
        float origin[3] = {0.0f, 0.0f, 0.0f};

        fit->coords = umk_matrix_new_from_data(n, fit->n_dims, origin, error);
    } else if (!lay_out(fit, vectors, params, fitting, run, error)) {
        return NULL;
    }
    *coords = umk_matrix_ref(fit->coords);
    return g_steal_pointer(&fit);
}

/* The placer of a finished map, which needs few neighbours, and its field. */
static gpointer
tsne_restore(
    UmkMatrix *vectors, UmkParams *params, UmkMatrix *coords, UmkRun *run, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors);
    g_autoptr(TsneFit) fit = g_new0(TsneFit, 1);
    g_autoptr(UmkKnnGraph) graph = NULL;
    UmkKnnGraph *near;

    fit->n_dims = (guint) umk_params_get_int(params, "dims");
    fit->metric = umk_params_get_int(params, "metric") == 1 ? UMK_METRIC_COSINE
                                                            : UMK_METRIC_EUCLIDEAN;
    fit->seed = (guint64) umk_params_get_int(params, "seed");
    fit->coords = umk_matrix_ref(coords);
    fit->perplexity = umk_params_get_double(params, "perplexity");
    fit->perplexity = CLAMP(fit->perplexity, 1.0, MAX(((double) n - 1.0) / 3.0, 1.0));
    fit->n_neighbours = (gsize) MIN((double) n - 1.0, 3.0 * fit->perplexity);
    if (umk_matrix_get_n_cols(coords) != fit->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The layout has %zu dimensions, its options say %zu"),
                    umk_matrix_get_n_cols(coords), (gsize) fit->n_dims);
        return NULL;
    }
    /* as many as the fit looked for, of which the nearest are kept: the same graph */
    graph = _umk_knn_graph_build(vectors, fit->metric, (guint) fit->n_neighbours,
                                 fit->seed, run, error);
    near = graph != NULL ? _umk_tsne_near_graph(graph, error) : NULL;
    if (near == NULL)
        return NULL;
    need_repulsion(fit, n);
    fit->placer = _umk_tsne_placer_new(vectors, coords, fit->metric, near, fit->field,
                                       fit->tree, fit->seed);
    if (fit->field != NULL &&
        !_umk_tsne_field_update(fit->field, umk_matrix_get_row(coords, 0, NULL), n, run,
                                error))
        return NULL;
    if (fit->tree != NULL &&
        !_umk_tsne_tree_update(fit->tree, umk_matrix_get_row(coords, 0, NULL), n, run,
                               error))
        return NULL;
    return g_steal_pointer(&fit);
}

static UmkMatrix *
tsne_transform(gconstpointer data, UmkMatrix *vectors, GError **error)
{
    const TsneFit *fit = data;
    gsize n = umk_matrix_get_n_rows(vectors), n_map = umk_matrix_get_n_rows(fit->coords);
    g_autofree float *origin = NULL;

    if (fit->placer != NULL)
        return _umk_tsne_placer_place(fit->placer, vectors, error);
    /* Beside one row, all new ones lie where it lies. */
    origin = n_map > 0 ? g_new0(float, n * fit->n_dims + 1) : NULL;
    return umk_matrix_new_from_data(n_map > 0 ? n : 0, fit->n_dims, origin, error);
}

static void
tsne_describe(gconstpointer data, JsonBuilder *builder)
{
    const TsneFit *fit = data;

    json_builder_set_member_name(builder, "n_items");
    json_builder_add_int_value(builder, (gint64) umk_matrix_get_n_rows(fit->coords));
    json_builder_set_member_name(builder, "perplexity");
    json_builder_add_double_value(builder, fit->perplexity);
    json_builder_set_member_name(builder, "n_neighbours");
    json_builder_add_int_value(builder, (gint64) fit->n_neighbours);
    json_builder_set_member_name(builder, "learning_rate");
    json_builder_add_double_value(builder, fit->learning_rate);
    json_builder_set_member_name(builder, "divergence");
    json_builder_add_double_value(builder, fit->divergence);
    json_builder_set_member_name(builder, "repulsion");
    json_builder_add_string_value(builder, fit->field != NULL  ? "grid"
                                           : fit->tree != NULL ? "tree"
                                                               : "exact");
}

const UmkProjectionOps _umk_projection_tsne = {
    .id = "tsne",
    .title = N_("t-SNE"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .align = UMK_PROJECTION_ALIGN_TURN,
    .by_distance = TRUE,
    .takes_start = TRUE,
    .fit_live = tsne_fit,
    .restore = tsne_restore,
    .free = tsne_free,
    .transform = tsne_transform,
    .describe = tsne_describe,
};
