/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the line below the map share: umk-app-status.c is the widget and
 * measures, -text.c says it, -recipe.c fills the popover. */
#pragma once

#include "umk-app-status.h"

G_BEGIN_DECLS

struct _UmkAppStatus {
    GtkWidget parent_instance;
    UmkAppScene *scene;
    GtkWidget *button, *label, *popover;
    GArray *known; /* layouts with how true they are, newest last */
    UmkAppJob *measuring;
    UmkAppLayout *measured; /* by the job */
    guint rest;
};

/* umk-app-status.c */
void _umk_app_status_tell_copied(UmkAppStatus *self, const char *said);
/* umk-app-status-text.c; truth: NULL while it is not known. */
char *_umk_app_status_dup_text(UmkAppScene *scene, const UmkAppTruth *truth);
char *
_umk_app_status_axes_text(const UmkAppLayout *layout); /* NULL: they have no names */
char *_umk_app_status_truth_text(const UmkAppTruth *truth);
/* umk-app-status-recipe.c; of a menu button, each time it opens. */
void _umk_app_status_fill_popover(GtkMenuButton *button, gpointer status);

G_END_DECLS
