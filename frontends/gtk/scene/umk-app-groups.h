/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How good the groups are that the colours show: how far they lie apart, how many items
 * are in none, and of each its size, how well its items sit in it, and its most typical
 * item. Measured among the vectors, not on the map. */
#pragma once

#include "umk-app-classes.h"
#include "umk-app-job.h"

G_BEGIN_DECLS

#define UMK_APP_GROUPS_SAMPLE 3000u /* of more items so many are compared */
#define UMK_APP_GROUPS_SEED   42u

typedef struct {
    char *name; /* as in the legend */
    gsize n_items;
    gsize n_sample;    /* of them that were compared */
    double silhouette; /* mean of those; NaN: none was */
    guint32 typical;   /* row nearest the middle; G_MAXUINT32: none has a vector */
} UmkAppGroup;

typedef struct {
    GArray *groups;          /* UmkAppGroup, in the order of the legend */
    gsize n_rows, n_outside; /* items with a vector; of them in no group */
    gsize n_sample;          /* items that were compared */
    double silhouette;       /* their mean; NaN: there are not two groups */
} UmkAppGroups;

void umk_app_groups_free(UmkAppGroups *self);
/* What the mean silhouette says, in a sentence. */
const char *umk_app_groups_tell(double silhouette);
/* Result: UmkAppGroups. */
UmkAppJob *umk_app_groups_start(UmkAppSource *source,
                                UmkAppClasses *classes,
                                UmkAppJobDone done,
                                GObject *owner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppGroups, umk_app_groups_free)

G_END_DECLS
