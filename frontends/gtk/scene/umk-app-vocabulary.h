/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be said of the items of a collection: words of their titles and texts, values
 * of their fields, each numbered; and which items each is said of. Immutable, shared by
 * reference; made by a job. */
#pragma once

#include "umk-app-rows.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

typedef struct {
    char *field; /* NULL for a word */
    char *text;
} UmkAppTerm;

typedef struct {
    gatomicrefcount references;
    gsize n_rows;      /* of the collection */
    gsize n_looked_at; /* of them */
    guint32 *rows;     /* (n_looked_at), ascending */
    GArray *terms;     /* UmkAppTerm */
    guint64 *offsets;  /* (n_looked_at + 1) */
    guint32 *numbers;  /* of terms, those of each row */
} UmkAppVocabulary;

#define UMK_APP_VOCABULARY_MOST 200000u /* rows that are looked at */

/* Of a larger collection, all of these rows as far as they go, and an even share of the
 * others. wanted: may be NULL. */
UmkAppVocabulary *umk_app_vocabulary_new(UmkAppSource *source,
                                         UmkAppRows *wanted,
                                         GCancellable *cancellable,
                                         GError **error);
UmkAppVocabulary *umk_app_vocabulary_ref(UmkAppVocabulary *self);
void umk_app_vocabulary_unref(UmkAppVocabulary *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppVocabulary, umk_app_vocabulary_unref)

G_END_DECLS
