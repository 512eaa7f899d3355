/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model folder, loaded: one tower for each modality it can embed. */
#ifndef UMK_MODEL_H
#define UMK_MODEL_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

#define UMK_TYPE_MODEL (umk_model_get_type())
GType umk_model_get_type(void) G_GNUC_CONST;

const UmkParamSpec *umk_model_get_param_specs(gsize *n_specs);
UmkModel *umk_model_load(UmkRegistry *registry,
                         const char *path,
                         UmkParams *params,
                         GCancellable *cancellable,
                         GError **error);
UmkModel *umk_model_ref(UmkModel *self);
void umk_model_unref(UmkModel *self);
const char *umk_model_get_id(UmkModel *self);
const char *umk_model_get_version(UmkModel *self);
const char *umk_model_get_frame(UmkModel *self);
const char *umk_model_get_path(UmkModel *self);
const char *umk_model_get_license(UmkModel *self);
gboolean umk_model_has_modality(UmkModel *self, UmkModality modality);
const char *umk_model_get_embedder(UmkModel *self, UmkModality modality);
gsize umk_model_get_n_dims(UmkModel *self);
char *umk_model_dup_digest(UmkModel *self, GError **error);
char *umk_model_to_json(UmkModel *self);
UmkMatrix *umk_model_embed(UmkModel *self,
                           UmkItems *items,
                           GCancellable *cancellable,
                           UmkProgressFunc progress,
                           gpointer progress_data,
                           GError **error);
UmkMatrix *umk_model_embed_each(UmkModel *self,
                                UmkItems *items,
                                GPtrArray *failures,
                                GCancellable *cancellable,
                                UmkProgressFunc progress,
                                gpointer progress_data,
                                GError **error);
UmkMatrix *umk_model_rerank(UmkModel *self,
                            const char *query,
                            UmkItems *items,
                            GCancellable *cancellable,
                            UmkProgressFunc progress,
                            gpointer progress_data,
                            GError **error);
gboolean umk_model_tokenize(UmkModel *self,
                            const char *text,
                            guint32 **ids,
                            gsize *n_ids,
                            char ***pieces,
                            GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkModel, umk_model_unref)

G_END_DECLS

#endif
