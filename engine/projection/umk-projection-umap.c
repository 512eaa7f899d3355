/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UMAP as a projection: its options, and the order of its stages. What differs from the
 * authors' program: the start is the plane of largest variance by default, each edge has
 * a phase of its own in the schedule, and far points come from the block that is met. */
#include "projection/umk-projection-umap-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "projection/umk-fitting-private.h"
#include "projection/umk-projection-ops-private.h"
#include "projection/umk-projection-umap-density-private.h"
#include "projection/umk-projection-umap-transform-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

enum { METRIC_EUCLIDEAN, METRIC_COSINE };
enum { START_PCA, START_SPECTRAL, START_RANDOM };

static const char *const metrics[] = {"euclidean", "cosine", NULL};
static const char *const metric_titles[] = {N_("Euclidean"), N_("Cosine"), NULL};
static const char *const starts[] = {"pca", "spectral", "random", NULL};
static const char *const start_titles[] = {N_("PCA"), N_("Spectral"), N_("At random"),
                                           NULL};

static const UmkParamSpec specs[] = {
    {.name = "dims",
     .type = UMK_PARAM_INT,
     .title = N_("Dimensions"),
     .help = N_("How many coordinates each item gets, 2 or 3"),
     .min = 2,
     .max = 3,
     .def = 2},
    {.name = "neighbors",
     .plain = TRUE,
     .type = UMK_PARAM_INT,
     .title = N_("Neighbours"),
     .help = N_("How many nearest items shape an item's surroundings, itself counted"),
     .min = 2,
     .max = 500,
     .def = 15},
    {.name = "min-dist",
     .plain = TRUE,
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Least distance"),
     .help = N_("How close points may lie on the map"),
     .min = 0,
     .max = 10,
     .def = 0.1},
    {.name = "spread",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Spread"),
     .help = N_("The scale of distances on the map"),
     .min = 0.01,
     .max = 10,
     .def = 1},
    {.name = "metric",
     .plain = TRUE,
     .type = UMK_PARAM_CHOICE,
     .title = N_("Metric"),
     .help = N_("How nearness of vectors is measured"),
     .def = METRIC_EUCLIDEAN,
     .choices = metrics,
     .choice_titles = metric_titles},
    {.name = "start",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Starting places"),
     .help = N_("Where points stand at first"),
     .def = START_PCA,
     .choices = starts,
     .choice_titles = start_titles},
    {.name = "epochs",
     .automatic = TRUE,
     .type = UMK_PARAM_INT,
     .title = N_("Rounds"),
     .help = N_("How often edges are followed; 0: 500 up to 10,000 items, 200 above"),
     .min = 0,
     .max = 100000,
     .def = 0},
    {.name = "negatives",
     .type = UMK_PARAM_INT,
     .title = N_("Points that push"),
     .help = N_("How many random points push back for each edge that is followed"),
     .min = 0,
     .max = 50,
     .def = 5},
    {.name = "repulsion",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Repulsion"),
     .help = N_("How strongly far points push"),
     .min = 0,
     .max = 100,
     .def = 1},
    {.name = "learning-rate",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Learning rate"),
     .help = N_("How far a point moves at once at first"),
     .min = 0.0001,
     .max = 100,
     .def = 1},
    {.name = "label-weight",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Weight of labels"),
     .help = N_("How much labels count where they are used, from 0 to 1"),
     .min = 0,
     .max = 1,
     .def = 0.5},
    {.name = "densmap",
     .plain = TRUE,
     .type = UMK_PARAM_BOOL,
     .title = N_("Keep density"),
     .help = N_("Keep dense parts of the data dense on the map (densMAP)"),
     .min = 0,
     .max = 1,
     .def = 0},
    {.name = "density-weight",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Weight of density"),
     .help = N_("How much density counts with densmap"),
     .min = 0,
     .max = 100,
     .def = 2},
    {.name = "align-weight",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Hold to the other map"),
     .help = N_("How strongly a map that is aligned to another keeps to its places; 0 "
                "only starts there"),
     .max = 1.0,
     .def = 0.2},
    {.name = "seed",
     .plain = TRUE,
     .type = UMK_PARAM_INT,
     .title = N_("Seed"),
     .help = N_("The same seed gives the same layout"),
     .min = 0,
     .max = 9007199254740991,
     .def = 42},
};

typedef struct {
    UmkMatrix *vectors;
    UmkMatrix *coords;
    UmkUmapPlacer *placer;
    UmkUmapCurve curve;
    gsize n_edges;
    guint n_neighbors; /* the item itself counted */
    guint n_epochs;
    gsize n_labelled;
    gboolean exact; /* neighbours */
    UmkMetric metric;
    guint64 seed;
} UmapFit;

/* A fit on its way. */
typedef struct {
    UmapFit *fit;
    UmkFitting *fitting;
    UmkUmapLayoutParams layout;
    const gint32 *labels;
    double label_weight;
    double density_weight; /* 0: density does not count */
    int start;
    float *places; /* (n, n_dims) */
    UmkKnnGraph *graph;
    double mean_distance;
    UmkRun *run;
} Work;

static void
umap_free(gpointer data)
{
    UmapFit *fit = data;

    g_clear_pointer(&fit->placer, _umk_umap_placer_free);
    g_clear_pointer(&fit->vectors, umk_matrix_unref);
    g_clear_pointer(&fit->coords, umk_matrix_unref);
    g_free(fit);
}

/* ---- what was asked for ----------------------------------------------------------- */

static int
choice_of(UmkParams *params, const char *name, const char *const *words)
{
    const char *word = umk_params_get_string(params, name);
    int i = 0;

    while (words[i] != NULL && strcmp(words[i], word) != 0)
        i++;
    return i;
}

static gboolean
read_params(Work *work, UmkParams *params, gsize n, GError **error)
{
    double spread = umk_params_get_double(params, "spread"),
           min_dist = umk_params_get_double(params, "min-dist");
    guint asked = (guint) umk_params_get_int(params, "epochs");
    UmapFit *fit = work->fit;
    UmkMatrix *anchor;

    if (min_dist > spread) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("min-dist is %g, more than spread, which is %g"), min_dist, spread);
        return FALSE;
    }
    fit->curve = _umk_umap_fit_curve(spread, min_dist);
    fit->n_epochs = asked > 0 ? asked : n <= 10000 ? 500 : 200;
    fit->n_neighbors = (guint) umk_params_get_int(params, "neighbors");
    fit->metric = choice_of(params, "metric", metrics) == METRIC_COSINE
                      ? UMK_METRIC_COSINE
                      : UMK_METRIC_EUCLIDEAN;
    fit->seed = (guint64) umk_params_get_int(params, "seed");
    work->start = choice_of(params, "start", starts);
    work->label_weight = umk_params_get_double(params, "label-weight");
    if (umk_params_get_bool(params, "densmap"))
        work->density_weight = umk_params_get_double(params, "density-weight");
    anchor = _umk_fitting_get_anchor(work->fitting);
    work->layout = (UmkUmapLayoutParams){
        .n_dims = (gsize) umk_params_get_int(params, "dims"),
        .n_epochs = fit->n_epochs,
        .n_negatives = (guint) umk_params_get_int(params, "negatives"),
        .learning_rate = umk_params_get_double(params, "learning-rate"),
        .repulsion = umk_params_get_double(params, "repulsion"),
        .curve = fit->curve,
        .anchor_weight = umk_params_get_double(params, "align-weight"),
        .anchor = anchor != NULL && n > 0 ? umk_matrix_get_row(anchor, 0, NULL) : NULL,
        .seed = fit->seed};
    return TRUE;
}

static gboolean
read_labels(Work *work, gsize n, GError **error)
{
    gsize n_labels;

    work->labels = _umk_fitting_get_labels(work->fitting, &n_labels);
    if (work->labels == NULL)
        return TRUE;
    if (n_labels != n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("There are %zu labels for %zu items"), n_labels, n);
        return FALSE;
    }
    for (gsize i = 0; i < n; i++)
        work->fit->n_labelled += work->labels[i] >= 0;
    return TRUE;
}

/* ---- stages ----------------------------------------------------------------------- */

static gboolean
take_start(Work *work, UmkMatrix *start, gsize n, GError **error)
{
    gsize n_dims = work->layout.n_dims;

    if (umk_matrix_get_n_rows(start) != n || umk_matrix_get_n_cols(start) != n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The start of the layout is %zu × %zu, it should be %zu × %zu"),
                    umk_matrix_get_n_rows(start), umk_matrix_get_n_cols(start), n,
                    n_dims);
        return FALSE;
    }
    if (!umk_matrix_check_finite(start, error))
        return FALSE;
    memcpy(work->places, umk_matrix_get_row(start, 0, NULL), n * n_dims * sizeof(float));
    return TRUE;
}

/* All but the spectral start, which needs the graph. */
static gboolean
make_start(Work *work, GError **error)
{
    UmkMatrix *vectors = work->fit->vectors,
              *given = _umk_fitting_get_start(work->fitting, &work->layout.first_epoch);
    gsize n = umk_matrix_get_n_rows(vectors);

    if (_umk_fitting_restore(work->fitting, 0, work->places, n * work->layout.n_dims,
                             &work->layout.first_epoch)) {
        work->start = START_PCA;
    } else if (given != NULL) {
        work->start = START_PCA;
        if (!take_start(work, given, n, error))
            return FALSE;
    } else if (work->start == START_RANDOM) {
        _umk_umap_start_random(n, work->layout.n_dims, work->fit->seed, work->places);
    } else if (!_umk_umap_start_pca(vectors, work->fit->metric == UMK_METRIC_COSINE,
                                    work->layout.n_dims, work->fit->seed, work->places,
                                    work->run, error)) {
        return FALSE;
    }
    _umk_fitting_show(work->fitting, work->places, n, work->layout.n_dims,
                      work->layout.first_epoch, work->fit->n_epochs);
    return TRUE;
}

static UmkUmapEdges *
make_edges(Work *work, const UmkKnnGraph *graph, GError **error)
{
    g_auto(UmkUmapScales) scales = {0};
    g_autoptr(UmkUmapEdges) edges = NULL;

    if (!_umk_umap_fit_scales(graph, graph->k + 1, &scales, work->run, error))
        return NULL;
    edges = _umk_umap_fuzzy_union(graph, &scales, work->run, error);
    if (edges == NULL)
        return NULL;
    if (work->labels != NULL &&
        !_umk_umap_apply_labels(edges, work->labels, work->label_weight, work->run,
                                error))
        return NULL;
    return g_steal_pointer(&edges);
}

/* The placer needs a graph of its own. */
static UmkKnnGraph *
copy_graph(const UmkKnnGraph *given, GError **error)
{
    UmkKnnGraph *graph = _umk_knn_graph_new(given->n, given->k, error);

    if (graph == NULL)
        return NULL;
    graph->exact = given->exact;
    memcpy(graph->ids, given->ids, given->n * given->k * sizeof(guint32));
    memcpy(graph->distances, given->distances, given->n * given->k * sizeof(float));
    return graph;
}

static UmkUmapEdges *
find_edges(Work *work, GError **error)
{
    const UmkKnnGraph *given = _umk_fitting_get_neighbors(work->fitting);
    UmapFit *fit = work->fit;
    g_auto(UmkRun) run = {0};

    _umk_run_init_stage(&run, work->run, 0.02, 0.6);
    work->graph = given != NULL ? copy_graph(given, error)
                                : _umk_knn_graph_build(fit->vectors, fit->metric,
                                                       fit->n_neighbors - 1, fit->seed,
                                                       &run, error);
    if (work->graph == NULL)
        return NULL;
    fit->exact = work->graph->exact;
    work->mean_distance = _umk_umap_mean_distance(work->graph, work->graph->k + 1);
    return make_edges(work, work->graph, error);
}

static gboolean
wants_layout(gpointer data)
{
    const Work *work = data;

    return _umk_fitting_wants_layout(work->fitting) ||
           _umk_fitting_wants_checkpoint(work->fitting);
}

static void
show_layout(const float *places, guint epoch, guint n_epochs, gpointer data)
{
    const Work *work = data;

    gsize n = umk_matrix_get_n_rows(work->fit->vectors);

    if (_umk_fitting_wants_checkpoint(work->fitting))
        _umk_fitting_keep(work->fitting, epoch, &places, 1, n * work->layout.n_dims);
    if (_umk_fitting_wants_layout(work->fitting))
        _umk_fitting_show(work->fitting, places, n, work->layout.n_dims, epoch, n_epochs);
}

static gboolean
make_layout(Work *work, GError **error)
{
    g_autoptr(UmkUmapEdges) edges = find_edges(work, error);
    g_autoptr(UmkUmapDensities) densities = NULL;
    g_auto(UmkRun) run = {0};
    gsize n = umk_matrix_get_n_rows(work->fit->vectors);

    if (edges == NULL)
        return FALSE;
    _umk_run_init_stage(&run, work->run, 0.62, 1.0);
    work->fit->n_edges = edges->n_edges;
    if (work->start == START_SPECTRAL && edges->n_edges > 0 &&
        !_umk_umap_start_spectral(edges, work->layout.n_dims, work->fit->seed,
                                  work->places, work->run, error))
        return FALSE;
    if (work->density_weight > 0.0) {
        densities = _umk_umap_densities_new(
            edges, work->graph, _umk_umap_least_weight(edges, work->fit->n_epochs),
            work->density_weight, work->run, error);
        if (densities == NULL)
            return FALSE;
        work->layout.densities = densities;
    }
    if (!_umk_umap_layout(edges, &work->layout, work->places, wants_layout, show_layout,
                          work, &run, error))
        return FALSE;
    work->layout.densities = NULL;
    _umk_fitting_show(work->fitting, work->places, n, work->layout.n_dims,
                      work->fit->n_epochs, work->fit->n_epochs);
    return TRUE;
}

static gpointer
umap_fit(UmkMatrix *vectors,
         UmkParams *params,
         UmkFitting *fitting,
         UmkMatrix **coords,
         UmkRun *run,
         GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), count;
    UmapFit *fit = g_new0(UmapFit, 1);
    Work work = {.fit = fit, .fitting = fitting, .run = run};
    g_autoptr(GBytes) bytes = NULL;

    fit->vectors = umk_matrix_ref(vectors);
    if (read_params(&work, params, n, error) && read_labels(&work, n, error)) {
        if (!_umk_size_mul(n, work.layout.n_dims, &count))
            count = G_MAXSIZE / sizeof(float);
        work.places = _umk_alloc_aligned(count, sizeof(float), _("The layout"), error);
    }
    if (work.places != NULL) {
        bytes = _umk_bytes_new_aligned(work.places, count * sizeof(float));
        if (n <= 1 || (make_start(&work, error) && make_layout(&work, error)))
            fit->coords = umk_matrix_new_from_bytes(n, work.layout.n_dims, bytes, error);
    }
    if (fit->coords == NULL) {
        g_clear_pointer(&work.graph, _umk_knn_graph_free);
        umap_free(fit);
        return NULL;
    }
    if (work.graph != NULL)
        fit->placer = _umk_umap_placer_new(vectors, fit->coords, fit->metric, work.graph,
                                           work.mean_distance, &work.layout);
    *coords = umk_matrix_ref(fit->coords);
    return fit;
}

static gboolean
check_places(UmkMatrix *coords, gsize n_dims, GError **error)
{
    if (umk_matrix_get_n_cols(coords) == n_dims)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                _("The layout has %zu dimensions, its options say %zu"),
                umk_matrix_get_n_cols(coords), n_dims);
    return FALSE;
}

/* The placer of a finished map: all but the layout. */
static gpointer
umap_restore(
    UmkMatrix *vectors, UmkParams *params, UmkMatrix *coords, UmkRun *run, GError **error)
{
    UmapFit *fit = g_new0(UmapFit, 1);
    Work work = {.fit = fit, .run = run};

    fit->vectors = umk_matrix_ref(vectors);
    fit->coords = umk_matrix_ref(coords);
    if (read_params(&work, params, umk_matrix_get_n_rows(vectors), error) &&
        check_places(coords, work.layout.n_dims, error))
        work.graph = _umk_knn_graph_build(vectors, fit->metric, fit->n_neighbors - 1,
                                          fit->seed, run, error);
    if (work.graph == NULL) {
        umap_free(fit);
        return NULL;
    }
    fit->exact = work.graph->exact;
    work.mean_distance = _umk_umap_mean_distance(work.graph, work.graph->k + 1);
    fit->placer = _umk_umap_placer_new(vectors, coords, fit->metric, work.graph,
                                       work.mean_distance, &work.layout);
    return fit;
}

/* Beside none or one, all new rows lie where the one lies. */
static UmkMatrix *
umap_transform(gconstpointer data, UmkMatrix *vectors, GError **error)
{
    const UmapFit *fit = data;
    gsize n = umk_matrix_get_n_rows(vectors), n_dims = umk_matrix_get_n_cols(fit->coords);
    g_autofree float *origin = NULL;

    if (fit->placer != NULL)
        return _umk_umap_placer_place(fit->placer, vectors, error);
    origin = g_new0(float, n *n_dims + 1);
    return umk_matrix_new_from_data(n, n_dims, origin, error);
}

static void
add_int(JsonBuilder *builder, const char *name, gsize value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, (gint64) value);
}

static void
umap_describe(gconstpointer data, JsonBuilder *builder)
{
    const UmapFit *fit = data;

    add_int(builder, "n_items", umk_matrix_get_n_rows(fit->vectors));
    add_int(builder, "n_dims", umk_matrix_get_n_cols(fit->vectors));
    add_int(builder, "n_edges", fit->n_edges);
    add_int(builder, "n_epochs", fit->n_epochs);
    add_int(builder, "n_labelled", fit->n_labelled);
    json_builder_set_member_name(builder, "neighbors_exact");
    json_builder_add_boolean_value(builder, fit->exact);
    json_builder_set_member_name(builder, "a");
    json_builder_add_double_value(builder, fit->curve.a);
    json_builder_set_member_name(builder, "b");
    json_builder_add_double_value(builder, fit->curve.b);
}

const UmkProjectionOps _umk_projection_umap = {
    .id = "umap",
    .title = N_("UMAP"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .align = UMK_PROJECTION_ALIGN_TURN,
    .by_distance = TRUE,
    .takes_start = TRUE,
    .fit_live = umap_fit,
    .restore = umap_restore,
    .free = umap_free,
    .transform = umap_transform,
    .describe = umap_describe,
};
