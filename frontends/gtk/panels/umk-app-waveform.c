/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws one bar a column: two pixels wide, a pixel apart. */
#include "umk-app-waveform.h"

#include <math.h>

#define PITCH 3.0f

struct _UmkAppWaveform {
    GtkWidget parent_instance;
    UmkPreview *preview;
    double played;
};

enum { SEEK, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppWaveform, umk_app_waveform, GTK_TYPE_WIDGET)

static void
umk_app_waveform_dispose(GObject *object)
{
    g_clear_pointer(&UMK_APP_WAVEFORM(object)->preview, umk_preview_unref);
    G_OBJECT_CLASS(umk_app_waveform_parent_class)->dispose(object);
}

/* The largest swing between two columns. */
static float
swing(const float *min_max, guint from, guint to)
{
    float most = 0;

    for (guint i = from; i < to; i++)
        most = MAX(most, MAX(fabsf(min_max[2 * i]), fabsf(min_max[2 * i + 1])));
    return MIN(most, 1.0f);
}

static void
umk_app_waveform_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    UmkAppWaveform *self = UMK_APP_WAVEFORM(widget);
    GtkStyleContext *style = gtk_widget_get_style_context(widget);
    float width = (float) gtk_widget_get_width(widget);
    float height = (float) gtk_widget_get_height(widget);
    guint bars = (guint) (width / PITCH);
    guint n = self->preview ? umk_preview_get_n_columns(self->preview) : 0;
    GBytes *bytes = n > 0 ? umk_preview_get_min_max(self->preview) : NULL;
    const float *min_max = bytes ? g_bytes_get_data(bytes, NULL) : NULL;
    GdkRGBA done, ahead;

    gtk_style_context_get_color(style, &ahead);
    done = ahead;
    gtk_style_context_lookup_color(style, "accent_color", &done);
    ahead.alpha *= 0.4f;
    for (guint bar = 0; bar < bars && min_max != NULL; bar++) {
        guint from = (guint) ((guint64) bar * n / bars);
        guint to = MAX(from + 1, (guint) ((guint64) (bar + 1) * n / bars));
        float tall = MAX(2.0f, swing(min_max, from, MIN(to, n)) * height);
        gboolean is_done = (double) bar + 0.5 < self->played * bars;

        gtk_snapshot_append_color(snapshot, is_done ? &done : &ahead,
                                  &GRAPHENE_RECT_INIT((float) bar * PITCH,
                                                      (height - tall) / 2, PITCH - 1,
                                                      tall));
    }
}

static void
pressed(GtkGestureClick *click, int n, double x, double y, UmkAppWaveform *self)
{
    double width = gtk_widget_get_width(GTK_WIDGET(self));

    if (width > 0)
        g_signal_emit(self, signals[SEEK], 0, CLAMP(x / width, 0, 1));
}

static void
umk_app_waveform_class_init(UmkAppWaveformClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_waveform_dispose;
    widget_class->snapshot = umk_app_waveform_snapshot;
    signals[SEEK] = g_signal_new("seek", UMK_APP_TYPE_WAVEFORM, G_SIGNAL_RUN_LAST, 0,
                                 NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
    gtk_widget_class_set_css_name(widget_class, "waveform");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
umk_app_waveform_init(UmkAppWaveform *self)
{
    GtkGesture *click = gtk_gesture_click_new();

    g_signal_connect(click, "pressed", G_CALLBACK(pressed), self);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
    gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
}

void
umk_app_waveform_set_preview(UmkAppWaveform *self, UmkPreview *preview)
{
    g_clear_pointer(&self->preview, umk_preview_unref);
    self->preview = preview ? umk_preview_ref(preview) : NULL;
    self->played = 0;
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

void
umk_app_waveform_set_played(UmkAppWaveform *self, double fraction)
{
    self->played = fraction;
    gtk_widget_queue_draw(GTK_WIDGET(self));
}
