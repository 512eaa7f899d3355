/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random projection trees over codes: rows that fall into one leaf are likely to be near.
 */
#pragma once

#include "index/umk-knn-codes-private.h"

G_BEGIN_DECLS

/* A split: rows below the threshold along code[a] - code[b], equal ones by their number,
 * lie in the first child. Inner nodes of a tree stand in a heap: 2 i + 1 and 2 i + 2. */
typedef struct {
    guint32 a, b;
    gint64 threshold; /* key of the first row of the second child */
} UmkKnnSplit;

typedef struct {
    guint32 *order; /* (n) rows by leaf */
    UmkKnnSplit *splits;
} UmkKnnTree;

typedef struct {
    guint n_trees;
    guint depth;    /* splits above a leaf, in all trees */
    gsize n_leaves; /* 2^depth */
    gsize n;
    UmkKnnTree *trees;
} UmkKnnForest;

UmkKnnForest *_umk_knn_forest_new(const UmkKnnCodes *codes,
                                  guint n_trees,
                                  gsize leaf_size,
                                  guint64 seed,
                                  UmkRun *run,
                                  GError **error);
void _umk_knn_forest_free(UmkKnnForest *self);
/* Rows of a leaf: order[*begin] to order[*end - 1]. */
void _umk_knn_forest_leaf(const UmkKnnForest *self, gsize leaf, gsize *begin, gsize *end);
/* Which leaf of a tree a code falls into. */
gsize _umk_knn_forest_find(const UmkKnnForest *self,
                           guint tree,
                           const UmkKnnCodes *codes,
                           const guint8 *code);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkKnnForest, _umk_knn_forest_free)

G_END_DECLS
