/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One texture, a scale and a place. The large version comes from a thread the first time
 * somebody looks closer than the small one allows. */
#include "umk-app-zoom-picture.h"

#include "umk-app-previews.h"

#include <glib/gi18n.h>
#include <math.h>

#define LARGE 8192u /* pixels of the longer side that are read to look closely */
#define MOST  16.0
#define LEAST 0.02
#define PACE  1.25
#define PAN   40.0

struct _UmkAppZoomPicture {
    GtkWidget parent_instance;
    GtkWidget *tools;
    UmkItem *item;
    GdkTexture *texture;
    guint size;
    double zoom; /* 0: as large as fits */
    double x, y; /* of the picture at the middle of the widget, 0 to 1 */
    double drag_x, drag_y;
    gboolean large; /* read already, or being read */
    GCancellable *loading;
};

G_DEFINE_FINAL_TYPE(UmkAppZoomPicture, umk_app_zoom_picture, GTK_TYPE_WIDGET)

static double
fit_scale(UmkAppZoomPicture *self)
{
    double width = gtk_widget_get_width(GTK_WIDGET(self));
    double height = gtk_widget_get_height(GTK_WIDGET(self));

    if (self->texture == NULL || width < 1 || height < 1)
        return 1;
    return MIN(1, MIN(width / gdk_texture_get_width(self->texture),
                      height / gdk_texture_get_height(self->texture)));
}

static double
scale(UmkAppZoomPicture *self)
{
    return self->zoom > 0 ? self->zoom : fit_scale(self);
}

/* The picture never leaves the widget: its edges stop at the widget's. */
static void
bound(UmkAppZoomPicture *self)
{
    double s = scale(self), half_x, half_y;

    if (self->texture == NULL)
        return;
    half_x = gtk_widget_get_width(GTK_WIDGET(self)) /
             (2 * s * gdk_texture_get_width(self->texture));
    half_y = gtk_widget_get_height(GTK_WIDGET(self)) /
             (2 * s * gdk_texture_get_height(self->texture));
    self->x = half_x >= 0.5 ? 0.5 : CLAMP(self->x, half_x, 1 - half_x);
    self->y = half_y >= 0.5 ? 0.5 : CLAMP(self->y, half_y, 1 - half_y);
}

/* ---- more pixels ---------------------------------------------------------------------
 */

static void
large_loaded(GObject *object, GAsyncResult *result, gpointer data)
{
    g_autoptr(UmkAppZoomPicture) self = data;
    g_autoptr(UmkPreview) preview = umk_app_previews_finish(result, NULL);
    g_autoptr(GdkTexture) texture =
        preview != NULL ? umk_app_previews_to_texture(preview) : NULL;

    if (g_task_get_cancellable(G_TASK(result)) != self->loading || texture == NULL)
        return;
    g_clear_object(&self->loading);
    /* what was looked at stays as large as it was */
    if (self->zoom > 0 && self->texture != NULL)
        self->zoom *= (double) gdk_texture_get_width(self->texture) /
                      gdk_texture_get_width(texture);
    g_set_object(&self->texture, texture);
    bound(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void
want_large(UmkAppZoomPicture *self)
{
    guint longest;

    if (self->large || self->item == NULL || self->texture == NULL)
        return;
    self->large = TRUE;
    longest = (guint) MAX(gdk_texture_get_width(self->texture),
                          gdk_texture_get_height(self->texture));
    if (longest < self->size)
        return;
    self->loading = g_cancellable_new();
    umk_app_previews_load(self->item, LARGE, self->loading, large_loaded,
                          g_object_ref(self));
}

/* ---- zoom -----------------------------------------------------------------------------
 */

void
umk_app_zoom_picture_set_zoom(UmkAppZoomPicture *self, double zoom)
{
    self->zoom = zoom > 0 ? CLAMP(zoom, LEAST, MOST) : 0;
    if (self->zoom > 0)
        want_large(self);
    bound(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

double
umk_app_zoom_picture_get_zoom(UmkAppZoomPicture *self)
{
    return self->zoom;
}

/* The place under a point of the widget stays where it is. */
static void
zoom_at(UmkAppZoomPicture *self, double factor, double x, double y)
{
    double before = scale(self), after;
    double dx = x - gtk_widget_get_width(GTK_WIDGET(self)) / 2.0;
    double dy = y - gtk_widget_get_height(GTK_WIDGET(self)) / 2.0;

    if (self->texture == NULL)
        return;
    after = CLAMP(before * factor, MIN(fit_scale(self), 1), MOST);
    self->x += dx * (1 / before - 1 / after) / gdk_texture_get_width(self->texture);
    self->y += dy * (1 / before - 1 / after) / gdk_texture_get_height(self->texture);
    umk_app_zoom_picture_set_zoom(self, after <= fit_scale(self) ? 0 : after);
}

static void
zoom_by(UmkAppZoomPicture *self, double factor)
{
    zoom_at(self, factor, gtk_widget_get_width(GTK_WIDGET(self)) / 2.0,
            gtk_widget_get_height(GTK_WIDGET(self)) / 2.0);
}

static void
pan(UmkAppZoomPicture *self, double dx, double dy)
{
    if (self->texture == NULL)
        return;
    self->x -= dx / (scale(self) * gdk_texture_get_width(self->texture));
    self->y -= dy / (scale(self) * gdk_texture_get_height(self->texture));
    bound(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* Without Control the wheel scrolls the panel until somebody looks closely. */
static gboolean
scrolled(GtkEventControllerScroll *scroll, double dx, double dy, UmkAppZoomPicture *self)
{
    GdkModifierType modifiers =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(scroll));
    GdkEvent *event =
        gtk_event_controller_get_current_event(GTK_EVENT_CONTROLLER(scroll));
    double x = gtk_widget_get_width(GTK_WIDGET(self)) / 2.0;
    double y = gtk_widget_get_height(GTK_WIDGET(self)) / 2.0;

    if (self->zoom <= 0 && !(modifiers & GDK_CONTROL_MASK))
        return FALSE;
    if (event != NULL && gdk_event_get_position(event, &x, &y)) {
        GtkNative *native = gtk_widget_get_native(GTK_WIDGET(self));
        double left, top;

        gtk_native_get_surface_transform(native, &left, &top);
        gtk_widget_translate_coordinates(GTK_WIDGET(native), GTK_WIDGET(self), x - left,
                                         y - top, &x, &y);
    }
    zoom_at(self, pow(PACE, -dy), x, y);
    return TRUE;
}

static void
drag_begun(GtkGestureDrag *drag, double x, double y, UmkAppZoomPicture *self)
{
    self->drag_x = self->drag_y = 0;
    gtk_widget_grab_focus(GTK_WIDGET(self));
}

static void
dragged(GtkGestureDrag *drag, double x, double y, UmkAppZoomPicture *self)
{
    pan(self, x - self->drag_x, y - self->drag_y);
    self->drag_x = x;
    self->drag_y = y;
}

static void
clicked(GtkGestureClick *click, int n, double x, double y, UmkAppZoomPicture *self)
{
    if (n == 2)
        umk_app_zoom_picture_set_zoom(self, self->zoom > 0 ? 0 : 1);
}

static gboolean
key_pressed(GtkEventControllerKey *keys,
            guint key,
            guint code,
            GdkModifierType modifiers,
            UmkAppZoomPicture *self)
{
    if (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK))
        return FALSE;
    switch (key) {
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
        zoom_by(self, PACE);
        return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
        zoom_by(self, 1 / PACE);
        return TRUE;
    case GDK_KEY_0:
    case GDK_KEY_KP_0:
        umk_app_zoom_picture_set_zoom(self, 0);
        return TRUE;
    case GDK_KEY_1:
    case GDK_KEY_KP_1:
        umk_app_zoom_picture_set_zoom(self, 1);
        return TRUE;
    case GDK_KEY_Left:
    case GDK_KEY_Right:
        pan(self, key == GDK_KEY_Left ? PAN : -PAN, 0);
        return self->zoom > 0;
    case GDK_KEY_Up:
    case GDK_KEY_Down:
        pan(self, 0, key == GDK_KEY_Up ? PAN : -PAN);
        return self->zoom > 0;
    default:
        return FALSE;
    }
}

/* ---- the widget
 * ------------------------------------------------------------------------ */

static void
umk_app_zoom_picture_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    UmkAppZoomPicture *self = UMK_APP_ZOOM_PICTURE(widget);
    double width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    double s = scale(self), w, h;

    if (self->texture != NULL) {
        bound(self);
        w = gdk_texture_get_width(self->texture) * s;
        h = gdk_texture_get_height(self->texture) * s;
        gtk_snapshot_push_clip(snapshot,
                               &GRAPHENE_RECT_INIT(0, 0, (float) width, (float) height));
        gtk_snapshot_append_texture(
            snapshot, self->texture,
            &GRAPHENE_RECT_INIT((float) (width / 2 - self->x * w),
                                (float) (height / 2 - self->y * h), (float) w,
                                (float) h));
        gtk_snapshot_pop(snapshot);
    }
    gtk_widget_snapshot_child(widget, self->tools, snapshot);
}

static void
umk_app_zoom_picture_measure(GtkWidget *widget,
                             GtkOrientation orientation,
                             int for_size,
                             int *minimum,
                             int *natural,
                             int *minimum_baseline,
                             int *natural_baseline)
{
    gtk_widget_measure(UMK_APP_ZOOM_PICTURE(widget)->tools, orientation, -1, minimum,
                       natural, NULL, NULL);
    if (orientation == GTK_ORIENTATION_VERTICAL)
        *minimum = *natural = MAX(*minimum, 240);
}

static void
umk_app_zoom_picture_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    UmkAppZoomPicture *self = UMK_APP_ZOOM_PICTURE(widget);
    GtkRequisition size;

    gtk_widget_get_preferred_size(self->tools, &size, NULL);
    gtk_widget_size_allocate(
        self->tools,
        &(GtkAllocation){MAX(0, width - size.width - 6), MAX(0, height - size.height - 6),
                         MIN(width, size.width), MIN(height, size.height)},
        -1);
}

static void
zoom_in_clicked(GtkButton *button, UmkAppZoomPicture *self)
{
    zoom_by(self, PACE * PACE);
}

static void
zoom_out_clicked(GtkButton *button, UmkAppZoomPicture *self)
{
    zoom_by(self, 1 / (PACE * PACE));
}

static void
fit_clicked(GtkButton *button, UmkAppZoomPicture *self)
{
    umk_app_zoom_picture_set_zoom(self, 0);
}

static void
original_clicked(GtkButton *button, UmkAppZoomPicture *self)
{
    umk_app_zoom_picture_set_zoom(self, 1);
}

static void
add_tool(UmkAppZoomPicture *self, const char *icon, const char *tip, GCallback handler)
{
    GtkWidget *button = gtk_button_new_from_icon_name(icon);

    gtk_widget_set_tooltip_text(button, tip);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   tip, -1);
    gtk_widget_add_css_class(button, "flat");
    gtk_widget_add_css_class(button, "circular");
    g_signal_connect(button, "clicked", handler, self);
    gtk_box_append(GTK_BOX(self->tools), button);
}

static void
umk_app_zoom_picture_dispose(GObject *object)
{
    UmkAppZoomPicture *self = UMK_APP_ZOOM_PICTURE(object);

    if (self->loading != NULL)
        g_cancellable_cancel(self->loading);
    g_clear_object(&self->loading);
    g_clear_object(&self->texture);
    g_clear_pointer(&self->item, umk_item_unref);
    g_clear_pointer(&self->tools, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_zoom_picture_parent_class)->dispose(object);
}

static void
umk_app_zoom_picture_class_init(UmkAppZoomPictureClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_zoom_picture_dispose;
    widget_class->snapshot = umk_app_zoom_picture_snapshot;
    widget_class->measure = umk_app_zoom_picture_measure;
    widget_class->size_allocate = umk_app_zoom_picture_size_allocate;
    gtk_widget_class_set_css_name(widget_class, "zoompicture");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
umk_app_zoom_picture_init(UmkAppZoomPicture *self)
{
    GtkEventController *scroll =
        gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
    GtkEventController *keys = gtk_event_controller_key_new();
    GtkGesture *drag = gtk_gesture_drag_new(), *click = gtk_gesture_click_new();

    self->x = self->y = 0.5;
    self->tools = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    gtk_widget_add_css_class(self->tools, "map-tools");
    add_tool(self, "zoom-out-symbolic", _("Zoom Out"), G_CALLBACK(zoom_out_clicked));
    add_tool(self, "zoom-fit-best-symbolic", _("As Large As Fits"),
             G_CALLBACK(fit_clicked));
    add_tool(self, "zoom-original-symbolic", _("Pixel by Pixel"),
             G_CALLBACK(original_clicked));
    add_tool(self, "zoom-in-symbolic", _("Zoom In"), G_CALLBACK(zoom_in_clicked));
    gtk_widget_set_parent(self->tools, GTK_WIDGET(self));
    gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
    gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
    g_signal_connect(scroll, "scroll", G_CALLBACK(scrolled), self);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), self);
    g_signal_connect(drag, "drag-begin", G_CALLBACK(drag_begun), self);
    g_signal_connect(drag, "drag-update", G_CALLBACK(dragged), self);
    g_signal_connect(click, "pressed", G_CALLBACK(clicked), self);
    gtk_widget_add_controller(GTK_WIDGET(self), scroll);
    gtk_widget_add_controller(GTK_WIDGET(self), keys);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drag));
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
}

void
umk_app_zoom_picture_show(UmkAppZoomPicture *self,
                          UmkItem *item,
                          GdkTexture *texture,
                          guint size,
                          const char *title)
{
    UmkItem *old = self->item;

    if (self->loading != NULL)
        g_cancellable_cancel(self->loading);
    g_clear_object(&self->loading);
    self->item = item != NULL ? umk_item_ref(item) : NULL;
    g_clear_pointer(&old, umk_item_unref);
    g_set_object(&self->texture, texture);
    self->size = size;
    self->large = FALSE;
    self->zoom = 0;
    self->x = self->y = 0.5;
    gtk_widget_set_visible(self->tools, texture != NULL);
    if (title != NULL)
        gtk_accessible_update_property(GTK_ACCESSIBLE(self),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}
