/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people write about items: a text a row, of the few that have one. Immutable,
 * shared by reference. In a collection they are the column "note". */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_APP_NOTES_COLUMN "note"

typedef struct _UmkAppNotes UmkAppNotes;

/* values: n_rows of them, or NULL for none. */
UmkAppNotes *umk_app_notes_new(gsize n_rows, const char *const *values);
UmkAppNotes *umk_app_notes_ref(UmkAppNotes *self);
void umk_app_notes_unref(UmkAppNotes *self);
/* The same with another note of a row; text: tidied, nothing for none. */
UmkAppNotes *umk_app_notes_with(UmkAppNotes *self, guint32 row, const char *text);
/* NULL: that row has none. */
const char *umk_app_notes_get(UmkAppNotes *self, guint32 row);
guint umk_app_notes_get_n_notes(UmkAppNotes *self);
/* Rows whose notes are not the same in both, in no order; guint32. */
GArray *umk_app_notes_compare(UmkAppNotes *a, UmkAppNotes *b);

/* A text as it is kept: valid, of bounded length, no control characters but ends of
 * lines, nothing blank about it; NULL if nothing is left. */
char *umk_app_note_tidy(const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppNotes, umk_app_notes_unref)

G_END_DECLS
