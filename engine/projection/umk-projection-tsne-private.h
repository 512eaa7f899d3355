/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of t-SNE (van der Maaten and Hinton 2008): which rows attract one another,
 * the field of repulsion, one step of the descent. Notation as in the papers: p_ij are
 * the affinities, q_ij = 1 / (1 + |y_i - y_j|²), Z the sum of q over all ordered pairs.
 */
#pragma once

#include "core/umk-run-private.h"
#include "index/umk-knn-graph-private.h"

G_BEGIN_DECLS

/* ---- affinities, umk-projection-tsne-affinity.c ------------------------------------ */

/* Symmetric, as a sparse matrix: the sum of all p is 1, rows stand in ascending columns.
 */
typedef struct {
    gsize n;
    gsize *offsets; /* (n + 1) */
    guint32 *cols;
    float *p;
} UmkTsneAffinity;

UmkTsneAffinity *_umk_tsne_affinity_new(const UmkKnnGraph *graph,
                                        double perplexity,
                                        UmkRun *run,
                                        GError **error);
void _umk_tsne_affinity_free(UmkTsneAffinity *self);
/* Conditional affinities of one row with its k neighbours, summing to 1: the bandwidth is
 * searched so that their entropy is log(perplexity). */
void
_umk_tsne_row_affinity(const float *distances, guint k, double perplexity, double *p);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkTsneAffinity, _umk_tsne_affinity_free)

/* ---- repulsion in two dimensions, umk-projection-tsne-field.c ---------------------- */

typedef struct _UmkTsneField UmkTsneField;

UmkTsneField *_umk_tsne_field_new(void);
void _umk_tsne_field_free(UmkTsneField *self);
/* Lays the grid over the points and computes the potentials at its nodes. */
gboolean _umk_tsne_field_update(UmkTsneField *self,
                                const float *y, /* (n, 2) */
                                gsize n,
                                UmkRun *run,
                                GError **error);
/* out (3): sum over the points of q, q² dx and q² dy at one place, which is moved to the
 * border of the grid if it lies outside. */
void _umk_tsne_field_read(const UmkTsneField *self, const float *place, float *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkTsneField, _umk_tsne_field_free)

/* ---- repulsion in three dimensions, umk-projection-tsne-tree.c --------------------- */

typedef struct _UmkTsneTree UmkTsneTree;

UmkTsneTree *_umk_tsne_tree_new(void);
void _umk_tsne_tree_free(UmkTsneTree *self);
gboolean _umk_tsne_tree_update(UmkTsneTree *self,
                               const float *y, /* (n, 3) */
                               gsize n,
                               UmkRun *run,
                               GError **error);
/* out (4): sum over the points of q, and of q² (place - y_j). */
void _umk_tsne_tree_read(const UmkTsneTree *self, const float *place, float *out);
/* The row that comes at a place in an order in which neighbours lie together. */
gsize _umk_tsne_tree_row(const UmkTsneTree *self, gsize at);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkTsneTree, _umk_tsne_tree_free)

/* ---- forces, umk-projection-tsne-forces.c ------------------------------------------ */

/* Attraction of one row: sum over j of p_ij q_ij (y_i - y_j), out (n_dims). */
void _umk_tsne_attract(const UmkTsneAffinity *affinity,
                       const float *y, /* (n, n_dims) */
                       guint n_dims,
                       gsize row,
                       float *out);
/* For tests: the same by the plain loop, or by the best this processor has. */
void _umk_tsne_attract_by(gboolean fast,
                          const UmkTsneAffinity *affinity,
                          const float *y,
                          guint n_dims,
                          gsize row,
                          float *out);
/* Repulsion of one place by the rows, summed exactly: out[0] = sum of q, then of
 * q² (place - y_j); a row at the very place counts 1 in the first sum. */
void _umk_tsne_repel_exact(
    const float *y, gsize n, guint n_dims, const float *place, double *out);

/* ---- descent, umk-projection-tsne-descent.c ---------------------------------------- */

typedef struct {
    gsize n;
    guint n_dims;
    const UmkTsneAffinity *affinity;
    UmkTsneField *field; /* in two dimensions; NULL: repulsion is summed exactly */
    UmkTsneTree *tree;   /* in three, likewise */
    float *y;            /* (n, n_dims) */
    float *next, *velocity, *gains, *repulsion;
    double z; /* of the last step */
} UmkTsneDescent;

gboolean _umk_tsne_descent_init(UmkTsneDescent *self,
                                const UmkTsneAffinity *affinity,
                                const float *start, /* (n, n_dims) */
                                guint n_dims,
                                GError **error);
void _umk_tsne_descent_clear(UmkTsneDescent *self);
gboolean _umk_tsne_descent_step(UmkTsneDescent *self,
                                double exaggeration,
                                double momentum,
                                double learning_rate,
                                UmkRun *run,
                                GError **error);
/* The gradient a quarter of whose size (as is the custom) a step follows, (n, n_dims). */
gboolean _umk_tsne_descent_gradient(UmkTsneDescent *self,
                                    double exaggeration,
                                    float *gradient,
                                    UmkRun *run,
                                    GError **error);
/* Kullback-Leibler divergence of the map from the affinities. */
double _umk_tsne_descent_divergence(const UmkTsneDescent *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkTsneDescent, _umk_tsne_descent_clear)

/* ---- new rows, umk-projection-tsne-place.c ------------------------------------------
 */

typedef struct _UmkTsnePlacer UmkTsnePlacer;

/* The few nearest of each row, which is all that a search along the graph needs. */
UmkKnnGraph *_umk_tsne_near_graph(const UmkKnnGraph *graph, GError **error);
/* Takes the graph, borrows the field or the tree (both NULL: repulsion is summed
 * exactly). */
UmkTsnePlacer *_umk_tsne_placer_new(UmkMatrix *vectors,
                                    UmkMatrix *coords,
                                    UmkMetric metric,
                                    UmkKnnGraph *near,
                                    const UmkTsneField *field,
                                    const UmkTsneTree *tree,
                                    guint64 seed);
void _umk_tsne_placer_free(UmkTsnePlacer *self);
UmkMatrix *
_umk_tsne_placer_place(UmkTsnePlacer *self, UmkMatrix *vectors, GError **error);

G_END_DECLS
