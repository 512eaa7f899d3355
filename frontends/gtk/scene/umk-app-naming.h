/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the crowds of a layout, on two levels: a few for who looks from afar, more for
 * who comes near. Immutable, shared by reference; made by a job. */
#pragma once

#include "umk-app-job.h"
#include "umk-app-source.h"
#include "umk-app-view.h"

G_BEGIN_DECLS

#define UMK_APP_N_LEVELS 2u

typedef struct {
    char *text;
    gsize n_items;    /* of those that were looked at */
    guint32 *members; /* some of its rows */
    gsize n_members;
} UmkAppCrowd;

typedef struct {
    gatomicrefcount references;
    GArray *levels[UMK_APP_N_LEVELS]; /* UmkAppCrowd, the largest first */
} UmkAppNaming;

/* Result: UmkAppNaming. language: "ja", …: names are in it where the items allow that. */
UmkAppJob *umk_app_naming_find(UmkAppSource *source,
                               UmkAppLayout *layout,
                               const char *language,
                               UmkAppJobDone done,
                               GObject *owner);
UmkAppNaming *umk_app_naming_ref(UmkAppNaming *self);
void umk_app_naming_unref(UmkAppNaming *self);
/* The middle of a crowd as a view shows it; FALSE: none of it is drawn. */
gboolean umk_app_crowd_find_middle(const UmkAppCrowd *self,
                                   const UmkAppPoints *points,
                                   const UmkAppView *view,
                                   double *x,
                                   double *y);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppNaming, umk_app_naming_unref)

G_END_DECLS
