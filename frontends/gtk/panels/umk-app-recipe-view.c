/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two grids of labels, made anew each time: a recipe is read once and closed. */
#include "umk-app-recipe-view.h"

#include "umk-app-expander.h"
#include "umk-app-recipe.h"

#include <glib/gi18n.h>

/* What is of use only whole is not broken, but cut in its middle where there is no room.
 */
static void
attach(GtkGrid *grid, const UmkAppRecipeLine *shown, int room)
{
    int least = room >= UMK_APP_RECIPE_WIDE            ? 36
                : room >= UMK_APP_RECIPE_WIDE / 2 - 20 ? 18
                                                       : 0;
    GtkWidget *left = gtk_label_new(shown->name), *right = gtk_label_new(shown->value);
    int line = 0;

    while (gtk_grid_get_child_at(grid, 0, line) != NULL)
        line++;
    gtk_label_set_xalign(GTK_LABEL(left), 1);
    gtk_label_set_yalign(GTK_LABEL(left), 0);
    gtk_label_set_wrap(GTK_LABEL(left), room < UMK_APP_RECIPE_WIDE);
    gtk_label_set_justify(GTK_LABEL(left), GTK_JUSTIFY_RIGHT);
    gtk_label_set_max_width_chars(GTK_LABEL(left), 22);
    gtk_label_set_xalign(GTK_LABEL(right), 0);
    if (shown->is_id) {
        gtk_label_set_ellipsize(GTK_LABEL(right), PANGO_ELLIPSIZE_MIDDLE);
        gtk_widget_set_tooltip_text(right, shown->value);
        gtk_widget_add_css_class(right, "recipe-id");
    } else {
        gtk_label_set_wrap(GTK_LABEL(right), TRUE);
        gtk_label_set_wrap_mode(GTK_LABEL(right), PANGO_WRAP_WORD_CHAR);
        gtk_label_set_max_width_chars(GTK_LABEL(right), 38);
    }
    if (least > 0) /* the height is asked for at the least width */
        gtk_label_set_width_chars(GTK_LABEL(right),
                                  (int) MIN(g_utf8_strlen(shown->value, -1), least));
    if (shown->help != NULL)
        gtk_widget_set_tooltip_text(left, shown->help);
    gtk_widget_set_hexpand(right, TRUE);
    gtk_widget_add_css_class(left, "dim-label");
    gtk_accessible_update_relation(GTK_ACCESSIBLE(right),
                                   GTK_ACCESSIBLE_RELATION_LABELLED_BY, left, NULL, -1);
    gtk_grid_attach(grid, left, 0, line, 1, 1);
    gtk_grid_attach(grid, right, 1, line, 1, 1);
}

static GtkWidget *
make_grid(void)
{
    GtkWidget *grid = gtk_grid_new();

    gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
    gtk_grid_set_row_spacing(GTK_GRID(grid), 4);
    return grid;
}

GtkWidget *
umk_app_recipe_view_new(const GPtrArray *lines, int room)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *grid = make_grid(), *details = make_grid();

    for (guint i = 0; i < lines->len; i++) {
        const UmkAppRecipeLine *line = lines->pdata[i];

        attach(GTK_GRID(line->is_detail ? details : grid), line, room);
    }
    gtk_widget_set_margin_top(details, 6);
    gtk_box_append(GTK_BOX(box), grid);
    gtk_box_append(GTK_BOX(box), umk_app_expander_new(_("_Details"), details));
    return box;
}
