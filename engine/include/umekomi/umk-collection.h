/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors, items and provenance on disk. */
#ifndef UMK_COLLECTION_H
#define UMK_COLLECTION_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

/**
 * UmkOpenMode:
 * @UMK_OPEN_READ: look, never write; works on read-only media
 * @UMK_OPEN_WRITE: one writer at a time
 */
typedef enum { UMK_OPEN_READ, UMK_OPEN_WRITE } UmkOpenMode;

#define UMK_TYPE_COLLECTION (umk_collection_get_type())
GType umk_collection_get_type(void) G_GNUC_CONST;

UmkCollection *umk_collection_create(const char *path, UmkSpace *space, GError **error);
UmkCollection *umk_collection_open(const char *path, UmkOpenMode mode, GError **error);
UmkCollection *umk_collection_ref(UmkCollection *self);
void umk_collection_unref(UmkCollection *self);
gboolean umk_collection_probe(const char *path);

const char *umk_collection_get_path(UmkCollection *self);
const char *umk_collection_get_uuid(UmkCollection *self);
guint64 umk_collection_get_sequence(UmkCollection *self);
UmkSpace *umk_collection_get_space(UmkCollection *self);
gboolean umk_collection_set_space(UmkCollection *self, UmkSpace *space, GError **error);

gboolean umk_collection_add_model(UmkCollection *self,
                                  const char *model_id,
                                  const char *frame,
                                  gsize n_dims,
                                  const char *provenance_json,
                                  GError **error);
gboolean umk_collection_append(UmkCollection *self,
                               const char *model_id,
                               UmkItems *items,
                               UmkMatrix *vectors,
                               GError **error);
gboolean umk_collection_remove(UmkCollection *self, const char *id, GError **error);
gboolean umk_collection_commit(UmkCollection *self, GError **error);

gsize umk_collection_get_n_items(UmkCollection *self);
UmkItem *umk_collection_dup_item(UmkCollection *self, gsize row, GError **error);
char *umk_collection_dup_id(UmkCollection *self, gsize row);
gboolean umk_collection_find(UmkCollection *self, const char *id, gsize *row);
gboolean umk_collection_find_named(UmkCollection *self, const char *name, gsize *row);
char *umk_collection_dup_item_model(UmkCollection *self, gsize row);
char *umk_collection_dup_item_time(UmkCollection *self, gsize row);
GBytes *umk_collection_dup_modalities(UmkCollection *self, GError **error);
char **umk_collection_dup_column(UmkCollection *self, const char *name, GError **error);
gboolean umk_collection_set_column(UmkCollection *self,
                                   const char *name,
                                   const char *const *values,
                                   gsize n_values,
                                   GError **error);
GBytes *umk_collection_dup_labels(UmkCollection *self, char ***names, GError **error);
char **umk_collection_list_fields(UmkCollection *self, GError **error);
GBytes *umk_collection_match(UmkCollection *self,
                             UmkFilter *filter,
                             GCancellable *cancellable,
                             GError **error);
GBytes *umk_collection_dup_node_neighbours(UmkCollection *self,
                                           const guint64 *rows,
                                           gsize n_rows,
                                           GBytes **weights,
                                           GCancellable *cancellable,
                                           GError **error);
char **umk_collection_list_models(UmkCollection *self);
char *umk_collection_dup_model_provenance(UmkCollection *self, const char *model_id);
char *umk_collection_dup_model_frame(UmkCollection *self, const char *model_id);

UmkMatrix *umk_collection_get_vectors(UmkCollection *self,
                                      GBytes **rows,
                                      GCancellable *cancellable,
                                      GError **error);
UmkMatrix *umk_collection_get_frame_vectors(UmkCollection *self,
                                            const char *frame,
                                            GBytes **rows,
                                            GCancellable *cancellable,
                                            GError **error);
UmkMatrix *umk_collection_dup_item_vector(UmkCollection *self,
                                          gsize row,
                                          char **frame,
                                          GError **error);

gboolean umk_collection_save_layout(UmkCollection *self,
                                    const char *name,
                                    UmkMatrix *coords,
                                    const char *recipe_json,
                                    GError **error);
UmkMatrix *umk_collection_load_layout(UmkCollection *self,
                                      const char *name,
                                      char **recipe_json,
                                      GError **error);
UmkMatrix *umk_collection_load_earlier_layout(UmkCollection *self,
                                              const char *name,
                                              GBytes **rows,
                                              char **recipe_json,
                                              GError **error);

char **umk_collection_verify(UmkCollection *self,
                             GCancellable *cancellable,
                             UmkProgressFunc progress,
                             gpointer progress_data,
                             GError **error);
gboolean umk_collection_compact(UmkCollection *self,
                                GCancellable *cancellable,
                                UmkProgressFunc progress,
                                gpointer progress_data,
                                GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkCollection, umk_collection_unref)

G_END_DECLS

#endif
