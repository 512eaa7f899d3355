/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turning a map of three dimensions: by the right button, or by the arrow keys with
 * Control held. The angles are part of the look, so a step back turns back. */
#include "umk-app-map-parts.h"

#include <glib/gi18n.h>
#include <math.h>

#define A_PIXEL 0.006 /* radians */
#define A_KEY   (G_PI / 24)

/* Whether there is anything to turn. */
gboolean
umk_app_map_can_turn(UmkAppMap *self)
{
    return self->points != NULL && self->points->qz != NULL;
}

void
umk_app_map_turn(UmkAppMap *self, double yaw, double pitch)
{
    UmkAppLook look;

    if (!umk_app_map_can_turn(self))
        return;
    look = *umk_app_scene_get_look(self->scene);
    look.yaw = remainder(look.yaw + yaw, 2 * G_PI);
    look.pitch = CLAMP(look.pitch + pitch, -G_PI_2, G_PI_2);
    umk_app_scene_set_look(self->scene, &look, _("Turn the Map"));
}

static void
turn_begin(GtkGestureDrag *drag, double x, double y, UmkAppMap *self)
{
    self->turned_x = self->turned_y = 0;
    if (!umk_app_map_can_turn(self))
        gtk_gesture_set_state(GTK_GESTURE(drag), GTK_EVENT_SEQUENCE_DENIED);
}

static void
turn_update(GtkGestureDrag *drag, double dx, double dy, UmkAppMap *self)
{
    gtk_gesture_set_state(GTK_GESTURE(drag), GTK_EVENT_SEQUENCE_CLAIMED);
    umk_app_map_turn(self, (dx - self->turned_x) * A_PIXEL,
                     (dy - self->turned_y) * A_PIXEL);
    self->turned_x = dx;
    self->turned_y = dy;
}

static gboolean
key_turn(GtkWidget *widget, GVariant *way, gpointer data)
{
    static const double steps[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    gint32 at = g_variant_get_int32(way);

    if (!umk_app_map_can_turn(UMK_APP_MAP(widget)))
        return FALSE;
    umk_app_map_turn(UMK_APP_MAP(widget), steps[at][0] * A_KEY, steps[at][1] * A_KEY);
    return TRUE;
}

void
_umk_app_map_class_init_turn(GtkWidgetClass *klass)
{
    static const guint keys[4] = {GDK_KEY_Left, GDK_KEY_Right, GDK_KEY_Up, GDK_KEY_Down};

    for (int way = 0; way < 4; way++)
        gtk_widget_class_add_binding(klass, keys[way], GDK_CONTROL_MASK, key_turn, "i",
                                     way);
}

void
_umk_app_map_init_turn(UmkAppMap *self)
{
    GtkGesture *drag = gtk_gesture_drag_new();

    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(drag), GDK_BUTTON_SECONDARY);
    g_signal_connect_object(drag, "drag-begin", G_CALLBACK(turn_begin), self, 0);
    g_signal_connect_object(drag, "drag-update", G_CALLBACK(turn_update), self, 0);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drag));
}
