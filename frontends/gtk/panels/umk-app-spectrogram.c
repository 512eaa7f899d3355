/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log-mel bands of the engine, 80 dB deep, as pixels of a ramp whose lightness grows
 * evenly. */
#include "umk-app-spectrogram.h"

#include <glib/gi18n.h>
#include <math.h>

#define BANDS  96u
#define FRAMES 640.0 /* about, whatever the length */
#define RATE   32000.0
#define DEPTH  80.0 /* dB */

struct _UmkAppSpectrogram {
    GtkWidget parent_instance;
    GdkTexture *texture;
    double played;
    GCancellable *loading;
};

enum { SEEK, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppSpectrogram, umk_app_spectrogram, GTK_TYPE_WIDGET)

/* ---- in a thread ---------------------------------------------------------------------
 */

typedef struct {
    UmkItem *item;
    double seconds;
} Order;

static void
order_free(gpointer data)
{
    Order *order = data;

    umk_item_unref(order->item);
    g_free(order);
}

/* From near black over purple and plum to a pale yellow; lightness is monotonic. */
static void
ramp(double t, guint8 *rgb)
{
    static const guint8 stops[][3] = {{8, 6, 20},    {52, 20, 84},   {120, 32, 108},
                                      {186, 62, 92}, {238, 122, 66}, {252, 238, 178}};
    double at = CLAMP(t, 0, 1) * (G_N_ELEMENTS(stops) - 1);
    guint i = MIN((guint) at, G_N_ELEMENTS(stops) - 2);

    for (guint c = 0; c < 3; c++)
        rgb[c] = (guint8) lrint(stops[i][c] +
                                (at - i) * ((double) stops[i + 1][c] - stops[i][c]));
}

static GdkTexture *
paint(UmkMatrix *bands)
{
    gsize width = umk_matrix_get_n_rows(bands), height = umk_matrix_get_n_cols(bands);
    guint8 *pixels = g_malloc(width * height * 3 + 1);
    g_autoptr(GBytes) bytes = NULL;
    float most = -G_MAXFLOAT;

    for (gsize x = 0; x < width; x++) {
        const float *row = umk_matrix_get_row(bands, x, NULL);

        for (gsize y = 0; y < height; y++)
            most = MAX(most, row[y]);
    }
    for (gsize x = 0; x < width; x++) {
        const float *row = umk_matrix_get_row(bands, x, NULL);

        for (gsize y = 0; y < height; y++)
            ramp(1 + ((double) row[y] - (double) most) / DEPTH,
                 pixels + 3 * ((height - 1 - y) * width + x));
    }
    bytes = g_bytes_new_take(pixels, width * height * 3);
    return gdk_memory_texture_new((int) width, (int) height, GDK_MEMORY_R8G8B8, bytes,
                                  width * 3);
}

static void
load_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Order *order = data;
    UmkRegistry *registry = umk_registry_get_default();
    gsize n_specs;
    const UmkParamSpec *specs = umk_features_get_params(registry, "logmel", &n_specs);
    g_autoptr(UmkParams) params = specs != NULL ? umk_params_new(specs, n_specs) : NULL;
    g_autoptr(UmkMatrix) bands = NULL;
    GError *error = NULL;
    double hop = CLAMP(order->seconds * RATE / FRAMES, 64, 65536);

    if (params != NULL) {
        umk_params_set_double(params, "rate", RATE, NULL);
        umk_params_set_double(params, "n-fft", 2048, NULL);
        umk_params_set_double(params, "frame-length", 1024, NULL);
        umk_params_set_double(params, "hop-length", floor(hop), NULL);
        umk_params_set_double(params, "n-mels", BANDS, NULL);
        umk_params_set_double(params, "f-min", 40, NULL);
        umk_params_set(params, "log", "db", NULL);
    }
    bands = umk_features_compute(registry, "logmel", NULL, order->item, params,
                                 cancellable, &error);
    if (bands == NULL)
        g_task_return_error(task, error);
    else if (umk_matrix_get_n_rows(bands) == 0)
        g_task_return_pointer(task, NULL, NULL);
    else
        g_task_return_pointer(task, paint(bands), g_object_unref);
}

static void
loaded(GObject *object, GAsyncResult *result, gpointer data)
{
    g_autoptr(UmkAppSpectrogram) self = data;
    g_autoptr(GdkTexture) texture = g_task_propagate_pointer(G_TASK(result), NULL);

    if (g_task_get_cancellable(G_TASK(result)) != self->loading)
        return;
    g_clear_object(&self->loading);
    g_set_object(&self->texture, texture);
    gtk_widget_set_visible(GTK_WIDGET(self), texture != NULL);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void
stop_loading(UmkAppSpectrogram *self)
{
    if (self->loading != NULL)
        g_cancellable_cancel(self->loading);
    g_clear_object(&self->loading);
}

void
umk_app_spectrogram_set_item(UmkAppSpectrogram *self, UmkItem *item, double seconds)
{
    g_autoptr(GTask) task = NULL;
    Order *order;

    stop_loading(self);
    g_clear_object(&self->texture);
    self->played = 0;
    gtk_widget_queue_draw(GTK_WIDGET(self));
    if (item == NULL)
        return;
    order = g_new0(Order, 1);
    order->item = umk_item_ref(item);
    order->seconds = seconds;
    self->loading = g_cancellable_new();
    /* not its source: a task may go in its worker, and a widget must not */
    task = g_task_new(NULL, self->loading, loaded, g_object_ref(self));
    g_task_set_task_data(task, order, order_free);
    g_task_run_in_thread(task, load_in_thread);
}

void
umk_app_spectrogram_set_played(UmkAppSpectrogram *self, double fraction)
{
    self->played = fraction;
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

gboolean
umk_app_spectrogram_has_picture(UmkAppSpectrogram *self)
{
    return self->texture != NULL;
}

/* ---- the widget ----------------------------------------------------------------------
 */

static void
umk_app_spectrogram_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    UmkAppSpectrogram *self = UMK_APP_SPECTROGRAM(widget);
    float width = (float) gtk_widget_get_width(widget);
    float height = (float) gtk_widget_get_height(widget);
    GdkRGBA line = {1, 1, 1, 0.9f};

    if (self->texture == NULL)
        return;
    gtk_snapshot_append_texture(snapshot, self->texture,
                                &GRAPHENE_RECT_INIT(0, 0, width, height));
    if (self->played > 0)
        gtk_snapshot_append_color(
            snapshot, &line,
            &GRAPHENE_RECT_INIT((float) self->played * (width - 2), 0, 2, height));
}

static void
pressed(GtkGestureClick *click, int n, double x, double y, UmkAppSpectrogram *self)
{
    double width = gtk_widget_get_width(GTK_WIDGET(self));

    if (width > 0)
        g_signal_emit(self, signals[SEEK], 0, CLAMP(x / width, 0, 1));
}

static void
umk_app_spectrogram_dispose(GObject *object)
{
    UmkAppSpectrogram *self = UMK_APP_SPECTROGRAM(object);

    stop_loading(self);
    g_clear_object(&self->texture);
    G_OBJECT_CLASS(umk_app_spectrogram_parent_class)->dispose(object);
}

static void
umk_app_spectrogram_class_init(UmkAppSpectrogramClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_spectrogram_dispose;
    widget_class->snapshot = umk_app_spectrogram_snapshot;
    signals[SEEK] = g_signal_new("seek", UMK_APP_TYPE_SPECTROGRAM, G_SIGNAL_RUN_LAST, 0,
                                 NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
    gtk_widget_class_set_css_name(widget_class, "spectrogram");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
umk_app_spectrogram_init(UmkAppSpectrogram *self)
{
    GtkGesture *click = gtk_gesture_click_new();

    g_signal_connect(click, "pressed", G_CALLBACK(pressed), self);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
    gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Spectrogram, low sounds at the bottom"), -1);
}
