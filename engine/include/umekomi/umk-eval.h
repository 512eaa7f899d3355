/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures that tell how good a result is. */
#ifndef UMK_EVAL_H
#define UMK_EVAL_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

/**
 * UmkMapQuality:
 * @n_rows: rows of the map
 * @n_sample: rows that trustworthiness, continuity, silhouette and the neighbour figures
 *   were taken on
 * @k: size of the neighbourhoods
 * @trustworthiness: near 1 when neighbours on the map are neighbours among the vectors
 * @continuity: near 1 when neighbours among the vectors are neighbours on the map
 * @preservation: share of the k nearest that are the same in both
 * @triplets: share of random triplets whose order of distances is kept; 0.5 is chance
 * @silhouette: how far apart the labels lie on the map, -1 to 1; NaN without labels
 * @label_accuracy: share of rows whose label is the majority of its k neighbours' on the
 *   map; NaN without labels
 *
 * How well a map shows the vectors it was made from.
 */
typedef struct _UmkMapQuality UmkMapQuality;
struct _UmkMapQuality {
    gsize n_rows;
    gsize n_sample;
    guint k;
    double trustworthiness;
    double continuity;
    double preservation;
    double triplets;
    double silhouette;
    double label_accuracy;
};

gboolean umk_eval_map(UmkMatrix *vectors,
                      UmkMatrix *coords,
                      UmkMetric metric,
                      guint k,
                      GBytes *labels,
                      guint64 seed,
                      UmkMapQuality *quality,
                      GCancellable *cancellable,
                      UmkProgressFunc progress,
                      gpointer progress_data,
                      GError **error);
UmkMatrix *umk_eval_map_points(UmkMatrix *vectors,
                               UmkMatrix *coords,
                               UmkMetric metric,
                               guint k,
                               GCancellable *cancellable,
                               UmkProgressFunc progress,
                               gpointer progress_data,
                               GError **error);
double umk_eval_map_difference(UmkMatrix *a, UmkMatrix *b, GError **error);

G_END_DECLS

#endif
