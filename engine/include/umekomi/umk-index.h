/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nearest neighbours over a matrix, and the hits they return. */
#ifndef UMK_INDEX_H
#define UMK_INDEX_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

#define UMK_TYPE_INDEX (umk_index_get_type())
GType umk_index_get_type(void) G_GNUC_CONST;
#define UMK_TYPE_HITS (umk_hits_get_type())
GType umk_hits_get_type(void) G_GNUC_CONST;

char **umk_index_list_methods(void);
const UmkParamSpec *umk_index_get_params(const char *method, gsize *n_specs);
UmkIndex *umk_index_build(const char *method,
                          UmkMatrix *vectors,
                          UmkMetric metric,
                          UmkParams *params,
                          GCancellable *cancellable,
                          UmkProgressFunc progress,
                          gpointer progress_data,
                          GError **error);
UmkIndex *umk_index_ref(UmkIndex *self);
void umk_index_unref(UmkIndex *self);

const char *umk_index_get_method(UmkIndex *self);
UmkMetric umk_index_get_metric(UmkIndex *self);
gsize umk_index_get_n_dims(UmkIndex *self);
gsize umk_index_get_n_rows(UmkIndex *self);
gsize umk_index_get_n_live(UmkIndex *self);
gboolean umk_index_is_live(UmkIndex *self, gsize row);
gsize umk_index_get_memory(UmkIndex *self);

UmkHits *umk_index_search(UmkIndex *self,
                          UmkMatrix *queries,
                          guint k,
                          GBytes *allowed,
                          GCancellable *cancellable,
                          GError **error);
UmkHits *umk_index_search_tuned(UmkIndex *self,
                                UmkMatrix *queries,
                                guint k,
                                GBytes *allowed,
                                double recall,
                                guint ef,
                                GCancellable *cancellable,
                                GError **error);
gboolean umk_index_measure(UmkIndex *self,
                           guint k,
                           GCancellable *cancellable,
                           UmkProgressFunc progress,
                           gpointer progress_data,
                           GError **error);
double umk_index_get_recall(UmkIndex *self, guint ef);
guint umk_index_get_ef(UmkIndex *self, double recall);

gboolean umk_index_insert(UmkIndex *self,
                          UmkMatrix *vectors,
                          GCancellable *cancellable,
                          GError **error);
gboolean umk_index_remove(UmkIndex *self,
                          const guint64 *rows,
                          gsize n_rows,
                          GCancellable *cancellable,
                          GError **error);
gboolean umk_index_update(UmkIndex *self,
                          const guint64 *rows,
                          gsize n_rows,
                          UmkMatrix *vectors,
                          GCancellable *cancellable,
                          GError **error);

gboolean umk_index_save(UmkIndex *self,
                        const char *path,
                        GBytes *stamp,
                        GCancellable *cancellable,
                        GError **error);
UmkIndex *umk_index_open(
    const char *path, UmkMatrix *vectors, GBytes *stamp, gboolean check, GError **error);

UmkHits *umk_hits_new(gsize n_queries,
                      guint k,
                      const guint32 *counts,
                      const guint64 *rows,
                      const float *scores);
UmkHits *umk_hits_new_planned(gsize n_queries,
                              guint k,
                              const guint32 *counts,
                              const guint64 *rows,
                              const float *scores,
                              const char *plan,
                              double recall);
UmkHits *umk_hits_ref(UmkHits *self);
void umk_hits_unref(UmkHits *self);
gsize umk_hits_get_n_queries(UmkHits *self);
guint umk_hits_get_n_hits(UmkHits *self, gsize query);
gsize umk_hits_get(UmkHits *self, gsize query, guint rank, float *score);
const char *umk_hits_get_plan(UmkHits *self);
double umk_hits_get_recall(UmkHits *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkIndex, umk_index_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkHits, umk_hits_unref)

G_END_DECLS

#endif
