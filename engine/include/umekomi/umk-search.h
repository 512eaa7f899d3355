/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to a collection: by words, picture, sound, item or vector. */
#ifndef UMK_SEARCH_H
#define UMK_SEARCH_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

UmkModel *umk_collection_load_model(UmkCollection *collection,
                                    UmkRegistry *registry,
                                    UmkModality modality,
                                    GCancellable *cancellable,
                                    GError **error);
UmkMatrix *umk_collection_embed_query(UmkCollection *collection,
                                      UmkModel *model,
                                      UmkItem *query,
                                      GCancellable *cancellable,
                                      GError **error);
UmkMatrix *umk_collection_embed_formula(UmkCollection *collection,
                                        UmkRegistry *registry,
                                        UmkFormula *formula,
                                        GBytes **rows,
                                        GCancellable *cancellable,
                                        GError **error);
UmkHits *umk_collection_search(UmkCollection *collection,
                               UmkMatrix *queries,
                               guint k,
                               guint modality_mask,
                               GCancellable *cancellable,
                               GError **error);
UmkHits *umk_collection_search_item(UmkCollection *collection,
                                    gsize row,
                                    guint k,
                                    guint modality_mask,
                                    GCancellable *cancellable,
                                    GError **error);

gboolean umk_collection_build_index(UmkCollection *collection,
                                    GCancellable *cancellable,
                                    UmkProgressFunc progress,
                                    gpointer progress_data,
                                    GError **error);

#define UMK_TYPE_SEARCH (umk_search_get_type())
GType umk_search_get_type(void) G_GNUC_CONST;

UmkSearch *umk_search_new(UmkCollection *collection);
UmkSearch *umk_search_ref(UmkSearch *self);
void umk_search_unref(UmkSearch *self);
void umk_search_set_vectors(UmkSearch *self, UmkMatrix *queries);
void umk_search_set_item(UmkSearch *self, gsize row);
void umk_search_set_words(UmkSearch *self, const char *words);
void umk_search_set_modalities(UmkSearch *self, guint modality_mask);
void umk_search_set_filter(UmkSearch *self, UmkFilter *filter);
void umk_search_exclude(UmkSearch *self, gsize row);
void umk_search_set_index(UmkSearch *self, const char *method);
void umk_search_set_metric(UmkSearch *self, UmkMetric metric);
void umk_search_set_effort(UmkSearch *self, double recall, guint ef);
UmkHits *umk_search_run(UmkSearch *self,
                        guint k,
                        GCancellable *cancellable,
                        UmkProgressFunc progress,
                        gpointer progress_data,
                        GError **error);
char *umk_search_dup_plan(UmkSearch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkSearch, umk_search_unref)

G_END_DECLS

#endif
