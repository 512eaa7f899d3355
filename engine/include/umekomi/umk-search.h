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

G_END_DECLS

#endif
