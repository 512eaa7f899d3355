/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors that were made before, kept on disk by what they were made of. */
#ifndef UMK_VECTOR_CACHE_H
#define UMK_VECTOR_CACHE_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

#define UMK_TYPE_VECTOR_CACHE (umk_vector_cache_get_type())
GType umk_vector_cache_get_type(void) G_GNUC_CONST;

UmkVectorCache *umk_vector_cache_open(const char *path, guint64 max_size, GError **error);
UmkVectorCache *umk_vector_cache_ref(UmkVectorCache *self);
void umk_vector_cache_unref(UmkVectorCache *self);
const char *umk_vector_cache_get_path(UmkVectorCache *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkVectorCache, umk_vector_cache_unref)

G_END_DECLS

#endif
