/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of symbol, name and number. A symbol is a stamp of the splatter, so the legend
 * shows exactly what the map draws. */
#include "umk-app-legend.h"

#include "umk-app-palette.h"

#include <adwaita.h>
#include <string.h>

struct _UmkAppLegend {
    GtkWidget parent_instance;
    GtkWidget *box, *title, *list;
};

G_DEFINE_FINAL_TYPE(UmkAppLegend, umk_app_legend, GTK_TYPE_WIDGET)

static GdkTexture *
draw_symbol(guint colour, guint shape, int ratio)
{
    gboolean dark = adw_style_manager_get_dark(adw_style_manager_get_default());
    UmkAppColour own = umk_app_palette_get(colour, dark);
    UmkAppStyle style = {5.6f * (float) ratio, 0, {0, 0, 0, 0}, TRUE};
    g_autoptr(UmkAppStamps) stamps = umk_app_stamps_new(&style, &own, 1);
    gsize size = (gsize) stamps->size * stamps->stride * 4;
    g_autoptr(GBytes) bytes =
        g_bytes_new(umk_app_stamps_get(stamps, 0, shape, 2, 2), size);

    return gdk_memory_texture_new((int) stamps->size, (int) stamps->size,
                                  GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, bytes,
                                  stamps->stride * 4);
}

static void
refresh_symbols(UmkAppLegend *self)
{
    for (GtkWidget *line = gtk_widget_get_first_child(self->list); line != NULL;
         line = gtk_widget_get_next_sibling(line)) {
        guint kind = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(line), "umk-kind"));
        g_autoptr(GdkTexture) texture =
            draw_symbol(kind >> 8, kind & 255, gtk_widget_get_scale_factor(line));

        gtk_image_set_from_paintable(GTK_IMAGE(gtk_widget_get_first_child(line)),
                                     GDK_PAINTABLE(texture));
    }
}

static void
umk_app_legend_dispose(GObject *object)
{
    UmkAppLegend *self = UMK_APP_LEGEND(object);

    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_legend_parent_class)->dispose(object);
}

static void
umk_app_legend_class_init(UmkAppLegendClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_legend_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "legend");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
umk_app_legend_init(UmkAppLegend *self)
{
    self->list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    self->title = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(self->title), 0);
    gtk_label_set_wrap(GTK_LABEL(self->title), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(self->title), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_max_width_chars(GTK_LABEL(self->title), 30);
    gtk_widget_add_css_class(self->title, "caption");
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
    gtk_box_append(GTK_BOX(self->box), self->title);
    gtk_box_append(GTK_BOX(self->box), self->list);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                            G_CALLBACK(refresh_symbols), self, G_CONNECT_SWAPPED);
}

static GtkWidget *
make_line(const UmkAppClass *class)
{
    g_autofree char *number = g_strdup_printf("%'zu", class->n_items);
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    GtkWidget *symbol = gtk_image_new(), *name = gtk_label_new(class->name);
    GtkWidget *count = gtk_label_new(number);

    gtk_image_set_pixel_size(GTK_IMAGE(symbol), 16);
    g_object_set(symbol, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
    gtk_label_set_xalign(GTK_LABEL(name), 0);
    gtk_label_set_ellipsize(GTK_LABEL(name), PANGO_ELLIPSIZE_END);
    gtk_widget_set_hexpand(name, TRUE);
    gtk_widget_add_css_class(count, "dim-label");
    gtk_widget_add_css_class(count, "numeric");
    gtk_box_append(GTK_BOX(line), symbol);
    gtk_box_append(GTK_BOX(line), name);
    gtk_box_append(GTK_BOX(line), count);
    g_object_set_data(G_OBJECT(line), "umk-kind",
                      GUINT_TO_POINTER((guint) class->colour << 8 | class->shape));
    return line;
}

void
umk_app_legend_set_classes(UmkAppLegend *self, const UmkAppClasses *classes)
{
    const char *title = classes != NULL ? classes->title : NULL;
    GtkWidget *line;

    gtk_label_set_label(GTK_LABEL(self->title), title != NULL ? title : "");
    gtk_widget_set_visible(self->title, title != NULL);
    while ((line = gtk_widget_get_first_child(self->list)) != NULL)
        gtk_box_remove(GTK_BOX(self->list), line);
    for (guint i = 0; classes != NULL && i < classes->classes->len; i++)
        gtk_box_append(GTK_BOX(self->list),
                       make_line(&g_array_index(classes->classes, UmkAppClass, i)));
    refresh_symbols(self);
}
