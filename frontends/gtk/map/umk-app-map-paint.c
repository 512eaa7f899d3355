/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What everything that lies over the points needs: where a row is on the screen, colours
 * of the theme, words with a halo. */
#include "umk-app-map-parts.h"

#include "umk-app-lens.h"

#include <adwaita.h>

#include <math.h>

#define HALO   4.5 /* pixels, both sides of a stroke together */
#define WIDE   190 /* pixels of words at most, at their size */
#define BEYOND 40  /* pixels outside of the widget that still count as on it */

gboolean
_umk_app_map_place(UmkAppMap *self, guint32 row, float *sx, float *sy)
{
    double dx, dy, x, y;

    if (row == UMK_APP_NO_ROW || self->points == NULL ||
        !umk_app_points_see(self->points, &self->view, row, &x, &y))
        return FALSE;
    umk_app_view_to_screen(&self->view, x, y, &dx, &dy);
    *sx = (float) dx;
    *sy = (float) dy;
    return dx > -BEYOND && dy > -BEYOND && dx < self->view.width + BEYOND &&
           dy < self->view.height + BEYOND;
}

GdkRGBA
_umk_app_map_theme(UmkAppMap *self, const char *name)
{
    GdkRGBA colour = {0.5f, 0.5f, 0.5f, 1};

    gtk_style_context_lookup_color(gtk_widget_get_style_context(GTK_WIDGET(self)), name,
                                   &colour);
    return colour;
}

/* Whether people have asked for high contrast. */
gboolean
_umk_app_map_is_strong(void)
{
    return adw_style_manager_get_high_contrast(adw_style_manager_get_default());
}

static PangoLayout *
lay_out(UmkAppMap *self, const char *text, double size)
{
    PangoLayout *layout = gtk_widget_create_pango_layout(GTK_WIDGET(self), text);
    PangoAttrList *attributes = pango_attr_list_new();

    pango_attr_list_insert(attributes, pango_attr_scale_new(size));
    pango_attr_list_insert(attributes, pango_attr_weight_new(PANGO_WEIGHT_SEMIBOLD));
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    pango_layout_set_width(layout, (int) (WIDE * size) * PANGO_SCALE);
    pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_height(layout, -2);
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    return layout;
}

/* Words in the colour of text, with a rim in that of the ground, so that they are read on
 * anything. As a picture: it is the same from frame to frame. */
GdkTexture *
_umk_app_map_paint_text(UmkAppMap *self, const char *text, double size)
{
    int ratio = gtk_widget_get_scale_factor(GTK_WIDGET(self));
    GdkRGBA ground = _umk_app_map_theme(self, "view_bg_color");
    GdkRGBA ink = _umk_app_map_theme(self, "view_fg_color");
    g_autoptr(PangoLayout) layout = lay_out(self, text, size);
    g_autoptr(GBytes) bytes = NULL;
    double halo = _umk_app_map_is_strong() ? HALO + 2 : HALO;
    cairo_surface_t *surface;
    cairo_t *cr;
    PangoRectangle box;
    int width, height, stride;

    pango_layout_get_pixel_extents(layout, NULL, &box);
    width = (box.width + (int) ceil(halo) + 2) * ratio;
    height = (box.height + (int) ceil(halo) + 2) * ratio;
    surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
    cairo_surface_set_device_scale(surface, ratio, ratio);
    cr = cairo_create(surface);
    cairo_move_to(cr, halo / 2 + 1 - box.x, halo / 2 + 1 - box.y);
    pango_cairo_layout_path(cr, layout);
    cairo_set_line_width(cr, halo);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    gdk_cairo_set_source_rgba(cr, &ground);
    cairo_stroke(cr);
    cairo_move_to(cr, halo / 2 + 1 - box.x, halo / 2 + 1 - box.y);
    gdk_cairo_set_source_rgba(cr, &ink);
    pango_cairo_show_layout(cr, layout);
    cairo_destroy(cr);
    cairo_surface_flush(surface);
    stride = cairo_image_surface_get_stride(surface);
    bytes = g_bytes_new(cairo_image_surface_get_data(surface),
                        (gsize) stride * (gsize) height);
    cairo_surface_destroy(surface);
    return gdk_memory_texture_new(width, height, GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, bytes,
                                  (gsize) stride);
}
