/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a set of items has that the rest has not: how many there are of each kind, and the
 * words and values that are met more often than elsewhere, surest first. Immutable. */
#pragma once

#include "umk-app-contrast.h"
#include "umk-app-vocabulary.h"

G_BEGIN_DECLS

typedef struct {
    char *field; /* NULL for a word */
    char *text;
    UmkAppContrast contrast;
    UmkAppRows *rows; /* of the set, that have it */
} UmkAppFinding;

typedef struct {
    gatomicrefcount references;
    gsize n_chosen, n_rows;
    gsize n_modality[UMK_N_MODALITIES];
    GArray *words, *values; /* UmkAppFinding */
    gboolean sampled;       /* not every item was looked at */
} UmkAppSummary;

#define UMK_APP_SUMMARY_MOST 24u /* words, and as many values */

UmkAppSummary *umk_app_summary_new(UmkAppSource *source,
                                   UmkAppVocabulary *vocabulary,
                                   UmkAppRows *chosen);
UmkAppSummary *umk_app_summary_ref(UmkAppSummary *self);
void umk_app_summary_unref(UmkAppSummary *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppSummary, umk_app_summary_unref)

G_END_DECLS
