/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The brush: a circle at the pointer that chooses what it passes over. While a hand
 * draws, the map alone shows what would be chosen; the scene hears of it once, when the
 * stroke ends, so that a stroke is one step and no panel counts anew at every move. */
#include "umk-app-map-parts.h"

#include <glib/gi18n.h>

#define SMALLEST 4.0 /* pixels, of the radius */
#define LARGEST  200.0

/* What would be chosen if the stroke ended here. */
static void
show_painted(UmkAppMap *self)
{
    gsize n_words;
    const guint64 *words = umk_app_stroke_get_words(self->stroke, &n_words);
    g_autoptr(UmkAppRows) under =
        umk_app_rows_new_from_words(self->points->n_rows, words);
    UmkAppRows *painted = _umk_app_map_combine(self, under, self->brush_how);

    umk_app_rows_unref(self->painted);
    self->painted =
        painted != NULL ? painted : umk_app_rows_new(self->points->n_rows, NULL, 0);
    _umk_app_map_looks_update(self->dress);
}

static void
paint_to(UmkAppMap *self, double x, double y)
{
    UmkAppDab dab = {self->brush_x, self->brush_y, x, y, self->brush_size};

    self->brush_x = x;
    self->brush_y = y;
    gtk_widget_queue_draw(GTK_WIDGET(self));
    if (self->points == NULL)
        return;
    if (umk_app_stroke_paint(self->stroke, self->points, self->looks, &self->view,
                             &dab) ||
        self->painted == NULL)
        show_painted(self);
}

/* The way it combines is that of the press: what is shown meanwhile must not jump. */
void
_umk_app_map_brush_begin(UmkAppMap *self, double x, double y, GdkModifierType keys)
{
    _umk_app_map_brush_cancel(self);
    if (self->points == NULL)
        return;
    self->stroke = umk_app_stroke_new(self->points->n_rows);
    self->brush_how = _umk_app_map_combine_of(self, keys);
    self->brush_x = x;
    self->brush_y = y;
    paint_to(self, x, y);
}

void
_umk_app_map_brush_update(UmkAppMap *self, double x, double y)
{
    if (self->stroke != NULL)
        paint_to(self, x, y);
}

void
_umk_app_map_brush_end(UmkAppMap *self)
{
    g_autoptr(UmkAppRows) painted = g_steal_pointer(&self->painted);

    g_clear_pointer(&self->stroke, umk_app_stroke_free);
    if (painted == NULL || self->points == NULL ||
        umk_app_rows_get_n_rows(painted) != self->points->n_rows)
        return;
    umk_app_scene_end_step(self->scene);
    umk_app_scene_set_selection(self->scene, painted, _("Select with a Brush"));
}

void
_umk_app_map_brush_cancel(UmkAppMap *self)
{
    gboolean shown = self->painted != NULL;

    g_clear_pointer(&self->stroke, umk_app_stroke_free);
    g_clear_pointer(&self->painted, umk_app_rows_unref);
    if (shown && self->points != NULL)
        _umk_app_map_looks_update(self->dress);
}

/* A dab about the item that the cursor is at. */
gboolean
_umk_app_map_brush_dab(UmkAppMap *self)
{
    float x, y;

    if (!_umk_app_map_place(self, self->cursor, &x, &y))
        return FALSE;
    _umk_app_map_brush_begin(self, (double) x, (double) y, 0);
    _umk_app_map_brush_end(self);
    return TRUE;
}

/* Pixels from the middle to the rim. */
void
umk_app_map_set_brush_size(UmkAppMap *self, double size)
{
    self->brush_size = CLAMP(size, SMALLEST, LARGEST);
    _umk_app_map_update_actions(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

double
umk_app_map_get_brush_size(UmkAppMap *self)
{
    return self->brush_size;
}

/* Where the pointer is; else about the cursor, for those who paint by keys. */
static gboolean
find_middle(UmkAppMap *self, float *x, float *y)
{
    if (self->stroke != NULL || self->pointer_inside) {
        *x = (float) self->pointer_x;
        *y = (float) self->pointer_y;
        return TRUE;
    }
    return gtk_widget_has_visible_focus(GTK_WIDGET(self)) &&
           _umk_app_map_place(self, self->cursor, x, y);
}

void
_umk_app_map_append_brush(UmkAppMap *self, GtkSnapshot *snapshot)
{
    GdkRGBA accent = _umk_app_map_theme(self, "accent_color");
    GdkRGBA ground = _umk_app_map_theme(self, "view_bg_color"), veil = accent;
    float x, y, size = (float) self->brush_size, strong = _umk_app_map_is_strong();
    GskRoundedRect disc;

    if (self->tool != UMK_APP_TOOL_BRUSH || !find_middle(self, &x, &y))
        return;
    gsk_rounded_rect_init_from_rect(
        &disc, &GRAPHENE_RECT_INIT(x - size, y - size, 2 * size, 2 * size), size);
    veil.alpha = self->stroke != NULL ? 0.18f : 0.1f;
    gtk_snapshot_push_rounded_clip(snapshot, &disc);
    gtk_snapshot_append_color(snapshot, &veil, &disc.bounds);
    gtk_snapshot_pop(snapshot);
    _umk_app_map_append_ring(snapshot, x, y, size + 1 + strong, 3 + 2 * strong, &ground);
    _umk_app_map_append_ring(snapshot, x, y, size + strong, 1.5f + strong, &accent);
}
