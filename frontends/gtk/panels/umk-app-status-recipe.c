/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the map was made, in the line's popover: to be read, and copied as a recipe or as a
 * command line. */
#include "umk-app-status-parts.h"

#include "umk-app-recipe-view.h"
#include "umk-app-recipe.h"

#include <glib/gi18n.h>

static const char *
get_column(UmkAppStatus *self)
{
    static const char *const found[] = {"cluster", "trust", "axis", NULL};
    UmkAppClasses *classes = umk_app_scene_get_classes(self->scene);

    return classes != NULL && !g_strv_contains(found, classes->key) ? classes->key : NULL;
}

char *
umk_app_status_dup_command(UmkAppStatus *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);
    UmkAppSource *source = umk_app_scene_get_source(self->scene);

    return layout != NULL && source != NULL
               ? umk_app_recipe_dup_command(layout, source, get_column(self))
               : NULL;
}

static void
copy(UmkAppStatus *self, const char *text, const char *said)
{
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(self)), text);
    _umk_app_status_tell_copied(self, said);
}

static void
copy_command(UmkAppStatus *self)
{
    g_autofree char *command = umk_app_status_dup_command(self);

    if (command != NULL)
        copy(self, command, _("The command line was copied"));
}

static void
copy_recipe(UmkAppStatus *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);
    g_autofree char *json =
        umk_app_recipe_to_json(layout, umk_app_scene_get_source(self->scene));

    copy(self, json, _("The recipe was copied"));
}

/* In pixels of text at its usual size. */
static int
find_room(UmkAppStatus *self)
{
    GtkWidget *window = GTK_WIDGET(gtk_widget_get_root(GTK_WIDGET(self)));
    int dpi = -1;

    g_object_get(gtk_widget_get_settings(window), "gtk-xft-dpi", &dpi, NULL);
    return (int) (gtk_widget_get_width(window) * 96.0 * 1024 / MAX(dpi, 96 * 1024));
}

static gboolean
is_wide(UmkAppStatus *self)
{
    return find_room(self) >= UMK_APP_RECIPE_WIDE;
}

static void
add_found(UmkAppStatus *self, GPtrArray *lines, UmkAppLayout *layout)
{
    char *axes = _umk_app_status_axes_text(layout);
    const UmkAppTruth *measured = umk_app_status_get_truth(self);
    char *truth = _umk_app_status_truth_text(measured);
    char *gap = measured != NULL ? umk_app_gap_dup_text(&measured->gap) : NULL;

    if (axes != NULL)
        umk_app_recipe_add(lines, _("Axes"), axes);
    if (layout->explained >= 0)
        umk_app_recipe_add(lines, _("Variance kept"),
                           g_strdup_printf("%.1f %%", layout->explained * 100));
    if (truth != NULL)
        umk_app_recipe_add(lines, _("How true it is"), truth)->help =
            _("1: whoever is near on the map is near in truth");
    if (gap != NULL)
        umk_app_recipe_add(lines, _("Kinds of items"), gap)->help =
            _("Of the ten nearest on the map hardly any is of the other kind. “Centre "
              "each kind” can bring them closer.");
}

/* What people set and what came of it. */
static GtkWidget *
make_lines(UmkAppStatus *self, UmkAppLayout *layout)
{
    g_autoptr(GPtrArray) lines =
        umk_app_recipe_list(layout, umk_app_scene_get_source(self->scene));

    add_found(self, lines, layout);
    return umk_app_recipe_view_new(lines, find_room(self));
}

static void
wrap_label(GtkWidget *button)
{
    GtkWidget *label = gtk_button_get_child(GTK_BUTTON(button));

    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
}

static GtkWidget *
make_buttons(UmkAppStatus *self, const UmkAppLayout *layout)
{
    GtkWidget *line = gtk_box_new(
        is_wide(self) ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL, 8);
    GtkWidget *command = gtk_button_new_with_mnemonic(_("_Copy as Command Line"));
    GtkWidget *recipe = gtk_button_new_with_mnemonic(_("Copy _Recipe"));
    g_autofree char *text = umk_app_status_dup_command(self);

    gtk_widget_set_sensitive(command, text != NULL);
    gtk_widget_set_tooltip_text(
        command, text != NULL ? text
                 : layout->n_placed > 0
                     ? _("The command line lays all items out at once")
                     : _("The command line cannot mix several kinds of axes"));
    gtk_widget_set_halign(line, is_wide(self) ? GTK_ALIGN_END : GTK_ALIGN_FILL);
    wrap_label(command);
    wrap_label(recipe);
    g_signal_connect_swapped(command, "clicked", G_CALLBACK(copy_command), self);
    g_signal_connect_swapped(recipe, "clicked", G_CALLBACK(copy_recipe), self);
    gtk_box_append(GTK_BOX(line), recipe);
    gtk_box_append(GTK_BOX(line), command);
    return line;
}

void
_umk_app_status_fill_popover(GtkMenuButton *button, gpointer data)
{
    UmkAppStatus *self = data;
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *heading = gtk_label_new(_("How This Map Was Made"));

    gtk_widget_add_css_class(heading, "heading");
    gtk_box_append(GTK_BOX(box), heading);
    if (layout != NULL) {
        GtkWidget *scroller = gtk_scrolled_window_new();

        gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                       GTK_POLICY_AUTOMATIC);
        gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scroller),
                                                         TRUE);
        gtk_scrolled_window_set_max_content_height(
            GTK_SCROLLED_WINDOW(scroller),
            MAX(160,
                gtk_widget_get_height(GTK_WIDGET(gtk_widget_get_root(GTK_WIDGET(self)))) -
                    240));
        gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller),
                                      make_lines(self, layout));
        gtk_box_append(GTK_BOX(box), scroller);
        gtk_box_append(GTK_BOX(box), make_buttons(self, layout));
    }
    gtk_widget_set_margin_start(box, 8);
    gtk_widget_set_margin_end(box, 8);
    gtk_widget_set_margin_top(box, 8);
    gtk_widget_set_margin_bottom(box, 8);
    gtk_popover_set_child(GTK_POPOVER(self->popover), box);
}
