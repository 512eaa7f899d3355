/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of vectors: npy, word-vector text and binary, tables; read and written. */
#ifndef UMK_VECTORS_H
#define UMK_VECTORS_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

char **umk_vectors_list_formats(gboolean writable);
gboolean umk_vectors_probe(const char *path);
UmkMatrix *umk_vectors_read(const char *path, char ***names, GError **error);
gboolean umk_vectors_write(const char *path,
                           UmkMatrix *vectors,
                           const char *const *names,
                           const char *dtype,
                           GError **error);
gboolean umk_vectors_write_ids(
    const char *path, gsize n_rows, gsize n_cols, const gint64 *ids, GError **error);

G_END_DECLS

#endif
