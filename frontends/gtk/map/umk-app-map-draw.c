/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows the map: the points as one picture, and over it the few things that change often:
 * rings, names, the card about the pointer. */
#include "umk-app-map-parts.h"

#include "umk-app-lens.h"
#include "umk-app-modality.h"

#include <math.h>

/* ---- rings, names, card
 * ---------------------------------------------------------------------- */

static void
append_ring(GtkSnapshot *snapshot,
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

static void
append_rings(UmkAppMap *self, GtkSnapshot *snapshot)
{
    GdkRGBA accent = _umk_app_map_theme(self, "accent_color");
    GdkRGBA base = _umk_app_map_theme(self, "view_bg_color"),
            text = _umk_app_map_theme(self, "view_fg_color");
    float x, y;

    if (_umk_app_map_place(self, self->selected, &x, &y)) {
        append_ring(snapshot, x, y, 12.5f, 5, &base);
        append_ring(snapshot, x, y, 11.5f, 3, &accent);
    }
    if (self->cursor != self->selected &&
        _umk_app_map_place(self, self->cursor, &x, &y)) {
        append_ring(snapshot, x, y, 11, 4, &base);
        append_ring(snapshot, x, y, 10, 2, &text);
    }
    if (self->hovered != self->selected &&
        _umk_app_map_place(self, self->hovered, &x, &y)) {
        append_ring(snapshot, x, y, 10, 3.5f, &base);
        append_ring(snapshot, x, y, 9, 2, &accent);
    }
}

static void
append_box(GtkSnapshot *snapshot,
           const graphene_rect_t *box,
           float round,
           const GdkRGBA *fill)
{
    GskRoundedRect outline;
    GdkRGBA shadow = {0, 0, 0, 0.22f};

    gsk_rounded_rect_init_from_rect(&outline, box, round);
    gtk_snapshot_append_outset_shadow(snapshot, &outline, &shadow, 0, 1, 0, 5);
    gtk_snapshot_push_rounded_clip(snapshot, &outline);
    gtk_snapshot_append_color(snapshot, fill, box);
    gtk_snapshot_pop(snapshot);
}

static void
append_text(
    GtkSnapshot *snapshot, PangoLayout *layout, float x, float y, const GdkRGBA *colour)
{
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(x, y));
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

/* Names of the first results, each in a pill beside its point where there is room. */
static void
append_labels(UmkAppMap *self, GtkSnapshot *snapshot)
{
    GdkRGBA fill = _umk_app_map_theme(self, "popover_bg_color"),
            text = _umk_app_map_theme(self, "popover_fg_color");
    graphene_rect_t taken[UMK_APP_MAP_LABELS];
    guint n_taken = 0;

    fill.alpha = 0.88f;
    for (guint i = 0; i < self->labels->len; i++) {
        g_autofree char *title = umk_app_item_dup_title(self->labels->pdata[i]);
        g_autoptr(PangoLayout) layout = NULL;
        graphene_rect_t box;
        gboolean free_place = TRUE;
        int width, height;
        float x, y;

        if (!_umk_app_map_place(self, self->label_rows[i], &x, &y) ||
            self->label_rows[i] == self->hovered)
            continue;
        layout = make_layout(self, title, 140, 0.88, FALSE);
        pango_layout_get_pixel_size(layout, &width, &height);
        if (x + 14 + (float) width + 14 > (float) self->view.width)
            x -= (float) width + 40;
        box = GRAPHENE_RECT_INIT(x + 12, y - (float) height / 2 - 2, (float) width + 14,
                                 (float) height + 4);
        for (guint k = 0; k < n_taken; k++)
            free_place = free_place && !graphene_rect_intersection(&taken[k], &box, NULL);
        if (!free_place)
            continue;
        taken[n_taken++] = box;
        append_box(snapshot, &box, box.size.height / 2, &fill);
        append_text(snapshot, layout, box.origin.x + 7, box.origin.y + 2, &text);
    }
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
    append_box(snapshot, &box, 10, &fill);
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
    append_box(snapshot, &GRAPHENE_RECT_INIT(x, y, w, h), h / 2, &fill);
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
    _umk_app_map_pictures_append(self->pictures, snapshot);
    _umk_app_map_spots_append(_umk_app_map_names_get_spots(self->names), snapshot);
    append_axis(self, snapshot);
    append_rings(self, snapshot);
    append_labels(self, snapshot);
    _umk_app_map_append_outline(self, snapshot);
    append_card(self, snapshot);
}
