/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can embed what: built-in embedders, modules, plugins, models on this machine. */
#ifndef UMK_REGISTRY_H
#define UMK_REGISTRY_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

#define UMK_TYPE_REGISTRY (umk_registry_get_type())
GType umk_registry_get_type(void) G_GNUC_CONST;

UmkRegistry *umk_registry_new(void);
UmkRegistry *umk_registry_get_default(void);
UmkRegistry *umk_registry_ref(UmkRegistry *self);
void umk_registry_unref(UmkRegistry *self);
gboolean umk_registry_add_directory(UmkRegistry *self, const char *path, GError **error);
char **umk_registry_list_embedders(UmkRegistry *self);
const char *umk_registry_get_embedder_title(UmkRegistry *self, const char *id);
gboolean umk_registry_get_embedder_modality(UmkRegistry *self,
                                            const char *id,
                                            UmkModality *modality);
char **umk_registry_list_models(UmkRegistry *self);
char *umk_registry_find_model(UmkRegistry *self, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkRegistry, umk_registry_unref)

G_END_DECLS

#endif
