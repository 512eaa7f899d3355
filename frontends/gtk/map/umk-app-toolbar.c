/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two pills, one over the other: the upper one is there while a tool chooses. */
#include "umk-app-toolbar.h"

#include "umk-app-look.h"

#include <glib/gi18n.h>

struct _UmkAppToolbar {
    GtkWidget parent_instance;
    GtkWidget *ways, *size, *box, *menu, *look;
    GActionGroup *actions;
};

typedef struct {
    const char *icon, *target, *title, *key;
} Choice;

static const Choice tools[] = {
    {"umk-pan-symbolic", "pan", N_("Move the Map"), "V"},
    {"umk-lasso-symbolic", "lasso", N_("Select with a Lasso"), "L"},
    {"umk-box-symbolic", "box", N_("Select with a Box"), "B"},
    {"umk-brush-symbolic", "brush", N_("Select with a Brush"), "P"},
};
static const Choice ways[] = {
    {"umk-replace-symbolic", "replace", N_("Select Anew"), NULL},
    {"umk-unite-symbolic", "add", N_("Add to the Selection"), N_("Shift")},
    {"umk-subtract-symbolic", "remove", N_("Remove from the Selection"), N_("Control")},
    {"umk-intersect-symbolic", "intersect", N_("Keep What Is in Both"),
     N_("Shift and Control")},
};

G_DEFINE_FINAL_TYPE(UmkAppToolbar, umk_app_toolbar, GTK_TYPE_WIDGET)

static void
name_button(GtkWidget *button, const char *icon, const char *title, const char *key)
{
    /* Translators: what a button does, and the key that does it too */
    g_autofree char *words =
        key != NULL ? g_strdup_printf(_("%s (%s)"), title, key) : g_strdup(title);

    if (GTK_IS_MENU_BUTTON(button))
        gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(button), icon);
    else
        gtk_button_set_icon_name(GTK_BUTTON(button), icon);
    gtk_widget_add_css_class(button, "flat");
    gtk_widget_add_css_class(button, "circular");
    gtk_widget_set_tooltip_text(button, words);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   title, -1);
}

static GtkWidget *
make_pill(const char *title)
{
    GtkWidget *pill =
        g_object_new(GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_TOOLBAR, NULL);

    gtk_widget_add_css_class(pill, "map-tools");
    gtk_widget_set_halign(pill, GTK_ALIGN_START);
    gtk_accessible_update_property(GTK_ACCESSIBLE(pill), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   title, -1);
    return pill;
}

static void
add_choices(GtkWidget *pill, const Choice *choices, guint n, const char *action)
{
    for (guint i = 0; i < n; i++) {
        GtkWidget *button = gtk_toggle_button_new();

        name_button(button, choices[i].icon, _(choices[i].title),
                    choices[i].key != NULL ? _(choices[i].key) : NULL);
        gtk_actionable_set_action_target(GTK_ACTIONABLE(button), "s", choices[i].target);
        gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
        gtk_box_append(GTK_BOX(pill), button);
    }
}

static void
size_chosen(UmkAppToolbar *self)
{
    if (self->actions != NULL)
        g_action_group_change_action_state(
            self->actions, "brush-size",
            g_variant_new_double(gtk_range_get_value(GTK_RANGE(self->size))));
}

static GtkWidget *
make_size(UmkAppToolbar *self)
{
    GtkWidget *scale = gtk_scale_new_with_range(GTK_ORIENTATION_HORIZONTAL, 4, 200, 4);
    g_autofree char *words = g_strdup_printf(_("%s (%s)"), _("Size of the Brush"), "[ ]");

    gtk_widget_set_size_request(scale, 96, -1);
    gtk_widget_set_margin_end(scale, 6);
    gtk_range_set_round_digits(GTK_RANGE(scale), 0);
    gtk_widget_set_tooltip_text(scale, words);
    gtk_accessible_update_property(GTK_ACCESSIBLE(scale), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Size of the Brush"), -1);
    g_signal_connect_swapped(scale, "value-changed", G_CALLBACK(size_chosen), self);
    return scale;
}

static void
umk_app_toolbar_dispose(GObject *object)
{
    UmkAppToolbar *self = UMK_APP_TOOLBAR(object);
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))) != NULL)
        gtk_widget_unparent(child);
    g_clear_object(&self->actions);
    G_OBJECT_CLASS(umk_app_toolbar_parent_class)->dispose(object);
}

static void
umk_app_toolbar_class_init(UmkAppToolbarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_toolbar_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "maptoolbar");
}

static void
umk_app_toolbar_init(UmkAppToolbar *self)
{
    GtkWidget *lower = make_pill(_("Tools of the Map"));

    self->ways = make_pill(_("What Becomes of the Selection"));
    add_choices(self->ways, ways, G_N_ELEMENTS(ways), "map.combine");
    self->size = make_size(self);
    gtk_box_append(GTK_BOX(self->ways), self->size);
    add_choices(lower, tools, G_N_ELEMENTS(tools), "map.tool");
    self->menu = gtk_menu_button_new();
    name_button(self->menu, "view-more-horizontal-symbolic", _("Selection"), NULL);
    gtk_menu_button_set_direction(GTK_MENU_BUTTON(self->menu), GTK_ARROW_UP);
    self->look = gtk_menu_button_new();
    name_button(self->look, "umk-look-symbolic", _("How the Map Looks"), NULL);
    gtk_menu_button_set_direction(GTK_MENU_BUTTON(self->look), GTK_ARROW_UP);
    gtk_box_append(GTK_BOX(lower), self->menu);
    gtk_box_append(GTK_BOX(lower), self->look);
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    gtk_box_append(GTK_BOX(self->box), self->ways);
    gtk_box_append(GTK_BOX(self->box), lower);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

static void
show_ways(UmkAppToolbar *self)
{
    g_autoptr(GVariant) state = g_action_group_get_action_state(self->actions, "tool");

    gtk_widget_set_visible(self->ways,
                           !g_str_equal(g_variant_get_string(state, NULL), "pan"));
    gtk_widget_set_visible(self->size,
                           g_str_equal(g_variant_get_string(state, NULL), "brush"));
}

static void
show_size(UmkAppToolbar *self)
{
    g_autoptr(GVariant) state =
        g_action_group_get_action_state(self->actions, "brush-size");

    g_signal_handlers_block_by_func(self->size, size_chosen, self);
    gtk_range_set_value(GTK_RANGE(self->size), g_variant_get_double(state));
    g_signal_handlers_unblock_by_func(self->size, size_chosen, self);
}

void
umk_app_toolbar_set_map(UmkAppToolbar *self, UmkAppMap *map)
{
    g_autoptr(GMenuModel) menu = umk_app_map_make_menu();

    g_set_object(&self->actions, umk_app_map_get_actions(map));
    gtk_widget_insert_action_group(GTK_WIDGET(self), "map", self->actions);
    gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(self->menu), menu);
    gtk_menu_button_set_popover(GTK_MENU_BUTTON(self->look), umk_app_look_new(map));
    g_signal_connect_object(self->actions, "action-state-changed::tool",
                            G_CALLBACK(show_ways), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->actions, "action-state-changed::brush-size",
                            G_CALLBACK(show_size), self, G_CONNECT_SWAPPED);
    show_ways(self);
    show_size(self);
}
