/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Candidate lists over codes: filled from the leaves of trees, improved by looking at
 * neighbours of neighbours. */
#pragma once

#include "index/umk-knn-codes-private.h"
#include "index/umk-knn-forest-private.h"

G_BEGIN_DECLS

/* One entry: squared distance of codes above, row below; UMK_KNN_NEW marks what came
 * since the last pass. Without the mark, entries of a list ascend and differ. */
#define UMK_KNN_NEW ((guint64) 1 << 31)
#define UMK_KNN_EMPTY                                                                    \
    (G_MAXUINT64 ^ UMK_KNN_NEW) /* farther than any; stands at the end of a list */

typedef struct {
    gsize n;
    guint length;
    guint64 *entries; /* (n, length) */
} UmkKnnLists;

gboolean _umk_knn_lists_init(UmkKnnLists *self, gsize n, guint length, GError **error);
void _umk_knn_lists_clear(UmkKnnLists *self);
void _umk_knn_list_insert(guint64 *list, guint length, guint32 squared, guint32 row);

/* All pairs within each leaf. */
gboolean _umk_knn_lists_add_leaves(UmkKnnLists *self,
                                   const UmkKnnCodes *codes,
                                   const UmkKnnForest *forest,
                                   UmkRun *run,
                                   GError **error);
/* One pass; order (n) is the order in which rows are visited, near ones together. */
gboolean _umk_knn_lists_improve(UmkKnnLists *self,
                                const UmkKnnCodes *codes,
                                const guint32 *order,
                                UmkRun *run,
                                GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkKnnLists, _umk_knn_lists_clear)

G_END_DECLS
