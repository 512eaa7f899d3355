/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of the map as one group of actions, so that button, menu and key do the
 * same. The window inserts the group as "map". */
#include "umk-app-map-parts.h"

#include <glib/gi18n.h>

static const char *const tool_names[] = {"pan", "lasso", "box", "brush"};
static const char *const combine_names[] = {"replace", "add", "remove", "intersect"};

/* What the switches of the look are called, and where each is in it. */
static const struct {
    const char *name;
    gsize offset;
} switches[] = {
    {"look-points", G_STRUCT_OFFSET(UmkAppLook, points)},
    {"look-density", G_STRUCT_OFFSET(UmkAppLook, density)},
    {"look-contours", G_STRUCT_OFFSET(UmkAppLook, contours)},
    {"look-labels", G_STRUCT_OFFSET(UmkAppLook, labels)},
    {"look-thumbnails", G_STRUCT_OFFSET(UmkAppLook, thumbnails)},
    {"look-minimap", G_STRUCT_OFFSET(UmkAppLook, minimap)},
    {"look-edges", G_STRUCT_OFFSET(UmkAppLook, edges)},
    {"look-truth", G_STRUCT_OFFSET(UmkAppLook, truth)},
    {"look-context", G_STRUCT_OFFSET(UmkAppLook, context)},
};

static int
find_name(const char *const *names, guint n, const char *name)
{
    for (guint i = 0; i < n; i++)
        if (g_str_equal(names[i], name))
            return (int) i;
    return -1;
}

static void
set_tool(GSimpleAction *action, GVariant *state, gpointer map)
{
    int tool = find_name(tool_names, G_N_ELEMENTS(tool_names),
                         g_variant_get_string(state, NULL));

    if (tool >= 0)
        umk_app_map_set_tool(map, (UmkAppTool) tool);
}

static void
set_combine(GSimpleAction *action, GVariant *state, gpointer map)
{
    int how = find_name(combine_names, G_N_ELEMENTS(combine_names),
                        g_variant_get_string(state, NULL));

    if (how >= 0)
        umk_app_map_set_combine(map, (UmkAppCombine) how);
}

static void
set_brush_size(GSimpleAction *action, GVariant *state, gpointer map)
{
    umk_app_map_set_brush_size(map, g_variant_get_double(state));
}

static void
set_switch(GSimpleAction *action, GVariant *state, gpointer map)
{
    UmkAppMap *self = map;
    UmkAppLook look = *umk_app_scene_get_look(self->scene);
    const char *name = g_action_get_name(G_ACTION(action));

    for (guint i = 0; i < G_N_ELEMENTS(switches); i++)
        if (g_str_equal(switches[i].name, name))
            G_STRUCT_MEMBER(gboolean, &look, switches[i].offset) =
                g_variant_get_boolean(state);
    umk_app_scene_set_look(self->scene, &look, _("Change the Look"));
}

static void
all_action(GSimpleAction *action, GVariant *parameter, gpointer map)
{
    umk_app_map_select_all(map);
}

static void
none_action(GSimpleAction *action, GVariant *parameter, gpointer map)
{
    umk_app_map_select_none(map);
}

static void
invert_action(GSimpleAction *action, GVariant *parameter, gpointer map)
{
    umk_app_map_select_invert(map);
}

static void
grow_action(GSimpleAction *action, GVariant *parameter, gpointer map)
{
    umk_app_map_select_grow(map);
}

/* ---- the menu of a secondary click ---------------------------------------------------
 */

static void
menu_closed(GtkPopover *menu, UmkAppMap *self)
{
    gtk_widget_unparent(GTK_WIDGET(menu));
    gtk_widget_grab_focus(GTK_WIDGET(self));
}

static gboolean
menu_closed_later(gpointer data)
{
    g_autoptr(GtkPopover) menu = data;
    GtkWidget *map = gtk_widget_get_parent(GTK_WIDGET(menu));

    if (map != NULL)
        menu_closed(menu, UMK_APP_MAP(map));
    return G_SOURCE_REMOVE;
}

/* The item that was picked is activated after the menu has closed. */
static void
menu_closing(GtkPopover *menu)
{
    g_idle_add(menu_closed_later, g_object_ref(menu));
}

static void
show_menu(UmkAppMap *self, double x, double y)
{
    g_autoptr(GMenuModel) model = umk_app_map_make_menu();
    GtkWidget *menu = gtk_popover_menu_new_from_model(model);
    GdkRectangle at = {(int) x, (int) y, 1, 1};

    gtk_widget_set_parent(menu, GTK_WIDGET(self));
    gtk_popover_set_has_arrow(GTK_POPOVER(menu), FALSE);
    gtk_popover_set_position(GTK_POPOVER(menu), GTK_POS_BOTTOM);
    gtk_widget_set_halign(menu, GTK_ALIGN_START);
    gtk_popover_set_pointing_to(GTK_POPOVER(menu), &at);
    g_signal_connect(menu, "closed", G_CALLBACK(menu_closing), NULL);
    gtk_popover_popup(GTK_POPOVER(menu));
}

static void
menu_action(GSimpleAction *action, GVariant *parameter, gpointer map)
{
    UmkAppMap *self = map;
    float x = (float) self->view.width / 2, y = (float) self->view.height / 2;

    _umk_app_map_place(self, self->cursor, &x, &y);
    show_menu(self, (double) x, (double) y);
}

/* On release: a press may begin a drag. */
static void
secondary_click(GtkGestureClick *click, int n, double x, double y, UmkAppMap *self)
{
    gtk_gesture_set_state(GTK_GESTURE(click), GTK_EVENT_SEQUENCE_CLAIMED);
    show_menu(self, x, y);
}

static void
add_item(GMenu *menu, const char *label, const char *action, const char *key)
{
    g_autoptr(GMenuItem) item = g_menu_item_new(label, action);

    g_menu_item_set_attribute(item, "accel", "s", key);
    g_menu_append_item(menu, item);
}

/* New, for a button or a click. */
GMenuModel *
umk_app_map_make_menu(void)
{
    GMenu *menu = g_menu_new();

    add_item(menu, _("Select _All"), "map.select-all", "<Control>a");
    add_item(menu, _("Select _None"), "map.select-none", "<Control><Shift>a");
    add_item(menu, _("_Invert the Selection"), "map.select-invert", "i");
    add_item(menu, _("_Grow to Neighbours"), "map.select-grow", "g");
    add_item(menu, _("_List What Lies Near"), "win.list-near", "<Control><Shift>l");
    return G_MENU_MODEL(menu);
}

/* ---- state ---------------------------------------------------------------------------
 */

static GSimpleAction *
get_action(UmkAppMap *self, const char *name)
{
    return G_SIMPLE_ACTION(g_action_map_lookup_action(G_ACTION_MAP(self->actions), name));
}

void
_umk_app_map_update_actions(UmkAppMap *self)
{
    const UmkAppLook *look;
    gboolean drawn = self->points != NULL && self->points->n_points > 0, chosen;

    g_simple_action_set_state(get_action(self, "tool"),
                              g_variant_new_string(tool_names[self->tool]));
    g_simple_action_set_state(
        get_action(self, "combine"),
        g_variant_new_string(combine_names[umk_app_map_get_combine(self)]));
    g_simple_action_set_state(get_action(self, "brush-size"),
                              g_variant_new_double(self->brush_size));
    if (self->scene == NULL)
        return;
    look = umk_app_scene_get_look(self->scene);
    chosen = umk_app_scene_get_selection(self->scene) != NULL;
    for (guint i = 0; i < G_N_ELEMENTS(switches); i++)
        g_simple_action_set_state(
            get_action(self, switches[i].name),
            g_variant_new_boolean(G_STRUCT_MEMBER(gboolean, look, switches[i].offset)));
    g_simple_action_set_enabled(get_action(self, "select-all"), drawn);
    g_simple_action_set_enabled(get_action(self, "select-invert"), drawn);
    g_simple_action_set_enabled(get_action(self, "select-none"), chosen);
    g_simple_action_set_enabled(get_action(self, "select-grow"),
                                drawn && chosen && self->growing == NULL);
}

GActionGroup *
umk_app_map_get_actions(UmkAppMap *self)
{
    return G_ACTION_GROUP(self->actions);
}

void
_umk_app_map_init_actions(UmkAppMap *self)
{
    static const GActionEntry entries[] = {
        {"tool", NULL, "s", "'pan'", set_tool},
        {"combine", NULL, "s", "'replace'", set_combine},
        {"brush-size", NULL, NULL, "28.0", set_brush_size},
        {"select-all", all_action},
        {"select-none", none_action},
        {"select-invert", invert_action},
        {"select-grow", grow_action},
        {"menu", menu_action},
    };
    GtkGesture *click = gtk_gesture_click_new();

    self->actions = g_simple_action_group_new();
    g_action_map_add_action_entries(G_ACTION_MAP(self->actions), entries,
                                    G_N_ELEMENTS(entries), self);
    for (guint i = 0; i < G_N_ELEMENTS(switches); i++) {
        g_autoptr(GSimpleAction) action = g_simple_action_new_stateful(
            switches[i].name, NULL, g_variant_new_boolean(FALSE));

        g_signal_connect_object(action, "change-state", G_CALLBACK(set_switch), self, 0);
        g_action_map_add_action(G_ACTION_MAP(self->actions), G_ACTION(action));
    }
    gtk_widget_insert_action_group(GTK_WIDGET(self), "map",
                                   G_ACTION_GROUP(self->actions));
    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(click), GDK_BUTTON_SECONDARY);
    g_signal_connect_object(click, "released", G_CALLBACK(secondary_click), self, 0);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
}
