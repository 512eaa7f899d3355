/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stages of UMAP (McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation
 * and Projection for Dimension Reduction", 2018): neighbours, fuzzy set, start, layout.
 * Each stage is a file; umk-projection-umap.c joins them. */
#pragma once

#include <umekomi/umk-matrix.h>

#include "core/umk-run-private.h"
#include "index/umk-knn-graph-private.h"

G_BEGIN_DECLS

/* ---- the curve: 1 / (1 + a d^2b) ----------------------------------------------------
 */

typedef struct {
    double a;
    double b;
} UmkUmapCurve;

UmkUmapCurve _umk_umap_fit_curve(double spread, double min_dist);

/* ---- the fuzzy set ------------------------------------------------------------------
 */

/* Section 3.1: for row i the distance to its nearest, and the scale that makes the sum of
 * its memberships log2 of the number of neighbours. Arrays of graph->n, or NULL and the
 * error. n_neighbors counts the row itself, as the paper's k does. */
typedef struct {
    float *rho;
    float *sigma;
} UmkUmapScales;

gboolean _umk_umap_fit_scales(const UmkKnnGraph *graph,
                              guint n_neighbors,
                              UmkUmapScales *scales,
                              UmkRun *run,
                              GError **error);
void _umk_umap_scales_clear(UmkUmapScales *self);
/* How far a neighbour at this distance belongs to the row: 0 to 1. */
float _umk_umap_membership(float distance, float rho, float sigma);
/* Scale of one list of distances alone; mean_all is the mean distance in the graph. */
void _umk_umap_fit_scale(const float *distances,
                         guint k,
                         guint n_neighbors,
                         double mean_all,
                         float *rho,
                         float *sigma);
double _umk_umap_mean_distance(const UmkKnnGraph *graph, guint n_neighbors);

/* Undirected weighted edges, each pair once, head < tail, ordered by (row that listed it,
 * place in its list). */
typedef struct {
    gsize n;
    gsize n_edges;
    guint32 *heads;
    guint32 *tails;
    float *weights;
} UmkUmapEdges;

/* The union a + b - a b of the directed sets. Memberships below the scale of a float are
 * kept as they are. */
UmkUmapEdges *_umk_umap_fuzzy_union(const UmkKnnGraph *graph,
                                    const UmkUmapScales *scales,
                                    UmkRun *run,
                                    GError **error);
void _umk_umap_edges_free(UmkUmapEdges *self);

/* Weighs the edges by labels (n), -1 where it is not known, and restores each row's
 * strongest membership to 1 (the supervised variant: an intersection of fuzzy sets).
 * weight 0: the labels hardly count, 1: they alone. */
gboolean _umk_umap_apply_labels(UmkUmapEdges *edges,
                                const gint32 *labels,
                                double weight,
                                UmkRun *run,
                                GError **error);

/* ---- start --------------------------------------------------------------------------
 */

/* The edges by row, both ways; those lighter than least are left out. */
typedef struct {
    gsize n;
    gsize *offsets; /* (n + 1) */
    guint32 *ids;
    float *weights;
} UmkUmapRows;

UmkUmapRows *
_umk_umap_rows_new(const UmkUmapEdges *edges, float least, UmkRun *run, GError **error);
void _umk_umap_rows_free(UmkUmapRows *self);

/* Places (n, n_dims), scaled so that the farthest coordinate is 10, with a little noise
 * that keeps equal rows apart. */
gboolean _umk_umap_start_pca(UmkMatrix *vectors,
                             gboolean unit_rows,
                             gsize n_dims,
                             guint64 seed,
                             float *places,
                             UmkRun *run,
                             GError **error);
gboolean _umk_umap_start_spectral(const UmkUmapEdges *edges,
                                  gsize n_dims,
                                  guint64 seed,
                                  float *places,
                                  UmkRun *run,
                                  GError **error);
void _umk_umap_start_random(gsize n, gsize n_dims, guint64 seed, float *places);
void
_umk_umap_scale_start(float *places, gsize n, gsize n_dims, double extent, guint64 seed);

/* ---- layout -------------------------------------------------------------------------
 */

struct _UmkUmapDensities;

/* Edges lighter than this are due in no epoch. */
float _umk_umap_least_weight(const UmkUmapEdges *edges, guint n_epochs);

typedef struct {
    gsize n_dims;
    guint first_epoch; /* where a layout that was stopped goes on */
    guint n_epochs;
    guint n_negatives;
    double learning_rate;
    double repulsion;
    UmkUmapCurve curve;
    guint64 seed;
    struct _UmkUmapDensities *densities; /* NULL: density does not count */
    const float *anchor; /* (n, n_dims) places on another map, NaN: none; or NULL */
    double anchor_weight;
} UmkUmapLayoutParams;

/* Called by the thread that called _umk_umap_layout, a few times a second at most: places
 * (n, n_dims) are a copy of its own. */
typedef void (*UmkUmapLayoutFunc)(const float *places,
                                  guint epoch,
                                  guint n_epochs,
                                  gpointer data);
/* Whether anybody wants to see an epoch now. */
typedef gboolean (*UmkUmapWantFunc)(gpointer data);

/* Moves the places (n, n_dims) in place. */
gboolean _umk_umap_layout(const UmkUmapEdges *edges,
                          const UmkUmapLayoutParams *params,
                          float *places,
                          UmkUmapWantFunc want,
                          UmkUmapLayoutFunc show,
                          gpointer data,
                          UmkRun *run,
                          GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkUmapEdges, _umk_umap_edges_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkUmapRows, _umk_umap_rows_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkUmapScales, _umk_umap_scales_clear)

G_END_DECLS
