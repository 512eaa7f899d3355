/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Density of a sample of the points in one colour, drawn once a layout. A press goes
 * there, a drag takes the view along, arrows move it by a quarter. */
#include "umk-app-minimap.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include <math.h>

#define WIDTH  168
#define HEIGHT 116
#define MARGIN 8.0
#define SAMPLE 200000u /* points that are enough for so small a picture */

struct _UmkAppMinimap {
    GtkWidget parent_instance;
    UmkAppMap *map;
    UmkAppView whole;
    GdkTexture *texture; /* NULL: to be drawn */
    int ratio;           /* pixels of the texture a pixel of the widget */
};

G_DEFINE_FINAL_TYPE(UmkAppMinimap, umk_app_minimap, GTK_TYPE_WIDGET)

/* ---- the picture ---------------------------------------------------------------------
 */

static float *
count_points(const UmkAppPoints *points, const UmkAppView *view, int w, int h, int ratio)
{
    float *counts = g_new0(float, (gsize) w *(gsize) h);
    gsize n = MIN(points->n_points, SAMPLE);

    for (gsize i = 0; i < n; i++) {
        gsize at = (gsize) ((double) i * (double) points->n_points / (double) n);
        double x, y, z;

        umk_app_points_get(points, at, &x, &y, &z);
        umk_app_view_to_screen(view, x, y, &x, &y);
        x *= ratio;
        y *= ratio;
        if (x >= 0 && y >= 0 && x < w && y < h)
            counts[(gsize) y * (gsize) w + (gsize) x] += 1;
    }
    return counts;
}

static void
draw(UmkAppMinimap *self, const UmkAppPoints *points)
{
    int ratio = gtk_widget_get_scale_factor(GTK_WIDGET(self));
    int w = WIDTH * ratio, h = HEIGHT * ratio;
    gsize size = (gsize) w * (gsize) h;
    g_autofree float *counts = NULL;
    g_autoptr(GBytes) bytes = NULL;
    guint32 *pixels = g_new(guint32, size);
    GdkRGBA ink = {0.5f, 0.5f, 0.5f, 1};
    float most = 0;

    self->whole.width = WIDTH;
    self->whole.height = HEIGHT;
    umk_app_view_fit(&self->whole, points->bounds, MARGIN);
    gtk_style_context_lookup_color(gtk_widget_get_style_context(GTK_WIDGET(self)),
                                   "view_fg_color", &ink);
    counts = count_points(points, &self->whole, w, h, ratio);
    for (gsize i = 0; i < size; i++)
        most = MAX(most, counts[i]);
    for (gsize i = 0; i < size; i++) {
        float a = counts[i] > 0 ? 0.35f + 0.5f * logf(1 + counts[i]) / logf(1 + most) : 0;
        guint32 alpha = (guint32) (a * 255), r = (guint32) (ink.red * a * 255),
                g = (guint32) (ink.green * a * 255), b = (guint32) (ink.blue * a * 255);

        pixels[i] = alpha << 24 | r << 16 | g << 8 | b;
    }
    bytes = g_bytes_new_take(pixels, size * 4);
    self->texture = gdk_memory_texture_new(w, h, GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, bytes,
                                           (gsize) w * 4);
    self->ratio = ratio;
}

/* What is seen, in pixels of this widget; at least so large that it is found. */
static graphene_rect_t
frame_of(UmkAppMinimap *self)
{
    const UmkAppView *view = umk_app_map_get_view(self->map);
    double x0, y0, x1, y1, w, h;

    umk_app_view_to_plane(view, 0, 0, &x0, &y0);
    umk_app_view_to_plane(view, view->width, view->height, &x1, &y1);
    umk_app_view_to_screen(&self->whole, x0, y0, &x0, &y0);
    umk_app_view_to_screen(&self->whole, x1, y1, &x1, &y1);
    w = MAX(x1 - x0, 6);
    h = MAX(y1 - y0, 6);
    return GRAPHENE_RECT_INIT((float) ((x0 + x1 - w) / 2), (float) ((y0 + y1 - h) / 2),
                              (float) w, (float) h);
}

static void
umk_app_minimap_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    UmkAppMinimap *self = UMK_APP_MINIMAP(widget);
    const UmkAppPoints *points = self->map ? umk_app_map_get_points(self->map) : NULL;
    graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, WIDTH, HEIGHT), frame;
    graphene_rect_t inside = GRAPHENE_RECT_INIT(2, 2, WIDTH - 4, HEIGHT - 4);
    GskRoundedRect outline;
    GdkRGBA accent = {0.5f, 0.5f, 0.5f, 1}, veil;

    if (points == NULL || points->n_points == 0)
        return;
    if (self->texture == NULL || self->ratio != gtk_widget_get_scale_factor(widget)) {
        g_clear_object(&self->texture);
        draw(self, points);
    }
    gtk_style_context_lookup_color(gtk_widget_get_style_context(widget), "accent_color",
                                   &accent);
    gtk_snapshot_append_texture(snapshot, self->texture, &all);
    frame = frame_of(self);
    graphene_rect_intersection(&inside, &frame, &frame);
    veil = accent;
    veil.alpha = 0.12f;
    gtk_snapshot_append_color(snapshot, &veil, &frame);
    gsk_rounded_rect_init_from_rect(&outline, &frame, 3);
    gtk_snapshot_append_border(snapshot, &outline, (float[4]){1.5f, 1.5f, 1.5f, 1.5f},
                               (GdkRGBA[4]){accent, accent, accent, accent});
}

/* ---- going there ---------------------------------------------------------------------
 */

static void
go_to(UmkAppMinimap *self, double x, double y)
{
    double px, py;

    if (self->map == NULL || self->texture == NULL)
        return;
    umk_app_view_to_plane(&self->whole, CLAMP(x, 0, WIDTH), CLAMP(y, 0, HEIGHT), &px,
                          &py);
    umk_app_map_centre_on(self->map, px, py);
}

static void
drag_begin(GtkGestureDrag *drag, double x, double y, UmkAppMinimap *self)
{
    go_to(self, x, y);
}

static void
drag_update(GtkGestureDrag *drag, double dx, double dy, UmkAppMinimap *self)
{
    double x, y;

    if (gtk_gesture_drag_get_start_point(drag, &x, &y))
        go_to(self, x + dx, y + dy);
}

static gboolean
key_move(GtkWidget *widget, GVariant *way, gpointer data)
{
    static const double ways[4][2] = {{-1, 0}, {1, 0}, {0, 1}, {0, -1}};
    UmkAppMinimap *self = UMK_APP_MINIMAP(widget);
    const double *step = ways[g_variant_get_int32(way)];
    const UmkAppView *view = umk_app_map_get_view(self->map);

    umk_app_map_centre_on(self->map, view->x + step[0] * view->width / 4 / view->scale,
                          view->y + step[1] * view->height / 4 / view->scale);
    return TRUE;
}

static gboolean
key_zoom(GtkWidget *widget, GVariant *factor, gpointer data)
{
    umk_app_map_zoom(UMK_APP_MINIMAP(widget)->map, g_variant_get_double(factor));
    return TRUE;
}

/* ---- following the map ---------------------------------------------------------------
 */

static void
update_accessible(UmkAppMinimap *self)
{
    graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, WIDTH, HEIGHT), frame, part;
    double share = 0;
    g_autofree char *text = NULL;

    if (self->texture != NULL) {
        frame = frame_of(self);
        if (graphene_rect_intersection(&all, &frame, &part))
            share = (double) (part.size.width * part.size.height) / (WIDTH * HEIGHT);
    }
    text = g_strdup_printf(_("The view covers %.0f %% of the map"), share * 100);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
view_changed(UmkAppMinimap *self)
{
    update_accessible(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void
redraw(UmkAppMinimap *self)
{
    g_clear_object(&self->texture);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppMinimap *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(scene);

    gtk_widget_set_visible(GTK_WIDGET(self), umk_app_scene_get_look(scene)->minimap &&
                                                 layout != NULL &&
                                                 layout->points->n_points > 0);
    if (changes & UMK_APP_CHANGED_LAYOUT)
        redraw(self);
}

static void
umk_app_minimap_measure(GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
    *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

static void
umk_app_minimap_dispose(GObject *object)
{
    UmkAppMinimap *self = UMK_APP_MINIMAP(object);

    g_clear_object(&self->texture);
    if (self->map != NULL)
        g_object_remove_weak_pointer(G_OBJECT(self->map), (gpointer *) &self->map);
    self->map = NULL;
    G_OBJECT_CLASS(umk_app_minimap_parent_class)->dispose(object);
}

static void
umk_app_minimap_class_init(UmkAppMinimapClass *klass)
{
    static const guint arrows[] = {GDK_KEY_Left, GDK_KEY_Right, GDK_KEY_Up, GDK_KEY_Down};
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_minimap_dispose;
    widget_class->snapshot = umk_app_minimap_snapshot;
    widget_class->measure = umk_app_minimap_measure;
    gtk_widget_class_set_css_name(widget_class, "minimap");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
    for (int way = 0; way < 4; way++)
        gtk_widget_class_add_binding(widget_class, arrows[way], 0, key_move, "i", way);
    gtk_widget_class_add_binding(widget_class, GDK_KEY_plus, 0, key_zoom, "d", 1.25);
    gtk_widget_class_add_binding(widget_class, GDK_KEY_equal, 0, key_zoom, "d", 1.25);
    gtk_widget_class_add_binding(widget_class, GDK_KEY_minus, 0, key_zoom, "d", 0.8);
}

static void
umk_app_minimap_init(UmkAppMinimap *self)
{
    GtkGesture *drag = gtk_gesture_drag_new();

    gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
    gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
    gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Minimap"), -1);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self), _("Press or drag to go there"));
    g_signal_connect_object(drag, "drag-begin", G_CALLBACK(drag_begin), self, 0);
    g_signal_connect_object(drag, "drag-update", G_CALLBACK(drag_update), self, 0);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drag));
    g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                            G_CALLBACK(redraw), self, G_CONNECT_SWAPPED);
}

void
umk_app_minimap_set_map(UmkAppMinimap *self, UmkAppMap *map)
{
    UmkAppScene *scene = umk_app_map_get_scene(map);

    self->map = map;
    g_object_add_weak_pointer(G_OBJECT(map), (gpointer *) &self->map);
    g_signal_connect_object(map, "view", G_CALLBACK(view_changed), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    scene_changed(scene, UMK_APP_CHANGED_ALL, self);
}
