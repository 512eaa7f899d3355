/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the items are laid out: the method, its options, axes chosen by hand, two or three
 * dimensions; and the fit under way. Signals: "job" (a UmkAppJob has begun), "failed"
 * (why one came to nothing). */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-axis-editor.h"
#include "umk-app-fields.h"
#include "umk-app-fit.h"
#include "umk-app-form.h"
#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_PROJECTOR (umk_app_projector_get_type())
G_DECLARE_FINAL_TYPE(UmkAppProjector, umk_app_projector, UMK_APP, PROJECTOR, GtkWidget)

/* Set once. */
void umk_app_projector_set_scene(UmkAppProjector *self,
                                 UmkAppScene *scene,
                                 UmkAppFields *fields);
/* Chooses a method without laying out. */
void umk_app_projector_set_method(UmkAppProjector *self, const char *method);
const char *umk_app_projector_get_method(UmkAppProjector *self);
void umk_app_projector_set_n_dims(UmkAppProjector *self, guint n_dims);
UmkAppForm *umk_app_projector_get_form(UmkAppProjector *self);
/* axis: 0 to 2. */
UmkAppAxisEditor *umk_app_projector_get_axis(UmkAppProjector *self, guint axis);
/* Lays out as the panel says; anew: even where that was kept. */
void umk_app_projector_lay_out(UmkAppProjector *self, gboolean anew);
/* The fit under way, or NULL. */
UmkAppJob *umk_app_projector_get_job(UmkAppProjector *self);
/* Back to the layout of before; nothing if nothing is under way. */
void umk_app_projector_cancel(UmkAppProjector *self);
gboolean umk_app_projector_offers_umap(UmkAppProjector *self);

G_END_DECLS
