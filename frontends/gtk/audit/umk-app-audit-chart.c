/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lays the marks out once a result or a width is set, then draws them with cairo. Colours
 * are those of the map's palette and of the style, so dark works by itself. */
#include "umk-app-audit-chart.h"

#include "umk-app-palette.h"
#include "umk-app-titles.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#define BAR_HEIGHT   46.0
#define STRIP_HEIGHT 46.0
#define FOOT         22.0
#define RADIUS       4.0
#define REACH        14.0
#define EDGE         12.0

typedef struct {
    guint item, strip;
    double x, y;
} Mark;

typedef struct {
    char *role, *title;
} Strip;

struct _UmkAppAuditChart {
    GtkWidget parent_instance;
    UmkAppAuditResult *result;
    GPtrArray *titles; /* one an item of the result */
    GArray *strips;    /* of Strip */
    GArray *marks;     /* of Mark, from left to right */
    double low, high;  /* of the strips */
    int width;         /* that marks were laid out for */
    int cursor;        /* index of a mark, or -1 */
};

enum { CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppAuditChart, umk_app_audit_chart, GTK_TYPE_WIDGET)

/* ---- layout --------------------------------------------------------------------------
 */

static void
clear_strip(gpointer data)
{
    g_free(((Strip *) data)->role);
    g_free(((Strip *) data)->title);
}

static const UmkAppAuditItem *
get_item(UmkAppAuditChart *self, guint i)
{
    return &g_array_index(self->result->items, UmkAppAuditItem, i);
}

static guint
find_strip(UmkAppAuditChart *self, const char *role)
{
    for (guint i = 0; i < self->strips->len; i++)
        if (g_str_equal(g_array_index(self->strips, Strip, i).role, role))
            return i;
    return self->strips->len;
}

static double
place(double value, double low, double high, double width)
{
    return EDGE + (CLAMP(value, low, high) - low) / (high - low) * (width - 2 * EDGE);
}

static int
compare_marks(gconstpointer a, gconstpointer b)
{
    const Mark *one = a, *other = b;

    if (one->strip != other->strip)
        return one->strip < other->strip ? -1 : 1;
    if (one->x != other->x)
        return one->x < other->x ? -1 : 1;
    return one->item < other->item ? -1 : 1;
}

/* Marks that would cover one another go up and down by turns. */
static void
spread(UmkAppAuditChart *self)
{
    double last = -(double) INFINITY;
    guint strip = G_MAXUINT, lane = 0;

    g_array_sort(self->marks, compare_marks);
    for (guint i = 0; i < self->marks->len; i++) {
        Mark *mark = &g_array_index(self->marks, Mark, i);

        lane = mark->strip == strip && mark->x - last < 2 * RADIUS ? lane + 1 : 0;
        strip = mark->strip;
        last = mark->x;
        mark->y = BAR_HEIGHT + STRIP_HEIGHT * (mark->strip + 0.68) +
                  (lane % 2 == 0 ? 1 : -1) * (double) ((lane % 4 + 1) / 2) * RADIUS * 1.5;
    }
}

static void
lay_out(UmkAppAuditChart *self, int width)
{
    if (self->width == width)
        return;
    self->width = width;
    g_array_set_size(self->marks, 0);
    for (guint i = 0; self->result != NULL && i < self->result->items->len; i++) {
        const UmkAppAuditItem *item = get_item(self, i);
        Mark mark = {.item = i, .strip = find_strip(self, item->role)};

        if (isnan(item->value))
            continue;
        mark.x = place(item->value, self->low, self->high, width);
        g_array_append_val(self->marks, mark);
    }
    spread(self);
}

/* ---- drawing -------------------------------------------------------------------------
 */

static void
draw_text(UmkAppAuditChart *self,
          cairo_t *cr,
          const char *text,
          double x,
          double y,
          double align,
          double alpha)
{
    PangoLayout *layout = gtk_widget_create_pango_layout(GTK_WIDGET(self), text);
    GdkRGBA ink;
    int width, height;

    gtk_style_context_get_color(gtk_widget_get_style_context(GTK_WIDGET(self)), &ink);
    pango_layout_set_width(layout, (int) (MAX(self->width, 40) * PANGO_SCALE));
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    pango_layout_get_pixel_size(layout, &width, &height);
    cairo_set_source_rgba(cr, ink.red, ink.green, ink.blue, (double) ink.alpha * alpha);
    x = CLAMP(x - width * align, 0, MAX(0, self->width - width));
    cairo_move_to(cr, x, y - height / 2.0);
    pango_cairo_show_layout(cr, layout);
    g_object_unref(layout);
}

static void
set_ink(UmkAppAuditChart *self, cairo_t *cr, double alpha)
{
    GdkRGBA ink;

    gtk_style_context_get_color(gtk_widget_get_style_context(GTK_WIDGET(self)), &ink);
    cairo_set_source_rgba(cr, ink.red, ink.green, ink.blue, (double) ink.alpha * alpha);
}

static void
set_colour(cairo_t *cr, guint colour)
{
    gboolean dark = adw_style_manager_get_dark(adw_style_manager_get_default());
    GdkRGBA rgba = umk_app_palette_rgba(colour, dark);

    gdk_cairo_set_source_rgba(cr, &rgba);
}

static void
stroke(cairo_t *cr, double width, double x, double y, double x2, double y2)
{
    cairo_set_line_width(cr, width);
    cairo_move_to(cr, x, y);
    cairo_line_to(cr, x2, y2);
    cairo_stroke(cr);
}

static void
widen(double value, double *low, double *high)
{
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

static void
find_range(const UmkAppAuditFigures *f, double *low, double *high)
{
    const double all[] = {f->neutral,     f->least,       f->most,
                          f->wide_low,    f->wide_high,   f->narrow_low,
                          f->narrow_high, f->control_low, f->control_high};

    *low = *high = f->value;
    for (guint i = 0; i < G_N_ELEMENTS(all); i++)
        widen(all[i], low, high); /* fmin and fmax pass over what is none */
    if (!(*high > *low)) {
        *low -= 1;
        *high += 1;
    }
}

static void
draw_figure(cairo_t *cr,
            const UmkAppAuditFigures *f,
            double low,
            double high,
            double width,
            double y,
            guint colour)
{
    double x = place(f->value, low, high, width);

    set_colour(cr, colour);
    if (!isnan(f->wide_low))
        stroke(cr, 2, place(f->wide_low, low, high, width), y,
               place(f->wide_high, low, high, width), y);
    if (!isnan(f->narrow_low))
        stroke(cr, 6, place(f->narrow_low, low, high, width), y,
               place(f->narrow_high, low, high, width), y);
    cairo_arc(cr, x, y, 5.5, 0, 2 * G_PI);
    cairo_fill(cr);
}

static void
draw_effect(UmkAppAuditChart *self, cairo_t *cr)
{
    const UmkAppAuditFigures *before = &self->result->before;
    const UmkAppAuditFigures *after = &self->result->after;
    gboolean both = self->result->has_after && after->defined;
    double low, high, width = self->width;

    if (!before->defined)
        return;
    find_range(before, &low, &high);
    if (both) {
        double low_after, high_after;

        find_range(after, &low_after, &high_after);
        widen(low_after, &low, &high);
        widen(high_after, &low, &high);
    }
    if (!isnan(before->control_low)) {
        double from = place(before->control_low, low, high, width);

        set_ink(self, cr, 0.1);
        cairo_rectangle(cr, from, 4, place(before->control_high, low, high, width) - from,
                        BAR_HEIGHT - 12);
        cairo_fill(cr);
    }
    if (before->has_neutral) {
        set_ink(self, cr, 0.6);
        stroke(cr, 1, place(before->neutral, low, high, width), 2,
               place(before->neutral, low, high, width), BAR_HEIGHT - 6);
    }
    draw_figure(cr, before, low, high, width, both ? 14 : 21, 0);
    if (both)
        draw_figure(cr, after, low, high, width, 30, 2);
}

static void
draw_strip(UmkAppAuditChart *self, cairo_t *cr, guint i)
{
    double top = BAR_HEIGHT + STRIP_HEIGHT * i,
           x = place(0, self->low, self->high, self->width);

    set_ink(self, cr, 0.12);
    stroke(cr, 1, 0, top + 0.5, self->width, top + 0.5);
    set_ink(self, cr, 0.35);
    stroke(cr, 1, x, top + 16, x, top + STRIP_HEIGHT - 2);
    draw_text(self, cr, g_array_index(self->strips, Strip, i).title, 0, top + 9, 0, 0.65);
}

static void
draw_mark(UmkAppAuditChart *self, cairo_t *cr, guint i)
{
    const Mark *mark = &g_array_index(self->marks, Mark, i);

    set_colour(cr, mark->strip % 8);
    cairo_arc(cr, mark->x, mark->y, RADIUS, 0, 2 * G_PI);
    cairo_fill(cr);
    if ((int) i != self->cursor)
        return;
    set_ink(self, cr, 1);
    cairo_set_line_width(cr, 2);
    cairo_arc(cr, mark->x, mark->y, RADIUS + 3, 0, 2 * G_PI);
    cairo_stroke(cr);
}

static char *
describe_cursor(UmkAppAuditChart *self)
{
    const Mark *mark = &g_array_index(self->marks, Mark, self->cursor);
    const UmkAppAuditItem *item = get_item(self, mark->item);
    const char *title = self->titles->pdata[mark->item];

    if (isnan(item->without))
        /* Translators: an item and its association */
        return umk_app_text_set_minus(g_strdup_printf(_("%s: %.4f"), title, item->value));
    /* Translators: an item, its association, and the effect without the item */
    return umk_app_text_set_minus(g_strdup_printf(_("%s: %.4f; effect without it: %.2f"),
                                                  title, item->value, item->without));
}

static void
umk_app_audit_chart_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    UmkAppAuditChart *self = UMK_APP_AUDIT_CHART(widget);
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    cairo_t *cr;

    if (self->result == NULL || width <= 2 * EDGE)
        return;
    lay_out(self, width);
    cr = gtk_snapshot_append_cairo(
        snapshot, &GRAPHENE_RECT_INIT(0, 0, (float) width, (float) height));
    draw_effect(self, cr);
    for (guint i = 0; i < self->strips->len; i++)
        draw_strip(self, cr, i);
    for (guint i = 0; i < self->marks->len; i++)
        draw_mark(self, cr, i);
    if (self->cursor >= 0) {
        g_autofree char *text = describe_cursor(self);
        double x = g_array_index(self->marks, Mark, self->cursor).x;

        draw_text(self, cr, text, x, height - FOOT / 2, 0.5, 1);
    }
    cairo_destroy(cr);
}

static void
umk_app_audit_chart_measure(GtkWidget *widget,
                            GtkOrientation orientation,
                            int for_size,
                            int *minimum,
                            int *natural,
                            int *minimum_baseline,
                            int *natural_baseline)
{
    UmkAppAuditChart *self = UMK_APP_AUDIT_CHART(widget);
    double height = BAR_HEIGHT + STRIP_HEIGHT * self->strips->len + FOOT;

    *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 160 : (int) height;
    *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 420 : (int) height;
    *minimum_baseline = *natural_baseline = -1;
}

/* ---- pointer and keys ----------------------------------------------------------------
 */

static void
set_cursor(UmkAppAuditChart *self, int cursor)
{
    g_autofree char *text = NULL;

    if (self->cursor == cursor)
        return;
    self->cursor = cursor;
    if (cursor >= 0)
        text = describe_cursor(self);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text ?: "", -1);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

static int
pick(UmkAppAuditChart *self, double x, double y)
{
    double best = REACH;
    int found = -1;

    for (guint i = 0; i < self->marks->len; i++) {
        const Mark *mark = &g_array_index(self->marks, Mark, i);
        double distance = hypot(mark->x - x, mark->y - y);

        if (distance < best) {
            best = distance;
            found = (int) i;
        }
    }
    return found;
}

static void
moved(GtkEventControllerMotion *motion, double x, double y, UmkAppAuditChart *self)
{
    int found = pick(self, x, y);

    if (found >= 0)
        set_cursor(self, found);
}

static void
pressed(GtkGestureClick *click, int n, double x, double y, UmkAppAuditChart *self)
{
    int found = pick(self, x, y);

    gtk_widget_grab_focus(GTK_WIDGET(self));
    if (found < 0)
        return;
    set_cursor(self, found);
    umk_app_audit_chart_choose(self);
}

static gboolean
key_move(GtkWidget *widget, GVariant *by, gpointer data)
{
    umk_app_audit_chart_move(UMK_APP_AUDIT_CHART(widget), g_variant_get_int32(by));
    return TRUE;
}

static gboolean
key_choose(GtkWidget *widget, GVariant *none, gpointer data)
{
    umk_app_audit_chart_choose(UMK_APP_AUDIT_CHART(widget));
    return TRUE;
}

/* ---- life ----------------------------------------------------------------------------
 */

static void
umk_app_audit_chart_dispose(GObject *object)
{
    UmkAppAuditChart *self = UMK_APP_AUDIT_CHART(object);

    g_clear_pointer(&self->result, umk_app_audit_result_unref);
    g_clear_pointer(&self->titles, g_ptr_array_unref);
    g_clear_pointer(&self->strips, g_array_unref);
    g_clear_pointer(&self->marks, g_array_unref);
    G_OBJECT_CLASS(umk_app_audit_chart_parent_class)->dispose(object);
}

static void
umk_app_audit_chart_class_init(UmkAppAuditChartClass *klass)
{
    static const struct {
        guint key;
        int by;
    } moves[] = {{GDK_KEY_Left, -1},     {GDK_KEY_Right, 1},     {GDK_KEY_KP_Left, -1},
                 {GDK_KEY_KP_Right, 1},  {GDK_KEY_Page_Up, -10}, {GDK_KEY_Page_Down, 10},
                 {GDK_KEY_Home, -10000}, {GDK_KEY_End, 10000}};
    static const guint enter[] = {GDK_KEY_Return, GDK_KEY_KP_Enter, GDK_KEY_space};
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_audit_chart_dispose;
    widget_class->snapshot = umk_app_audit_chart_snapshot;
    widget_class->measure = umk_app_audit_chart_measure;
    signals[CHOSEN] = g_signal_new("chosen", UMK_APP_TYPE_AUDIT_CHART, G_SIGNAL_RUN_LAST,
                                   0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    for (gsize i = 0; i < G_N_ELEMENTS(moves); i++)
        gtk_widget_class_add_binding(widget_class, moves[i].key, 0, key_move, "i",
                                     moves[i].by);
    for (gsize i = 0; i < G_N_ELEMENTS(enter); i++)
        gtk_widget_class_add_binding(widget_class, enter[i], 0, key_choose, NULL);
    gtk_widget_class_set_css_name(widget_class, "auditchart");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
umk_app_audit_chart_init(UmkAppAuditChart *self)
{
    GtkEventController *motion = gtk_event_controller_motion_new();
    GtkGesture *click = gtk_gesture_click_new();

    self->titles = g_ptr_array_new_with_free_func(g_free);
    self->strips = g_array_new(FALSE, FALSE, sizeof(Strip));
    g_array_set_clear_func(self->strips, clear_strip);
    self->marks = g_array_new(FALSE, FALSE, sizeof(Mark));
    self->cursor = -1;
    self->width = -1;
    gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
    g_signal_connect_object(motion, "motion", G_CALLBACK(moved), self, 0);
    g_signal_connect_object(click, "pressed", G_CALLBACK(pressed), self, 0);
    gtk_widget_add_controller(GTK_WIDGET(self), motion);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
    g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                            G_CALLBACK(gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
}

/* What is drawn of the result: strips for roles whose items have a place. */
static void
read_result(UmkAppAuditChart *self, UmkAppAuditTitleFunc titles, gpointer data)
{
    self->low = self->high = 0;
    for (guint i = 0; self->result != NULL && i < self->result->items->len; i++) {
        const UmkAppAuditItem *item = get_item(self, i);

        g_ptr_array_add(self->titles, titles(item->role, item->name, data));
        if (isnan(item->value))
            continue;
        widen(item->value, &self->low, &self->high);
        if (find_strip(self, item->role) == self->strips->len) {
            Strip strip = {g_strdup(item->role), titles(item->role, NULL, data)};

            g_array_append_val(self->strips, strip);
        }
    }
    if (!(self->high > self->low))
        self->high = self->low + 1;
}

void
umk_app_audit_chart_set_result(UmkAppAuditChart *self,
                               UmkAppAuditResult *result,
                               UmkAppAuditTitleFunc titles,
                               gpointer data)
{
    g_clear_pointer(&self->result, umk_app_audit_result_unref);
    self->result = result != NULL ? umk_app_audit_result_ref(result) : NULL;
    g_ptr_array_set_size(self->titles, 0);
    g_array_set_size(self->strips, 0);
    g_array_set_size(self->marks, 0);
    self->cursor = -1;
    self->width = -1;
    read_result(self, titles, data);
    gtk_widget_queue_resize(GTK_WIDGET(self));
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

const char *
umk_app_audit_chart_get_cursor(UmkAppAuditChart *self)
{
    if (self->cursor < 0)
        return NULL;
    return get_item(self, g_array_index(self->marks, Mark, self->cursor).item)->name;
}

void
umk_app_audit_chart_move(UmkAppAuditChart *self, int by)
{
    if (self->width < 0)
        lay_out(self, MAX(gtk_widget_get_width(GTK_WIDGET(self)), 2 * (int) EDGE + 1));
    if (self->marks->len == 0)
        return;
    set_cursor(self, self->cursor < 0
                         ? 0
                         : CLAMP(self->cursor + by, 0, (int) self->marks->len - 1));
}

void
umk_app_audit_chart_choose(UmkAppAuditChart *self)
{
    const char *name = umk_app_audit_chart_get_cursor(self);

    if (name != NULL)
        g_signal_emit(self, signals[CHOSEN], 0, name);
}
