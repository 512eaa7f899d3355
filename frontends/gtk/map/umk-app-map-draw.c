/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows the map: the points as one picture, and over it the few things that change often:
 * rings, names, the card about the pointer. */
#include "umk-app-map-parts.h"

#include "umk-app-lens.h"
#include "umk-app-modality.h"

#include <math.h>

/* ---- rings, names, card
 * ---------------------------------------------------------------------- */

void
_umk_app_map_append_ring(GtkSnapshot *snapshot,
                         float x,
                         float y,
                         float radius,
                         float width,
                         const GdkRGBA *colour)
{
    GskRoundedRect outline;
    float widths[4] = {width, width, width, width};
    GdkRGBA colours[4] = {*colour, *colour, *colour, *colour};

    gsk_rounded_rect_init_from_rect(
        &outline, &GRAPHENE_RECT_INIT(x - radius, y - radius, 2 * radius, 2 * radius),
        radius);
    gtk_snapshot_append_border(snapshot, &outline, widths, colours);
}

/* What was found is circled: a selection stands out by colour alone. */
static void
append_found(UmkAppMap *self, GtkSnapshot *snapshot)
{
    GdkRGBA base = _umk_app_map_theme(self, "view_bg_color"),
            text = _umk_app_map_theme(self, "view_fg_color");
    float x, y, width = _umk_app_map_is_strong() ? 2 : 1.4f;

    for (guint i = 0; i < self->rings->len; i++) {
        guint32 row = g_array_index(self->rings, guint32, i);

        if (!_umk_app_map_place(self, row, &x, &y) ||
            self->looks->flags[self->points->by_row[row]] & UMK_APP_LOOK_HIDDEN)
            continue;
        _umk_app_map_append_ring(snapshot, x, y, 7 + width, 2 + width, &base);
        _umk_app_map_append_ring(snapshot, x, y, 6 + width, width, &text);
    }
}

static void
append_rings(UmkAppMap *self, GtkSnapshot *snapshot)
{
    GdkRGBA accent = _umk_app_map_theme(self, "accent_color");
    GdkRGBA base = _umk_app_map_theme(self, "view_bg_color"),
            text = _umk_app_map_theme(self, "view_fg_color");
    float x, y;

    if (_umk_app_map_place(self, self->selected, &x, &y)) {
        _umk_app_map_append_ring(snapshot, x, y, 12.5f, 5, &base);
        _umk_app_map_append_ring(snapshot, x, y, 11.5f, 3, &accent);
    }
    if (self->cursor != self->selected &&
        _umk_app_map_place(self, self->cursor, &x, &y)) {
        _umk_app_map_append_ring(snapshot, x, y, 11, 4, &base);
        _umk_app_map_append_ring(snapshot, x, y, 10, 2, &text);
    }
    if (self->hovered != self->selected &&
        _umk_app_map_place(self, self->hovered, &x, &y)) {
        _umk_app_map_append_ring(snapshot, x, y, 10, 3.5f, &base);
        _umk_app_map_append_ring(snapshot, x, y, 9, 2, &accent);
    }
}

static void
append_box(UmkAppMap *self,
           GtkSnapshot *snapshot,
           const graphene_rect_t *box,
           float round,
           const GdkRGBA *fill)
{
    GskRoundedRect outline;
    GdkRGBA shadow = {0, 0, 0, 0.22f}, rim = _umk_app_map_theme(self, "popover_fg_color");
    float widths[4] = {1, 1, 1, 1};
    GdkRGBA colours[4] = {rim, rim, rim, rim};

    gsk_rounded_rect_init_from_rect(&outline, box, round);
    gtk_snapshot_append_outset_shadow(snapshot, &outline, &shadow, 0, 1, 0, 5);
    gtk_snapshot_push_rounded_clip(snapshot, &outline);
    gtk_snapshot_append_color(snapshot, fill, box);
    gtk_snapshot_pop(snapshot);
    if (_umk_app_map_is_strong())
        gtk_snapshot_append_border(snapshot, &outline, widths, colours);
}

static void
append_text(
    GtkSnapshot *snapshot, PangoLayout *layout, float x, float y, const GdkRGBA *colour)
{
    PangoRectangle box;

    /* from right to left it lies at the far end of the width that it may take */
    pango_layout_get_pixel_extents(layout, NULL, &box);
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(x - (float) box.x, y));
    gtk_snapshot_append_layout(snapshot, layout, colour);
    gtk_snapshot_restore(snapshot);
}

static PangoLayout *
make_layout(UmkAppMap *self, const char *text, int max_width, double size, gboolean bold)
{
    PangoLayout *layout = gtk_widget_create_pango_layout(GTK_WIDGET(self), text);
    PangoAttrList *attributes = pango_attr_list_new();

    pango_attr_list_insert(attributes, pango_attr_scale_new(size));
    if (bold)
        pango_attr_list_insert(attributes, pango_attr_weight_new(PANGO_WEIGHT_SEMIBOLD));
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    pango_layout_set_width(layout, max_width * PANGO_SCALE);
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    return layout;
}

/* A name in a pill beside its point, if no other is there. */
static void
append_label(UmkAppMap *self,
             GtkSnapshot *snapshot,
             guint32 row,
             UmkItem *item,
             gboolean bold,
             GArray *taken)
{
    GdkRGBA fill = _umk_app_map_theme(self, "popover_bg_color"),
            text = _umk_app_map_theme(self, "popover_fg_color");
    g_autofree char *title = NULL;
    g_autoptr(PangoLayout) layout = NULL;
    graphene_rect_t box;
    int width, height;
    float x, y, gap = bold ? 16 : 12;

    if (!_umk_app_map_place(self, row, &x, &y) || row == self->hovered)
        return;
    title = umk_app_item_dup_title(item);
    layout = make_layout(self, title, bold ? 200 : 140, 0.88, bold);
    pango_layout_get_pixel_size(layout, &width, &height);
    if (x + gap + (float) width + 16 > (float) self->view.width)
        x -= (float) width + 14 + 2 * gap;
    box = GRAPHENE_RECT_INIT(x + gap, y - (float) height / 2 - 2, (float) width + 14,
                             (float) height + 4);
    for (guint k = 0; k < taken->len; k++)
        if (graphene_rect_intersection(&g_array_index(taken, graphene_rect_t, k), &box,
                                       NULL))
            return;
    g_array_append_val(taken, box);
    fill.alpha = bold ? 0.96f : 0.88f;
    append_box(self, snapshot, &box, box.size.height / 2, &fill);
    append_text(snapshot, layout, box.origin.x + 7, box.origin.y + 2, &text);
}

/* Names of what the cursor is at, of what is looked at and of the first results, where
 * there is room. */
static void
append_labels(UmkAppMap *self, GtkSnapshot *snapshot)
{
    g_array_set_size(self->named, 0);
    if (self->cursor_item != NULL && self->cursor != self->selected)
        append_label(self, snapshot, self->cursor, self->cursor_item, TRUE, self->named);
    if (self->selected_item != NULL)
        append_label(self, snapshot, self->selected, self->selected_item, TRUE,
                     self->named);
    for (guint i = 0; i < self->labels->len; i++)
        if (self->label_rows[i] != self->selected && self->label_rows[i] != self->cursor)
            append_label(self, snapshot, self->label_rows[i], self->labels->pdata[i],
                         FALSE, self->named);
}

/* Fits w × h into a square of that side. */
static void
fit_into(float side, float *w, float *h)
{
    float shrink = side / MAX(MAX(*w, *h), 1);

    *w *= shrink;
    *h *= shrink;
}

static void
append_card(UmkAppMap *self, GtkSnapshot *snapshot)
{
    GdkRGBA fill = _umk_app_map_theme(self, "popover_bg_color"),
            text = _umk_app_map_theme(self, "popover_fg_color");
    g_autofree char *title = NULL, *subtitle = NULL;
    g_autoptr(PangoLayout) first = NULL, second = NULL;
    int w1, h1, w2, h2;
    float x, y, width, height, picture = self->hover_picture ? 64 : 0;
    graphene_rect_t box;

    if (self->hover_item == NULL || self->dragging ||
        !_umk_app_map_place(self, self->hovered, &x, &y))
        return;
    title = umk_app_item_dup_title(self->hover_item);
    subtitle = umk_app_item_dup_subtitle(self->hover_item);
    first = make_layout(self, title, 220, 1, TRUE);
    second = make_layout(self, subtitle, 220, 0.85, FALSE);
    pango_layout_get_pixel_size(first, &w1, &h1);
    pango_layout_get_pixel_size(second, &w2, &h2);
    width = (float) MAX(w1, w2) + 24 + (picture > 0 ? picture + 10 : 0);
    height = MAX((float) (h1 + h2 + 2), picture) + 16;
    x = x + 18 + width > (float) self->view.width ? x - 18 - width : x + 18;
    y = CLAMP(y - height / 2, 6, MAX(6, (float) self->view.height - height - 6));
    box = GRAPHENE_RECT_INIT(MAX(x, 6), y, width, height);
    append_box(self, snapshot, &box, 10, &fill);
    x = box.origin.x + 12;
    if (picture > 0) {
        float w = (float) gdk_texture_get_width(self->hover_picture);
        float h = (float) gdk_texture_get_height(self->hover_picture);

        fit_into(picture, &w, &h);
        gtk_snapshot_append_texture(
            snapshot, self->hover_picture,
            &GRAPHENE_RECT_INIT(x + (picture - w) / 2, y + (height - h) / 2, w, h));
        x += picture + 10;
    }
    y += (height - (float) (h1 + h2 + 2)) / 2;
    append_text(snapshot, first, x, y, &text);
    text.alpha *= 0.65f;
    append_text(snapshot, second, x, y + (float) h1 + 2, &text);
}

/* Where neither side has more. */
static void
append_zero(UmkAppMap *self, GtkSnapshot *snapshot, gboolean up)
{
    GdkRGBA line = _umk_app_map_theme(self, "popover_fg_color");
    double zero = up ? self->layout->zero_up : self->layout->zero, x, y;
    float width = (float) self->view.width, height = (float) self->view.height;

    if (!isfinite(zero))
        return;
    umk_app_view_to_screen(&self->view, up ? 0 : zero, up ? zero : 0, &x, &y);
    line.alpha *= 0.3f;
    gtk_snapshot_append_color(snapshot, &line,
                              up ? &GRAPHENE_RECT_INIT(0, (float) y - 0.5f, width, 1)
                                 : &GRAPHENE_RECT_INIT((float) x - 0.5f, 0, 1, height));
}

enum { SIDE_LEFT, SIDE_RIGHT, SIDE_BOTTOM, SIDE_TOP, N_SIDES };

/* What lies at the ends: of the axis across in the upper corners, of the one upward in
 * the middle of the edges. */
static void
append_end(UmkAppMap *self, GtkSnapshot *snapshot, guint side, const char *end)
{
    static const char *const forms[N_SIDES] = {"← %s", "%s →", "↓ %s", "↑ %s"};
    GdkRGBA fill = _umk_app_map_theme(self, "popover_bg_color"),
            text = _umk_app_map_theme(self, "popover_fg_color");
    double share = self->layout->bottom != NULL ? 3 : 2, gap = 72 / share;
    g_autoptr(GString) name = g_string_new(forms[side]);
    g_autoptr(PangoLayout) layout = NULL;
    float w, h, x, y;
    int width, height;

    g_string_replace(name, "%s", end, 1);
    layout = make_layout(self, name->str, (int) MAX(40, self->view.width / share - gap),
                         0.88, TRUE);
    pango_layout_get_pixel_size(layout, &width, &height);
    w = (float) width + 14;
    h = (float) height + 4;
    x = side == SIDE_LEFT    ? 10
        : side == SIDE_RIGHT ? (float) self->view.width - w - 10
                             : ((float) self->view.width - w) / 2;
    y = side == SIDE_BOTTOM ? (float) self->view.height - h - 10 : 10;
    fill.alpha = 0.88f;
    append_box(self, snapshot, &GRAPHENE_RECT_INIT(x, y, w, h), h / 2, &fill);
    append_text(snapshot, layout, x + 7, y + 2, &text);
}

static void
append_axis(UmkAppMap *self, GtkSnapshot *snapshot)
{
    const UmkAppLayout *layout = self->layout;

    if (layout != NULL && layout->left != NULL) {
        append_zero(self, snapshot, FALSE);
        append_end(self, snapshot, SIDE_LEFT, layout->left);
        append_end(self, snapshot, SIDE_RIGHT, layout->right);
    }
    if (layout != NULL && layout->bottom != NULL) {
        append_zero(self, snapshot, TRUE);
        append_end(self, snapshot, SIDE_BOTTOM, layout->bottom);
        append_end(self, snapshot, SIDE_TOP, layout->top);
    }
}

void
_umk_app_map_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    UmkAppMap *self = UMK_APP_MAP(widget);

    _umk_app_map_points_append(self, snapshot);
    _umk_app_map_links_append(self->links, snapshot);
    append_found(self, snapshot);
    _umk_app_map_pictures_append(self->pictures, snapshot);
    _umk_app_map_spots_append(_umk_app_map_names_get_spots(self->names), snapshot);
    append_axis(self, snapshot);
    append_rings(self, snapshot);
    append_labels(self, snapshot);
    _umk_app_map_append_outline(self, snapshot);
    _umk_app_map_append_brush(self, snapshot);
    append_card(self, snapshot);
}
