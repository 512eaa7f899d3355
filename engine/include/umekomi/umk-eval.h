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
UmkMatrix *umk_eval_silhouettes(UmkMatrix *vectors,
                                GBytes *labels,
                                UmkMetric metric,
                                gsize n_most,
                                guint64 seed,
                                GCancellable *cancellable,
                                UmkProgressFunc progress,
                                gpointer progress_data,
                                GError **error);
double umk_eval_map_difference(UmkMatrix *a, UmkMatrix *b, GError **error);

/**
 * UmkLabelAgreement:
 * @n_rows: rows that have both labels
 * @n_classes: different true labels among them
 * @n_clusters: different found labels among them
 * @adjusted_rand: 1 for the same groups, 0 for chance
 * @rand: share of pairs of rows on which both agree
 * @normalized_information: mutual information by the mean entropy, 0 to 1
 * @adjusted_information: the same less what chance gives; NaN where that takes too long
 * @homogeneity: 1 when no cluster holds more than one class
 * @completeness: 1 when no class is in more than one cluster
 * @v_measure: the harmonic mean of the two
 * @fowlkes_mallows: geometric mean of precision and recall of pairs
 * @purity: share of rows that are of their cluster's most frequent class
 *
 * How well found clusters agree with true classes.
 */
typedef struct _UmkLabelAgreement UmkLabelAgreement;
struct _UmkLabelAgreement {
    gsize n_rows;
    gsize n_classes;
    gsize n_clusters;
    double adjusted_rand;
    double rand;
    double normalized_information;
    double adjusted_information;
    double homogeneity;
    double completeness;
    double v_measure;
    double fowlkes_mallows;
    double purity;
};

gboolean umk_eval_labels(const gint32 *truth,
                         const gint32 *found,
                         gsize n_rows,
                         UmkLabelAgreement *result,
                         GError **error);

/**
 * UmkSimilarity:
 * @n_pairs: pairs that were given
 * @n_covered: pairs of which both items have a vector with a direction
 * @spearman: rank correlation of cosines and judgements, -1 to 1; NaN: not defined
 * @pearson: linear correlation of the same
 * @low: low end of the 95 % interval of @spearman, pairs drawn anew; NaN: none
 * @high: its high end
 *
 * Whether vectors find alike what people find alike. Tied values share the mean of their
 * ranks.
 */
typedef struct _UmkSimilarity UmkSimilarity;
struct _UmkSimilarity {
    gsize n_pairs;
    gsize n_covered;
    double spearman;
    double pearson;
    double low;
    double high;
};

gboolean umk_eval_similarity(UmkMatrix *vectors,
                             const gint64 *first,
                             const gint64 *second,
                             const double *judged,
                             gsize n_pairs,
                             guint n_replicates,
                             guint64 seed,
                             UmkSimilarity *result,
                             GError **error);
gboolean umk_eval_similarity_change(UmkMatrix *before,
                                    UmkMatrix *after,
                                    const gint64 *first,
                                    const gint64 *second,
                                    const double *judged,
                                    gsize n_pairs,
                                    guint n_replicates,
                                    guint64 seed,
                                    UmkSimilarity *result,
                                    GError **error);

/**
 * UmkAnalogyMethod:
 * @UMK_ANALOGY_ADD: the sum of cosines (3CosAdd)
 * @UMK_ANALOGY_MUL: the product of cosines (3CosMul)
 *
 * How the answer to an analogy is found.
 */
typedef enum { UMK_ANALOGY_ADD, UMK_ANALOGY_MUL } UmkAnalogyMethod;

/**
 * UmkAnalogyOutcome:
 * @UMK_ANALOGY_ASKED: all four items have a vector
 * @UMK_ANALOGY_RIGHT: the answer was right, the three given items left out
 * @UMK_ANALOGY_RIGHT_OPEN: it was right with the given items allowed
 *
 * Bits that say what became of a question.
 */
typedef enum /*< flags >*/ {
    UMK_ANALOGY_ASKED = 1 << 0,
    UMK_ANALOGY_RIGHT = 1 << 1,
    UMK_ANALOGY_RIGHT_OPEN = 1 << 2
} UmkAnalogyOutcome;

/**
 * UmkAnalogies:
 * @n_questions: questions that were given
 * @n_covered: questions of which all four items have a vector with a direction
 * @n_right: answered rightly, the three given items left out as answers
 * @n_right_open: answered rightly with the given items allowed as answers
 * @low: low end of the 95 % interval of the share @n_right of @n_covered; NaN: none
 * @high: its high end
 *
 * How many analogies “a is to b as c is to d” hold.
 */
typedef struct _UmkAnalogies UmkAnalogies;
struct _UmkAnalogies {
    gsize n_questions;
    gsize n_covered;
    gsize n_right;
    gsize n_right_open;
    double low;
    double high;
};

gboolean umk_eval_analogies(UmkMatrix *vectors,
                            const gint64 *questions,
                            gsize n_questions,
                            UmkAnalogyMethod method,
                            UmkAnalogies *result,
                            guint8 *outcomes,
                            GCancellable *cancellable,
                            UmkProgressFunc progress,
                            gpointer progress_data,
                            GError **error);

/**
 * UmkChurn:
 * @n_rows: items there are
 * @n_sample: items whose neighbours were compared
 * @k: size of the neighbourhoods
 * @kept: share of the k nearest before that are among the k nearest after
 * @low: low end of the 95 % interval of @kept, items drawn anew
 * @high: its high end
 * @jaccard: neighbours in both by neighbours in either
 *
 * How many neighbours a change of the vectors left in place.
 */
typedef struct _UmkChurn UmkChurn;
struct _UmkChurn {
    gsize n_rows;
    gsize n_sample;
    guint k;
    double kept;
    double low;
    double high;
    double jaccard;
};

gboolean umk_eval_churn(UmkMatrix *before,
                        UmkMatrix *after,
                        UmkMetric metric,
                        guint k,
                        gsize n_sample,
                        guint64 seed,
                        UmkChurn *result,
                        GCancellable *cancellable,
                        UmkProgressFunc progress,
                        gpointer progress_data,
                        GError **error);

G_END_DECLS

#endif
