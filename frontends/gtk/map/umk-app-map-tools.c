/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a drag with a tool draws: a lasso or a box, and what becomes of it; the brush is
 * in a file of its own. */
#include "umk-app-map-parts.h"

#include "umk-app-lasso.h"

#include <glib/gi18n.h>

#include <math.h>

#define CORNER_APART 3.0 /* pixels between the corners of a lasso */
#define MOST_CORNERS 4096u

/* The pointer says what a press would do. */
void
_umk_app_map_show_cursor(UmkAppMap *self)
{
    static const char *const cursors[] = {NULL, "crosshair", "crosshair", "crosshair"};

    gtk_widget_set_cursor_from_name(GTK_WIDGET(self), self->hovered != UMK_APP_NO_ROW
                                                          ? "pointer"
                                                          : cursors[self->tool]);
}

void
umk_app_map_set_tool(UmkAppMap *self, UmkAppTool tool)
{
    if (self->tool == tool)
        return;
    _umk_app_map_tool_cancel(self);
    self->tool = tool;
    if (tool == UMK_APP_TOOL_BRUSH)
        _umk_app_map_hover(self, UMK_APP_NO_ROW);
    gtk_widget_queue_draw(GTK_WIDGET(self));
    _umk_app_map_show_cursor(self);
    _umk_app_map_update_actions(self);
}

UmkAppTool
umk_app_map_get_tool(UmkAppMap *self)
{
    return self->tool;
}

void
umk_app_map_set_combine(UmkAppMap *self, UmkAppCombine how)
{
    if (self->tool == UMK_APP_TOOL_BRUSH)
        self->brush_combine = how;
    else
        self->combine = how;
    _umk_app_map_update_actions(self);
}

UmkAppCombine
umk_app_map_get_combine(UmkAppMap *self)
{
    return self->tool == UMK_APP_TOOL_BRUSH ? self->brush_combine : self->combine;
}

/* Keys that are held win over what the buttons say. */
UmkAppCombine
_umk_app_map_combine_of(UmkAppMap *self, GdkModifierType keys)
{
    switch (keys & (GDK_SHIFT_MASK | GDK_CONTROL_MASK)) {
    case GDK_SHIFT_MASK:
        return UMK_APP_COMBINE_ADD;
    case GDK_CONTROL_MASK:
        return UMK_APP_COMBINE_REMOVE;
    case GDK_SHIFT_MASK | GDK_CONTROL_MASK:
        return UMK_APP_COMBINE_INTERSECT;
    default:
        return umk_app_map_get_combine(self);
    }
}

static void
add_corner(UmkAppMap *self, double x, double y)
{
    double corner[2] = {x, y};

    g_array_append_vals(self->outline, corner, 2);
}

static const double *
last_corner(UmkAppMap *self)
{
    return &g_array_index(self->outline, double, self->outline->len - 2);
}

/* With Shift the hand draws a box without another tool. */
void
_umk_app_map_tool_begin(UmkAppMap *self, double x, double y, GdkModifierType keys)
{
    g_array_set_size(self->outline, 0);
    self->drag_tool = self->tool == UMK_APP_TOOL_PAN && keys & GDK_SHIFT_MASK
                          ? UMK_APP_TOOL_BOX
                          : self->tool;
    if (self->drag_tool == UMK_APP_TOOL_BRUSH)
        _umk_app_map_brush_begin(self, x, y, keys);
    else if (self->drag_tool != UMK_APP_TOOL_PAN)
        add_corner(self, x, y);
}

void
_umk_app_map_tool_update(UmkAppMap *self, double x, double y)
{
    const double *last;
    double x0, y0;

    if (self->drag_tool == UMK_APP_TOOL_BRUSH)
        _umk_app_map_brush_update(self, x, y);
    if (self->outline->len < 2)
        return;
    last = last_corner(self);
    if (self->drag_tool == UMK_APP_TOOL_BOX) {
        x0 = g_array_index(self->outline, double, 0);
        y0 = g_array_index(self->outline, double, 1);
        g_array_set_size(self->outline, 2);
        add_corner(self, x, y0);
        add_corner(self, x, y);
        add_corner(self, x0, y);
    } else if (hypot(x - last[0], y - last[1]) >= CORNER_APART &&
               self->outline->len < 2 * MOST_CORNERS) {
        add_corner(self, x, y);
    }
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* Chooses what the outline holds, or what was painted. */
void
_umk_app_map_tool_end(UmkAppMap *self, GdkModifierType keys)
{
    g_autofree guint32 *rows = NULL;
    gsize n = 0;

    if (self->drag_tool == UMK_APP_TOOL_BRUSH)
        _umk_app_map_brush_end(self);
    if (self->drag_tool == UMK_APP_TOOL_PAN || self->outline->len < 6 ||
        self->points == NULL)
        return;
    rows = umk_app_lasso_find(self->points, self->looks, &self->view,
                              (const double *) (gpointer) self->outline->data,
                              self->outline->len / 2, &n);
    umk_app_map_select(self, rows, n, _umk_app_map_combine_of(self, keys), _("Select"));
}

void
_umk_app_map_tool_cancel(UmkAppMap *self)
{
    g_array_set_size(self->outline, 0);
    self->drag_tool = UMK_APP_TOOL_PAN;
    _umk_app_map_brush_cancel(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* The area with a thin veil, the line in the accent colour over one of the ground. */
void
_umk_app_map_append_outline(UmkAppMap *self, GtkSnapshot *snapshot)
{
    static const double dashes[] = {6, 4};
    GdkRGBA accent = _umk_app_map_theme(self, "accent_color");
    GdkRGBA ground = _umk_app_map_theme(self, "view_bg_color"), veil = accent;
    const double *at = (const double *) (gpointer) self->outline->data;
    guint n = self->outline->len / 2;
    double x0 = G_MAXDOUBLE, y0 = G_MAXDOUBLE, x1 = -G_MAXDOUBLE, y1 = -G_MAXDOUBLE;
    cairo_t *cr;

    if (n < 2)
        return;
    for (guint i = 0; i < n; i++) {
        x0 = MIN(x0, at[2 * i] - 2);
        y0 = MIN(y0, at[2 * i + 1] - 2);
        x1 = MAX(x1, at[2 * i] + 2);
        y1 = MAX(y1, at[2 * i + 1] + 2);
    }
    cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT((float) x0, (float) y0,
                                                                 (float) (x1 - x0),
                                                                 (float) (y1 - y0)));
    cairo_move_to(cr, at[0], at[1]);
    for (guint i = 1; i < n; i++)
        cairo_line_to(cr, at[2 * i], at[2 * i + 1]);
    cairo_close_path(cr);
    veil.alpha = 0.12f;
    gdk_cairo_set_source_rgba(cr, &veil);
    cairo_fill_preserve(cr);
    cairo_set_line_width(cr, _umk_app_map_is_strong() ? 4 : 3);
    gdk_cairo_set_source_rgba(cr, &ground);
    cairo_stroke_preserve(cr);
    cairo_set_line_width(cr, _umk_app_map_is_strong() ? 2.5 : 1.5);
    cairo_set_dash(cr, dashes, G_N_ELEMENTS(dashes), 0);
    gdk_cairo_set_source_rgba(cr, &accent);
    cairo_stroke(cr);
    cairo_destroy(cr);
}
