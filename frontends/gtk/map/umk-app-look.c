/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The switches are buttons of the actions "map", which read and write the scene; only the
 * slider has to follow it by hand. */
#include "umk-app-look.h"

#include <glib/gi18n.h>

static const struct {
    const char *action, *title, *help;
} lines[] = {
    {"map.look-points", N_("_Points"), NULL},
    {"map.look-density", N_("_Density"), N_("Brighter where more items lie")},
    {"map.look-contours", N_("_Contours"), N_("Lines of equal density")},
    {"map.look-labels", N_("_Names of Clusters"), NULL},
    {"map.look-thumbnails", N_("_Thumbnails"),
     N_("Pictures in place of their points, when few are in view")},
    {"map.look-edges", N_("_Edges of a Graph"), N_("At the nodes that are selected")},
    {"map.look-truth", N_("T_rue Neighbours"),
     N_("Lines to the nearest by meaning, dashed where the map lost them")},
    {"map.look-context", N_("Cont_ext"),
     N_("What is not selected or filtered out stays, faint")},
    {"map.look-minimap", N_("_Minimap"), NULL},
};

static GtkWidget *
make_line(guint i)
{
    GtkWidget *line = gtk_check_button_new_with_mnemonic(_(lines[i].title));

    gtk_actionable_set_action_name(GTK_ACTIONABLE(line), lines[i].action);
    if (lines[i].help != NULL) {
        gtk_widget_set_tooltip_text(line, _(lines[i].help));
        gtk_accessible_update_property(GTK_ACCESSIBLE(line),
                                       GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       _(lines[i].help), -1);
    }
    return line;
}

static void
slid(GtkRange *range, UmkAppScene *scene)
{
    UmkAppLook look = *umk_app_scene_get_look(scene);

    look.opacity = gtk_range_get_value(range) / 100;
    umk_app_scene_set_look(scene, &look, _("Change the Opacity"));
}

static void
scene_changed(UmkAppScene *scene, guint changes, GtkRange *range)
{
    if (!(changes & UMK_APP_CHANGED_LOOK))
        return;
    g_signal_handlers_block_by_func(range, slid, scene);
    gtk_range_set_value(range, umk_app_scene_get_look(scene)->opacity * 100);
    g_signal_handlers_unblock_by_func(range, slid, scene);
}

static GtkWidget *
make_slider(UmkAppScene *scene)
{
    GtkWidget *slider = gtk_scale_new_with_range(GTK_ORIENTATION_HORIZONTAL, 5, 100, 5);

    gtk_scale_set_draw_value(GTK_SCALE(slider), FALSE);
    gtk_widget_set_size_request(slider, 160, -1);
    gtk_widget_set_hexpand(slider, TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(slider), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Opacity of the Points"), -1);
    g_signal_connect_object(slider, "value-changed", G_CALLBACK(slid), scene, 0);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), slider, 0);
    scene_changed(scene, UMK_APP_CHANGED_LOOK, GTK_RANGE(slider));
    return slider;
}

GtkWidget *
umk_app_look_new(UmkAppMap *map)
{
    GtkWidget *popover = gtk_popover_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    GtkWidget *title = gtk_label_new(_("Opacity"));
    GtkWidget *foot = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
        gtk_box_append(GTK_BOX(box), make_line(i));
    gtk_widget_set_margin_top(foot, 6);
    gtk_box_append(GTK_BOX(foot), title);
    gtk_box_append(GTK_BOX(foot), make_slider(umk_app_map_get_scene(map)));
    gtk_box_append(GTK_BOX(box), foot);
    gtk_widget_set_margin_start(box, 6);
    gtk_widget_set_margin_end(box, 6);
    gtk_widget_set_margin_top(box, 6);
    gtk_widget_set_margin_bottom(box, 6);
    gtk_popover_set_child(GTK_POPOVER(popover), box);
    gtk_accessible_update_property(GTK_ACCESSIBLE(popover), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("How the Map Looks"), -1);
    return popover;
}
