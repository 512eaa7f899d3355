/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of vectors: npy, npz, word-vector text and binary, tables; read and written. */
#ifndef UMK_VECTORS_H
#define UMK_VECTORS_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

char **umk_vectors_list_formats(gboolean writable);
char **umk_vectors_list_arrays(const char *path, GError **error);
gboolean umk_vectors_probe(const char *path);
gboolean umk_vectors_check(const char *path, GError **error);
UmkMatrix *umk_vectors_read(const char *path, char ***names, GError **error);
UmkItems *umk_vectors_read_metadata(const char *path, gsize n_rows, GError **error);
UmkMatrix *umk_vectors_parse(const char *text, guint *column, GError **error);
gboolean umk_vectors_write(const char *path,
                           UmkMatrix *vectors,
                           const char *const *names,
                           const char *dtype,
                           GError **error);
gboolean umk_vectors_write_ids(
    const char *path, gsize n_rows, gsize n_cols, const gint64 *ids, GError **error);

#define UMK_TYPE_VECTOR_WRITER (umk_vector_writer_get_type())
GType umk_vector_writer_get_type(void) G_GNUC_CONST;

UmkVectorWriter *umk_vector_writer_new(const char *path,
                                       gsize n_dims,
                                       const char *dtype,
                                       UmkMatrix *calibration,
                                       GError **error);
UmkVectorWriter *
umk_vector_writer_new_for_ids(const char *path, gsize n_cols, GError **error);
UmkVectorWriter *umk_vector_writer_ref(UmkVectorWriter *self);
void umk_vector_writer_unref(UmkVectorWriter *self);
gboolean umk_vector_writer_append(UmkVectorWriter *self, UmkMatrix *rows, GError **error);
gboolean umk_vector_writer_append_ids(UmkVectorWriter *self,
                                      const gint64 *ids,
                                      gsize n_rows,
                                      GError **error);
gsize umk_vector_writer_get_n_rows(UmkVectorWriter *self);
char *umk_vector_writer_dup_ranges_path(UmkVectorWriter *self);
gboolean umk_vector_writer_finish(UmkVectorWriter *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkVectorWriter, umk_vector_writer_unref)

G_END_DECLS

#endif
