/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a map, one file each; umk-eval-map.c gathers them. */
#pragma once

#include <umekomi/umk-matrix.h>

#include "core/umk-run-private.h"

G_BEGIN_DECLS

/* min(n, n_sample) different rows below n, ascending; all of them where they fit. */
guint64 *_umk_eval_sample(gsize n, gsize n_sample, guint64 seed);
/* rows of a matrix; with unit, brought to length 1 (a zero row stays zero) */
UmkMatrix *_umk_eval_pick(
    UmkMatrix *matrix, const guint64 *rows, gsize n_rows, gboolean unit, GError **error);

/* Trustworthiness and continuity of rows compared with one another by Euclidean distance;
 * 0 < 2 k < rows. */
gboolean _umk_eval_ranks(UmkMatrix *high,
                         UmkMatrix *low,
                         guint k,
                         double *trustworthiness,
                         double *continuity,
                         UmkRun *run,
                         GError **error);

/* The k nearest of each query row among all other rows, (n_queries, k), nearest first. */
guint32 *_umk_eval_neighbours(UmkMatrix *matrix,
                              UmkMetric metric,
                              const guint64 *rows, /* (n_queries) */
                              gsize n_queries,
                              guint k,
                              UmkRun *run,
                              GError **error);
/* Share of the k neighbours in a that are in b, for each query. */
void _umk_eval_overlap(
    const guint32 *a, const guint32 *b, gsize n_queries, guint k, float *shares);
/* Share of the labelled queries whose label wins among their neighbours'; equal counts go
 * to the lower label. NaN where no query has a label. */
double _umk_eval_label_accuracy(const guint32 *neighbours,
                                const guint64 *rows,
                                gsize n_queries,
                                guint k,
                                const gint32 *labels);

/* NaN where fewer than two labels occur. */
gboolean _umk_eval_silhouette(UmkMatrix *coords,
                              const gint32 *labels, /* (n_rows), -1: none */
                              double *silhouette,
                              UmkRun *run,
                              GError **error);

/* At least three rows. */
double _umk_eval_triplets(
    UmkMatrix *high, UmkMatrix *low, gboolean cosine, gsize n_triplets, guint64 seed);

G_END_DECLS
