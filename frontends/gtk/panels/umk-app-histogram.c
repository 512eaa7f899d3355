/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bars are colour nodes. Their heights grow with the root of the count, so that a bin of
 * few items is seen beside one of many. */
#include "umk-app-histogram.h"

#include <glib/gi18n.h>

#include <math.h>

#define HEIGHT 54
#define GROUND 3 /* pixels below the bars, for the range's line */

struct _UmkAppHistogram {
    GtkWidget parent_instance;
    UmkAppField *field;
    gsize *counts;
    gsize most; /* in a bin, of all items */
    int from, to, cursor, anchor;
    gboolean has_range;
};

enum { CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppHistogram, umk_app_histogram, GTK_TYPE_WIDGET)

static void
umk_app_histogram_finalize(GObject *object)
{
    UmkAppHistogram *self = UMK_APP_HISTOGRAM(object);

    g_clear_pointer(&self->field, umk_app_field_unref);
    g_free(self->counts);
    G_OBJECT_CLASS(umk_app_histogram_parent_class)->finalize(object);
}

static int
n_bins(UmkAppHistogram *self)
{
    return (int) self->field->n_groups;
}

/* ---- drawing -------------------------------------------------------------------------
 */

static GdkRGBA
get_colour(UmkAppHistogram *self, const char *name)
{
    GdkRGBA colour = {0.5f, 0.5f, 0.5f, 1};

    gtk_style_context_lookup_color(gtk_widget_get_style_context(GTK_WIDGET(self)), name,
                                   &colour);
    return colour;
}

static gboolean
is_mirrored(UmkAppHistogram *self)
{
    return gtk_widget_get_direction(GTK_WIDGET(self)) == GTK_TEXT_DIR_RTL;
}

static void
append_bar(UmkAppHistogram *self,
           GtkSnapshot *snapshot,
           int bin,
           gsize count,
           const GdkRGBA *colour)
{
    float width = (float) gtk_widget_get_width(GTK_WIDGET(self));
    float high = (float) gtk_widget_get_height(GTK_WIDGET(self)) - GROUND;
    float step = width / (float) n_bins(self), gap = step > 4 ? 1 : 0;
    int at = is_mirrored(self) ? n_bins(self) - 1 - bin : bin;
    float tall = self->most > 0 ? sqrtf((float) count / (float) self->most) * high : 0;

    if (count == 0)
        return;
    tall = MAX(tall, 1);
    gtk_snapshot_append_color(
        snapshot, colour,
        &GRAPHENE_RECT_INIT((float) at * step, high - tall, MAX(step - gap, 1), tall));
}

static void
append_ground(
    UmkAppHistogram *self, GtkSnapshot *snapshot, int from, int to, const GdkRGBA *colour)
{
    float width = (float) gtk_widget_get_width(GTK_WIDGET(self));
    float step = width / (float) n_bins(self);
    int first = is_mirrored(self) ? n_bins(self) - 1 - to : from;

    gtk_snapshot_append_color(
        snapshot, colour,
        &GRAPHENE_RECT_INIT((float) first * step,
                            (float) gtk_widget_get_height(GTK_WIDGET(self)) - GROUND + 1,
                            (float) (to - from + 1) * step, GROUND - 1));
}

static void
umk_app_histogram_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    UmkAppHistogram *self = UMK_APP_HISTOGRAM(widget);
    GdkRGBA text = get_colour(self, "view_fg_color"), back = text;
    GdkRGBA front = get_colour(self, "accent_color"), pale = front;

    back.alpha = 0.16f;
    pale.alpha = 0.35f;
    for (int b = 0; b < n_bins(self); b++) {
        gboolean in = !self->has_range || (b >= self->from && b <= self->to);

        append_bar(self, snapshot, b, self->field->counts[b], &back);
        append_bar(self, snapshot, b, self->counts[b], in ? &front : &pale);
    }
    append_ground(self, snapshot, 0, n_bins(self) - 1, &back);
    if (self->has_range)
        append_ground(self, snapshot, self->from, self->to, &front);
    if (gtk_widget_has_visible_focus(widget))
        append_ground(self, snapshot, self->cursor, self->cursor, &text);
}

static void
umk_app_histogram_measure(GtkWidget *widget,
                          GtkOrientation orientation,
                          int for_size,
                          int *minimum,
                          int *natural,
                          int *minimum_baseline,
                          int *natural_baseline)
{
    *minimum = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 80;
    *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 220;
}

/* ---- range ---------------------------------------------------------------------------
 */

/* What the chart says without being seen. */
static void
update_accessible(UmkAppHistogram *self)
{
    int from = self->has_range ? self->from : self->cursor;
    int to = self->has_range ? self->to : self->cursor;
    g_autofree char *low = umk_app_field_dup_edge(self->field, (guint) from);
    g_autofree char *high = umk_app_field_dup_edge(self->field, (guint) to + 1);
    g_autofree char *text = NULL;
    gsize n = 0;

    for (int b = from; b <= to; b++)
        n += self->counts[b];
    /* Translators: a range of numbers, then how many items are in it */
    text = g_strdup_printf(ngettext("%s to %s: %zu item", "%s to %s: %zu items", n), low,
                           high, n);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self), text);
}

void
umk_app_histogram_set_range(UmkAppHistogram *self, int from, int to)
{
    self->has_range = from >= 0 && from <= to && to < n_bins(self);
    if (self->has_range) {
        self->from = from;
        self->to = to;
    }
    update_accessible(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

void
umk_app_histogram_choose(UmkAppHistogram *self, int from, int to)
{
    gboolean had = self->has_range;
    int old_from = self->from, old_to = self->to;

    umk_app_histogram_set_range(self, from, to);
    if (had == self->has_range &&
        (!had || (old_from == self->from && old_to == self->to)))
        return;
    g_signal_emit(self, signals[CHOSEN], 0, self->has_range ? self->from : -1,
                  self->has_range ? self->to : -1);
}

static void
choose_between(UmkAppHistogram *self, int a, int b)
{
    umk_app_histogram_choose(self, MIN(a, b), MAX(a, b));
}

static int
bin_at(UmkAppHistogram *self, double x)
{
    int width = MAX(gtk_widget_get_width(GTK_WIDGET(self)), 1);
    int bin = (int) floor(x / width * n_bins(self));

    bin = CLAMP(bin, 0, n_bins(self) - 1);
    return is_mirrored(self) ? n_bins(self) - 1 - bin : bin;
}

static void
drag_begin(GtkGestureDrag *drag, double x, double y, UmkAppHistogram *self)
{
    gtk_widget_grab_focus(GTK_WIDGET(self));
    self->anchor = self->cursor = bin_at(self, x);
}

static void
drag_update(GtkGestureDrag *drag, double dx, double dy, UmkAppHistogram *self)
{
    double x, y;

    if (fabs(dx) < 3 && !self->has_range)
        return;
    gtk_gesture_drag_get_start_point(drag, &x, &y);
    gtk_gesture_set_state(GTK_GESTURE(drag), GTK_EVENT_SEQUENCE_CLAIMED);
    self->cursor = bin_at(self, x + dx);
    if (fabs(dx) >= 3)
        choose_between(self, self->anchor, self->cursor);
}

/* A click takes one bin, or takes the range off. */
static void
drag_end(GtkGestureDrag *drag, double dx, double dy, UmkAppHistogram *self)
{
    if (fabs(dx) >= 3)
        return;
    if (self->has_range)
        umk_app_histogram_choose(self, -1, -1);
    else
        choose_between(self, self->anchor, self->anchor);
}

static gboolean
key_pressed(GtkEventControllerKey *keys,
            guint key,
            guint code,
            GdkModifierType modifiers,
            UmkAppHistogram *self)
{
    gboolean extend = modifiers & GDK_SHIFT_MASK;
    int way = 0;

    if (key == GDK_KEY_Left || key == GDK_KEY_KP_Left)
        way = is_mirrored(self) ? 1 : -1;
    else if (key == GDK_KEY_Right || key == GDK_KEY_KP_Right)
        way = is_mirrored(self) ? -1 : 1;
    if (way != 0) {
        self->cursor = CLAMP(self->cursor + way, 0, n_bins(self) - 1);
        if (extend)
            choose_between(self, self->anchor, self->cursor);
        else
            self->anchor = self->cursor;
        update_accessible(self);
        gtk_widget_queue_draw(GTK_WIDGET(self));
        return TRUE;
    }
    if (key == GDK_KEY_space || key == GDK_KEY_Return || key == GDK_KEY_KP_Enter) {
        self->anchor = self->cursor;
        choose_between(self, self->cursor, self->cursor);
        return TRUE;
    }
    if ((key == GDK_KEY_Escape || key == GDK_KEY_Delete || key == GDK_KEY_BackSpace) &&
        self->has_range) {
        umk_app_histogram_choose(self, -1, -1);
        return TRUE;
    }
    return FALSE;
}

/* ---- widget --------------------------------------------------------------------------
 */

static void
umk_app_histogram_class_init(UmkAppHistogramClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->finalize = umk_app_histogram_finalize;
    widget_class->snapshot = umk_app_histogram_snapshot;
    widget_class->measure = umk_app_histogram_measure;
    signals[CHOSEN] =
        g_signal_new("chosen", UMK_APP_TYPE_HISTOGRAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                     NULL, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
    gtk_widget_class_set_css_name(widget_class, "histogram");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
umk_app_histogram_init(UmkAppHistogram *self)
{
    GtkGesture *drag = gtk_gesture_drag_new();
    GtkEventController *keys = gtk_event_controller_key_new();

    g_signal_connect(drag, "drag-begin", G_CALLBACK(drag_begin), self);
    g_signal_connect(drag, "drag-update", G_CALLBACK(drag_update), self);
    g_signal_connect(drag, "drag-end", G_CALLBACK(drag_end), self);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), self);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drag));
    gtk_widget_add_controller(GTK_WIDGET(self), keys);
    gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
}

GtkWidget *
umk_app_histogram_new(UmkAppField *field)
{
    UmkAppHistogram *self = g_object_new(UMK_APP_TYPE_HISTOGRAM, NULL);

    self->field = umk_app_field_ref(field);
    self->counts = g_memdup2(field->counts, field->n_groups * sizeof *field->counts);
    for (guint b = 0; b < field->n_groups; b++)
        self->most = MAX(self->most, field->counts[b]);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   field->title, -1);
    update_accessible(self);
    return GTK_WIDGET(self);
}

void
umk_app_histogram_set_counts(UmkAppHistogram *self, const gsize *counts)
{
    for (int b = 0; b < n_bins(self); b++)
        self->counts[b] = counts[b];
    update_accessible(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}
