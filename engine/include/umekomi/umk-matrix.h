/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row-major float32 matrix over bytes that may be a mapped file; immutable. */
#ifndef UMK_MATRIX_H
#define UMK_MATRIX_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

#define UMK_TYPE_MATRIX (umk_matrix_get_type())
GType umk_matrix_get_type(void) G_GNUC_CONST;

UmkMatrix *
umk_matrix_new_from_bytes(gsize n_rows, gsize n_cols, GBytes *bytes, GError **error);
UmkMatrix *
umk_matrix_new_from_data(gsize n_rows, gsize n_cols, const float *data, GError **error);
UmkMatrix *umk_matrix_ref(UmkMatrix *self);
void umk_matrix_unref(UmkMatrix *self);
gsize umk_matrix_get_n_rows(UmkMatrix *self);
gsize umk_matrix_get_n_cols(UmkMatrix *self);
const float *umk_matrix_get_row(UmkMatrix *self, gsize row, gsize *n_cols);
GBytes *umk_matrix_get_bytes(UmkMatrix *self);
UmkMatrix *umk_matrix_select_rows(UmkMatrix *self,
                                  const guint64 *rows,
                                  gsize n_rows,
                                  GError **error);
gboolean umk_matrix_check_finite(UmkMatrix *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkMatrix, umk_matrix_unref)

G_END_DECLS

#endif
