/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of rows of a collection: a bit a row, immutable, shared by reference. The algebra
 * of selections and filters makes new sets of old ones. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _UmkAppRows UmkAppRows;

UmkAppRows *umk_app_rows_new(gsize n_rows, const guint32 *rows, gsize n_chosen);
/* keep: n_rows bytes, chosen where not 0. */
UmkAppRows *umk_app_rows_new_from_mask(gsize n_rows, const guint8 *keep);
/* words: as umk_app_rows_get_words() gives them. */
UmkAppRows *umk_app_rows_new_from_words(gsize n_rows, const guint64 *words);
UmkAppRows *umk_app_rows_ref(UmkAppRows *self);
void umk_app_rows_unref(UmkAppRows *self);
/* Two sets of one collection; NULL stands for none chosen. */
UmkAppRows *umk_app_rows_unite(UmkAppRows *a, UmkAppRows *b);
UmkAppRows *umk_app_rows_intersect(UmkAppRows *a, UmkAppRows *b);
UmkAppRows *umk_app_rows_subtract(UmkAppRows *a, UmkAppRows *b);
UmkAppRows *umk_app_rows_invert(UmkAppRows *self);
gboolean umk_app_rows_equal(UmkAppRows *a, UmkAppRows *b);
gsize umk_app_rows_get_n_rows(UmkAppRows *self);
gsize umk_app_rows_get_n_chosen(UmkAppRows *self);
gboolean umk_app_rows_contains(UmkAppRows *self, gsize row);
/* Ascending; freed by the caller. */
guint32 *umk_app_rows_list(UmkAppRows *self, gsize *n_chosen);
/* The bits, row r at bit r % 64 of word r / 64. */
const guint64 *umk_app_rows_get_words(UmkAppRows *self, gsize *n_words);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppRows, umk_app_rows_unref)

G_END_DECLS
