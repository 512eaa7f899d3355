/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit's axis on the map: two switches, across and as a colour. The axis is found
 * once for both and anew when the sets are others. The same switch, Escape or the button
 * on the map goes back to the plain map. */
#include "umk-app-window-parts.h"

#include <glib/gi18n.h>

static GSimpleAction *
get_action(UmkAppWindow *self, const char *name)
{
    return G_SIMPLE_ACTION(g_action_map_lookup_action(G_ACTION_MAP(self), name));
}

static gboolean
is_on(UmkAppWindow *self, const char *name)
{
    g_autoptr(GVariant) state = g_action_get_state(G_ACTION(get_action(self, name)));

    return g_variant_get_boolean(state);
}

static gboolean
any_on(UmkAppWindow *self)
{
    return is_on(self, "axis-across") || is_on(self, "axis-colour");
}

/* The classes of the axis while it is the colour, else NULL. */
UmkAppClasses *
_umk_app_window_get_axis_classes(UmkAppWindow *self)
{
    return self->axis != NULL && is_on(self, "axis-colour") ? self->axis->classes : NULL;
}

static void
apply(UmkAppWindow *self)
{
    const UmkAppAuditAxis *axis = self->axis;
    UmkAppLayout *now = umk_app_scene_get_layout(self->scene);
    gboolean is_axis = g_str_equal(now->method, "audit");

    if (axis != NULL && is_on(self, "axis-across")) {
        if (!is_axis) {
            g_clear_pointer(&self->plain, umk_app_layout_unref);
            self->plain = umk_app_layout_ref(now);
        }
        umk_app_scene_set_layout(self->scene, axis->layout, NULL);
    } else if (is_axis) {
        umk_app_scene_set_layout(
            self->scene,
            self->plain != NULL ? self->plain : umk_app_source_get_layout(self->source),
            NULL);
    }
    gtk_widget_set_visible(self->axis_plain, axis != NULL && any_on(self));
    _umk_app_window_colour_map(self);
}

static void
stop(UmkAppWindow *self)
{
    if (self->finding_axis != NULL)
        umk_app_job_cancel(self->finding_axis);
    g_clear_object(&self->finding_axis);
}

/* The plain map again. */
void
_umk_app_window_drop_axis(UmkAppWindow *self)
{
    stop(self);
    g_simple_action_set_state(get_action(self, "axis-across"),
                              g_variant_new_boolean(FALSE));
    g_simple_action_set_state(get_action(self, "axis-colour"),
                              g_variant_new_boolean(FALSE));
    if (self->source != NULL)
        apply(self);
    g_clear_pointer(&self->axis, umk_app_audit_axis_free);
}

static void
found(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    UmkAppAuditAxis *old = self->axis;

    if (job != self->finding_axis) {
        umk_app_audit_axis_free(result);
        return;
    }
    g_clear_object(&self->finding_axis);
    if (result == NULL) {
        _umk_app_window_toast(self, error->message);
        _umk_app_window_drop_axis(self);
        return;
    }
    self->axis = result;
    apply(self);
    umk_app_audit_axis_free(old);
}

static void
find(UmkAppWindow *self)
{
    UmkAppAuditRequest *request = umk_app_audit_view_make_axis_request(self->audit);

    stop(self);
    if (request == NULL)
        _umk_app_window_drop_axis(self);
    else
        self->finding_axis = umk_app_audit_axis_find(request, found, G_OBJECT(self));
}

/* The sets or the collection may be others. */
void
_umk_app_window_update_axis(UmkAppWindow *self)
{
    gboolean able = self->source != NULL && umk_app_audit_view_has_axis(self->audit) &&
                    umk_app_source_get_map_problem(self->source) == NULL;

    g_simple_action_set_enabled(get_action(self, "axis-across"), able);
    g_simple_action_set_enabled(get_action(self, "axis-colour"), able);
    if (any_on(self) && able)
        find(self);
    else
        _umk_app_window_drop_axis(self);
}

static void
switched(GSimpleAction *action, GVariant *state, gpointer window)
{
    UmkAppWindow *self = window;

    g_simple_action_set_state(action, state);
    if (self->axis == NULL && any_on(self))
        find(self);
    else
        apply(self);
}

static void
plain_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    g_simple_action_set_state(get_action(self, "axis-across"),
                              g_variant_new_boolean(FALSE));
    g_simple_action_set_state(get_action(self, "axis-colour"),
                              g_variant_new_boolean(FALSE));
    stop(self);
    apply(self);
}

static gboolean
key_pressed(GtkEventControllerKey *controller,
            guint key,
            guint code,
            GdkModifierType modifiers,
            UmkAppWindow *self)
{
    if (key != GDK_KEY_Escape || !any_on(self))
        return FALSE;
    plain_action(NULL, NULL, self);
    return TRUE;
}

void
_umk_app_window_init_axis(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {
        {"axis-across", NULL, NULL, "false", switched},
        {"axis-colour", NULL, NULL, "false", switched},
        {"axis-plain", plain_action},
    };
    GtkEventController *keys = gtk_event_controller_key_new();

    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    g_signal_connect_object(keys, "key-pressed", G_CALLBACK(key_pressed), self, 0);
    gtk_widget_add_controller(GTK_WIDGET(self), keys);
}
