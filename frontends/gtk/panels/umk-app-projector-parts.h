/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two files of the projection's panel share: umk-app-projector.c fits,
 * umk-app-projector-build.c makes the widgets. */
#pragma once

#include "umk-app-projector.h"

G_BEGIN_DECLS

struct _UmkAppProjector {
    GtkWidget parent_instance;
    UmkAppScene *scene;
    UmkAppFields *fields;
    char **methods;
    GtkWidget *box, *method, *flat, *deep, *offer, *axes_box, *centre, *live, *apply;
    UmkAppForm *form;
    GtkWidget *editors[UMK_APP_MAX_AXES];
    GtkWidget *running, *progress, *state, *pause, *cancel, *restart;
    UmkAppJob *fitting; /* or NULL */
    gulong watches[2];  /* on it */
    guint again;        /* timeout of a change that is to be laid out */
    gboolean filling;   /* the panel follows the scene just now */
    gboolean cancelling;
};

void _umk_app_projector_build(UmkAppProjector *self);
/* The rows that belong to the method and the dimensions. */
void _umk_app_projector_show_method(UmkAppProjector *self);
/* Whether kinds can be centred: there are several, and the axes are nobody's. */
void _umk_app_projector_show_centre(UmkAppProjector *self);
void _umk_app_projector_show_running(UmkAppProjector *self);
gboolean _umk_app_projector_has_axes(UmkAppProjector *self);
void _umk_app_projector_add_axes(UmkAppProjector *self);
/* What the built widgets call. */
void _umk_app_projector_changed(UmkAppProjector *self);

G_END_DECLS
