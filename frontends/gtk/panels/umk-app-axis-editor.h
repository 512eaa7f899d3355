/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one axis of the map shows: two sets taken from the selection, a formula, a
 * component of the vectors, a field of numbers. Signal "changed". */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-axes.h"
#include "umk-app-fields.h"
#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_AXIS_EDITOR (umk_app_axis_editor_get_type())
G_DECLARE_FINAL_TYPE(
    UmkAppAxisEditor, umk_app_axis_editor, UMK_APP, AXIS_EDITOR, GtkWidget)

/* number: 0 across, 1 up, 2 depth. */
GtkWidget *
umk_app_axis_editor_new(guint number, UmkAppScene *scene, UmkAppFields *fields);
void umk_app_axis_editor_set_kind(UmkAppAxisEditor *self, UmkAppAxisKind kind);
UmkAppAxisKind umk_app_axis_editor_get_kind(UmkAppAxisEditor *self);
/* The present selection becomes an end. */
void umk_app_axis_editor_take_selection(UmkAppAxisEditor *self, gboolean plus);
void umk_app_axis_editor_set_formula(UmkAppAxisEditor *self, const char *formula);
void umk_app_axis_editor_set_component(UmkAppAxisEditor *self, guint component);
/* The source is another one: sets of rows mean nothing any more. */
void umk_app_axis_editor_reset(UmkAppAxisEditor *self);
/* FALSE: something is missing yet. Fills an empty axis with copies. */
gboolean umk_app_axis_editor_read(UmkAppAxisEditor *self, UmkAppAxis *axis);

G_END_DECLS
