/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of rows that lie together, and names for them. */
#ifndef UMK_CLUSTER_H
#define UMK_CLUSTER_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

/**
 * UMK_CLUSTER_NOISE: (value -1)
 *
 * The label of a row that belongs to no cluster.
 */
#define UMK_CLUSTER_NOISE (-1)

#define UMK_TYPE_CLUSTERS (umk_clusters_get_type())
GType umk_clusters_get_type(void) G_GNUC_CONST;

char **umk_cluster_list_methods(void);
const char *umk_cluster_get_title(const char *method);
const UmkParamSpec *umk_cluster_get_params(const char *method, gsize *n_specs);
UmkClusters *umk_cluster_fit(const char *method,
                             UmkMatrix *vectors,
                             UmkParams *params,
                             guint64 seed,
                             GCancellable *cancellable,
                             UmkProgressFunc progress,
                             gpointer progress_data,
                             GError **error);

UmkClusters *umk_clusters_ref(UmkClusters *self);
void umk_clusters_unref(UmkClusters *self);
const char *umk_clusters_get_method(UmkClusters *self);
guint umk_clusters_get_n_clusters(UmkClusters *self);
gsize umk_clusters_get_n_noise(UmkClusters *self);
const gint32 *umk_clusters_get_labels(UmkClusters *self, gsize *n_rows);
const float *umk_clusters_get_probabilities(UmkClusters *self, gsize *n_rows);
const guint64 *umk_clusters_get_sizes(UmkClusters *self, guint *n_clusters);
const guint64 *umk_clusters_get_medoids(UmkClusters *self, guint *n_clusters);
guint64 *umk_clusters_dup_members(UmkClusters *self, guint cluster, gsize *n_members);
UmkMatrix *umk_clusters_get_centers(UmkClusters *self);
char *umk_clusters_to_json(UmkClusters *self);
char **umk_clusters_dup_names(UmkClusters *self,
                              const char *const *texts,
                              gsize n_texts,
                              guint n_words,
                              GCancellable *cancellable,
                              GError **error);

char **umk_cluster_name_labels(const gint32 *labels,
                               const char *const *texts,
                               gsize n_rows,
                               guint n_groups,
                               guint n_words,
                               GCancellable *cancellable,
                               GError **error);

GBytes *umk_cluster_cut_words(const char *const *texts,
                              gsize n_texts,
                              GBytes **offsets,
                              char ***words,
                              GCancellable *cancellable,
                              GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkClusters, umk_clusters_unref)

G_END_DECLS

#endif
