/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The points of the map, drawn by a painter beside the main loop. Every frame shows the
 * last picture at once, moved to where the view is now; a new one is asked for meanwhile,
 * a quick sample as long as the view moves, the whole once it rests. What is drawn while
 * a hand drags the map reaches beyond its edges, so that one picture does for a while. */
#include "umk-app-map-parts.h"

#include "umk-app-painter.h"

#include <adwaita.h>
#include <math.h>

#define MARGIN  128  /* pixels beyond the edges while the map is dragged */
#define RESERVE 32   /* of them, from which another picture is asked for */
#define WIDEST  4096 /* pixels; what is larger has no margin */
#define SETTLE  60   /* ms of rest after which the whole is drawn */

struct _UmkAppMapPoints {
    UmkAppPainter *painter;
    GskRenderNode *node;           /* the last picture, in pixels of its view */
    gboolean whole;                /* and no sample */
    guint serial, asked;           /* of what it shows; as asked for last */
    guint first;                   /* older ones are of another collection */
    UmkAppView at, asked_view;     /* of the last frame; of the last order */
    gboolean asked_whole, shifted; /* as asked for last; moved without zoom or turn */
    gint64 moved;                  /* when the view was last another */
};

static GskRenderNode *
make_node(const UmkAppPainted *painted)
{
    graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, (float) painted->view.width,
                                             (float) painted->view.height);
    GskRenderNode *node;
    cairo_t *cr;
    double ratio;

    if (painted->texture != NULL)
        return gsk_texture_node_new(painted->texture, &all);
    node = gsk_cairo_node_new(&all);
    cr = gsk_cairo_node_get_draw_context(node);
    ratio = cairo_image_surface_get_width(painted->surface) / painted->view.width;
    cairo_scale(cr, 1 / ratio, 1 / ratio);
    cairo_set_source_surface(cr, painted->surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_BILINEAR);
    cairo_set_operator(cr, CAIRO_OPERATOR_SOURCE);
    cairo_paint(cr);
    cairo_destroy(cr);
    return node;
}

static void
painted(UmkAppPainted *painted, gpointer data)
{
    UmkAppMap *self = data;
    UmkAppMapPoints *points = self->cloud;

    if (painted->serial < points->first)
        return;
    g_clear_pointer(&points->node, gsk_render_node_unref);
    points->node = make_node(painted);
    points->whole = painted->whole;
    points->serial = painted->serial;
    self->drawn = painted->view;
    self->n_frames++;
    umk_app_scene_set_seen(self->scene);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

UmkAppMapPoints *
_umk_app_map_points_new(UmkAppMap *map)
{
    UmkAppMapPoints *self = g_new0(UmkAppMapPoints, 1);

    self->painter = umk_app_painter_new(painted, map);
    return self;
}

void
_umk_app_map_points_free(UmkAppMapPoints *self)
{
    umk_app_painter_free(self->painter);
    g_clear_pointer(&self->node, gsk_render_node_unref);
    g_free(self);
}

/* Another collection: what is drawn, and what is under way, is of the old one. */
void
_umk_app_map_points_drop(UmkAppMapPoints *self)
{
    self->first = ++self->asked;
    g_clear_pointer(&self->node, gsk_render_node_unref);
}

/* Whether the picture and the order under way are whole and of the view and the looks as
 * they are now. */
gboolean
_umk_app_map_points_is_done(UmkAppMap *map)
{
    UmkAppMapPoints *self = map->cloud;

    return self->node != NULL && self->whole && !map->stale &&
           !_umk_app_map_looks_is_busy(map->dress) && self->serial == self->asked &&
           umk_app_view_equal(&map->view, &map->drawn);
}

/* ---- what is asked for
 * ---------------------------------------------------------------- */

/* GTK's cairo renderer lays an opaque surface down in half the time of a texture. */
static gboolean
wants_opaque(UmkAppMap *map)
{
    GtkNative *native = gtk_widget_get_native(GTK_WIDGET(map));
    GskRenderer *renderer = native != NULL ? gtk_native_get_renderer(native) : NULL;

    return renderer != NULL && GSK_IS_CAIRO_RENDERER(renderer);
}

static UmkAppColour
theme_colour(UmkAppMap *map, const char *name)
{
    GdkRGBA c = {0.5f, 0.5f, 0.5f, 1};

    gtk_style_context_lookup_color(gtk_widget_get_style_context(GTK_WIDGET(map)), name,
                                   &c);
    return (UmkAppColour){c.red, c.green, c.blue, c.alpha};
}

static void
fill_order(UmkAppMap *map, UmkAppOrder *order)
{
    const UmkAppLook *look = umk_app_scene_get_look(map->scene);
    gboolean dark = adw_style_manager_get_dark(adw_style_manager_get_default());
    gboolean any = map->looks->n_marked > 0;

    order->layout = map->layout;
    order->looks = map->looks;
    order->view = map->view;
    order->ratio = gtk_widget_get_scale_factor(GTK_WIDGET(map));
    umk_app_palette_fill(order->palettes[UMK_APP_LAYER_CONTEXT], dark, 0.3f, 0.92f);
    umk_app_palette_fill(order->palettes[UMK_APP_LAYER_PLAIN], dark, any ? 0.5f : 1,
                         any ? 0.75f : 0);
    umk_app_palette_fill(order->palettes[UMK_APP_LAYER_MARKED], dark, 1, 0);
    order->layers[UMK_APP_LAYER_CONTEXT] = look->context;
    order->layers[UMK_APP_LAYER_PLAIN] = look->context || !any;
    order->layers[UMK_APP_LAYER_MARKED] = TRUE;
    order->picture.rim = dark ? (UmkAppColour){0.14f, 0.13f, 0.14f, 0.85f}
                              : (UmkAppColour){1, 1, 1, 0.85f};
    order->picture.line = theme_colour(map, "view_fg_color");
    order->picture.line.a *= 0.4f;
    if (wants_opaque(map))
        order->picture.ground = theme_colour(map, "view_bg_color");
    order->picture.opacity = CLAMP(look->opacity, 0, 1);
    order->picture.points = look->points;
    order->picture.density = look->density;
    order->picture.contours = look->contours;
}

static gboolean
settled(gpointer data)
{
    UmkAppMap *map = data;

    map->settle = 0;
    gtk_widget_queue_draw(GTK_WIDGET(map));
    return G_SOURCE_REMOVE;
}

/* From the same distance and side. */
static gboolean
is_shifted(const UmkAppView *a, const UmkAppView *b)
{
    return fabs(a->scale - b->scale) < 1e-9 * a->scale && a->yaw == b->yaw &&
           a->pitch == b->pitch;
}

/* Whether a picture shows all that is looked at, and somewhat more. */
static gboolean
reaches(const UmkAppView *picture, const UmkAppView *view)
{
    double left = (picture->width - view->width) / 2 - RESERVE;
    double over = (picture->height - view->height) / 2 - RESERVE;

    return is_shifted(picture, view) &&
           fabs(picture->x - view->x) * view->scale <= left &&
           fabs(picture->y - view->y) * view->scale <= over;
}

/* Haze and lines are made of all that is in the picture, so that has no margin. */
static double
choose_margin(UmkAppMap *map)
{
    const UmkAppLook *look = umk_app_scene_get_look(map->scene);

    return look->density || look->contours || map->view.width > WIDEST ||
                   map->view.height > WIDEST
               ? 0
               : MARGIN;
}

static void
ask(UmkAppMap *map)
{
    UmkAppMapPoints *self = map->cloud;
    gint64 now = g_get_monotonic_time();
    UmkAppOrder order;

    if (!umk_app_view_equal(&map->view, &self->at)) {
        if (self->at.width > 0)
            self->moved = now;
        self->shifted = is_shifted(&self->at, &map->view);
        self->at = map->view;
    }
    if (map->stale)
        self->asked++;
    if (_umk_app_map_points_is_done(map))
        return;
    memset(&order, 0, sizeof order);
    order.hasty = now - self->moved < SETTLE * 1000;
    order.serial = self->asked;
    if (order.hasty && map->settle == 0)
        map->settle = g_timeout_add(SETTLE + 10, settled, map);
    /* already shown, or on its way */
    if (!map->stale && umk_app_view_equal(&map->view, &self->asked_view) &&
        (order.hasty || self->asked_whole))
        return;
    if (!map->stale && order.hasty && reaches(&self->asked_view, &map->view))
        return;
    fill_order(map, &order);
    order.margin = order.hasty && self->shifted ? choose_margin(map) : 0;
    umk_app_painter_ask(self->painter, &order);
    self->asked_view = map->view;
    self->asked_view.width += 2 * order.margin;
    self->asked_view.height += 2 * order.margin;
    self->asked_whole = !order.hasty;
    map->stale = FALSE;
}

void
_umk_app_map_points_append(UmkAppMap *map, GtkSnapshot *snapshot)
{
    UmkAppMapPoints *self = map->cloud;
    double left, top, zoom;

    if (map->points == NULL || map->points->n_points == 0 || map->view.width < 1 ||
        map->view.height < 1)
        return;
    if (!_umk_app_map_looks_is_blank(map->dress))
        ask(map);
    if (self->node == NULL)
        return;
    zoom = map->view.scale / map->drawn.scale;
    umk_app_view_to_screen(&map->view, map->drawn.x, map->drawn.y, &left, &top);
    left -= map->drawn.width / 2 * zoom;
    top -= map->drawn.height / 2 * zoom;
    if (umk_app_view_equal(&map->view, &map->drawn)) {
        gtk_snapshot_append_node(snapshot, self->node);
        return;
    }
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT((float) left, (float) top));
    gtk_snapshot_scale(snapshot, (float) zoom, (float) zoom);
    gtk_snapshot_append_node(snapshot, self->node);
    gtk_snapshot_restore(snapshot);
}
