/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of symbol, name and number, each a button. A symbol is a stamp of the splatter,
 * so the legend shows exactly what the map draws. What is hidden is the filter's
 * condition "class", whose detail lists the hidden palette entries. */
#include "umk-app-legend.h"

#include "umk-app-palette.h"
#include "umk-app-titles.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

struct _UmkAppLegend {
    GtkWidget parent_instance;
    UmkAppScene *scene;
    GtkWidget *box, *title, *scale, *ends, *low, *high, *list;
    guint8 hidden[UMK_APP_N_COLOURS];
    gboolean filling;
};

G_DEFINE_FINAL_TYPE(UmkAppLegend, umk_app_legend, GTK_TYPE_WIDGET)

/* ---- symbols and scale ---------------------------------------------------------------
 */

static gboolean
is_dark(void)
{
    return adw_style_manager_get_dark(adw_style_manager_get_default());
}

static GdkTexture *
draw_symbol(guint colour, guint shape, int ratio)
{
    UmkAppColour own = umk_app_palette_get(colour, is_dark());
    UmkAppStyle style = {.radius = 5.6f * (float) ratio, .shapes = TRUE};
    g_autoptr(UmkAppStamps) stamps = umk_app_stamps_new(&style, &own, 1);
    gsize size = (gsize) stamps->size * stamps->stride * 4;
    g_autoptr(GBytes) bytes =
        g_bytes_new(umk_app_stamps_get(stamps, 0, shape, 2, 2), size);

    return gdk_memory_texture_new((int) stamps->size, (int) stamps->size,
                                  GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, bytes,
                                  stamps->stride * 4);
}

static void
draw_scale(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
    gboolean mirrored = gtk_widget_get_direction(GTK_WIDGET(area)) == GTK_TEXT_DIR_RTL;
    double step = (double) width / UMK_APP_N_SCALE;

    for (guint s = 0; s < UMK_APP_N_SCALE; s++) {
        UmkAppColour c = umk_app_palette_get(UMK_APP_SCALE + s, is_dark());
        guint at = mirrored ? UMK_APP_N_SCALE - 1 - s : s;

        cairo_set_source_rgb(cr, (double) c.r, (double) c.g, (double) c.b);
        cairo_rectangle(cr, at * step, 0, step + 0.5, height);
        cairo_fill(cr);
    }
}

static GtkWidget *
get_symbol(GtkWidget *line)
{
    return gtk_widget_get_first_child(gtk_button_get_child(GTK_BUTTON(line)));
}

static void
refresh_symbols(UmkAppLegend *self)
{
    for (GtkWidget *line = gtk_widget_get_first_child(self->list); line != NULL;
         line = gtk_widget_get_next_sibling(line)) {
        guint kind = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(line), "umk-kind"));
        g_autoptr(GdkTexture) texture =
            draw_symbol(kind >> 8, kind & 255, gtk_widget_get_scale_factor(line));

        gtk_image_set_from_paintable(GTK_IMAGE(get_symbol(line)), GDK_PAINTABLE(texture));
    }
    gtk_widget_queue_draw(self->scale);
}

/* ---- hiding --------------------------------------------------------------------------
 */

static const UmkAppClass *
get_class(UmkAppLegend *self, guint position)
{
    UmkAppClasses *classes = umk_app_scene_get_classes(self->scene);

    return classes != NULL && !classes->is_scale && position < classes->classes->len
               ? &g_array_index(classes->classes, UmkAppClass, position)
               : NULL;
}

/* Makes the scene's filter say what is hidden. */
static void
apply(UmkAppLegend *self, const guint8 *hidden)
{
    UmkAppClasses *classes = umk_app_scene_get_classes(self->scene);
    UmkAppFilter *filter = umk_app_scene_get_filter(self->scene);
    gsize n = umk_app_source_get_n_items(umk_app_scene_get_source(self->scene));
    g_autofree guint8 *keep = g_new(guint8, n + 1);
    g_autoptr(GString) detail = g_string_new(NULL);
    g_autoptr(UmkAppRows) rows = NULL;
    g_autoptr(UmkAppFilter) next = NULL;

    for (guint c = 0; c < UMK_APP_N_COLOURS; c++)
        if (hidden[c])
            g_string_append_printf(detail, "%s%u", detail->len > 0 ? " " : "", c);
    if (detail->len > 0) {
        for (gsize i = 0; i < n; i++)
            keep[i] = !hidden[classes->colour_of_row[i]];
        rows = umk_app_rows_new_from_mask(n, keep);
    }
    next = umk_app_filter_with(filter, "class", detail->str, rows);
    umk_app_scene_set_filter(self->scene, next, _("Show Classes"));
}

void
umk_app_legend_toggle(UmkAppLegend *self, guint position)
{
    const UmkAppClass *class = get_class(self, position);
    guint8 hidden[UMK_APP_N_COLOURS];

    if (class == NULL)
        return;
    memcpy(hidden, self->hidden, sizeof hidden);
    hidden[class->colour] = !hidden[class->colour];
    apply(self, hidden);
}

void
umk_app_legend_solo(UmkAppLegend *self, guint position)
{
    const UmkAppClass *class = get_class(self, position), *other;
    guint8 hidden[UMK_APP_N_COLOURS] = {0};

    if (class == NULL)
        return;
    for (guint i = 0; (other = get_class(self, i)) != NULL; i++)
        hidden[other->colour] = other->colour != class->colour;
    if (memcmp(hidden, self->hidden, sizeof hidden) == 0)
        memset(hidden, 0, sizeof hidden);
    apply(self, hidden);
}

/* ---- lines ---------------------------------------------------------------------------
 */

static guint
get_position(GtkWidget *line)
{
    return GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(line), "umk-position"));
}

static void
toggled(GtkWidget *line, UmkAppLegend *self)
{
    if (!self->filling)
        umk_app_legend_toggle(self, get_position(line));
}

/* The second click of two, or any with Ctrl, before the button itself sees it. */
static void
pressed(GtkGestureClick *click, int n_press, double x, double y, UmkAppLegend *self)
{
    GtkEventController *controller = GTK_EVENT_CONTROLLER(click);
    GdkModifierType state = gtk_event_controller_get_current_event_state(controller);

    if (n_press != 2 && !(state & GDK_CONTROL_MASK))
        return;
    gtk_gesture_set_state(GTK_GESTURE(click), GTK_EVENT_SEQUENCE_CLAIMED);
    umk_app_legend_solo(self, get_position(gtk_event_controller_get_widget(controller)));
}

static gboolean
key_pressed(GtkEventControllerKey *keys,
            guint key,
            guint code,
            GdkModifierType modifiers,
            UmkAppLegend *self)
{
    GtkEventController *controller = GTK_EVENT_CONTROLLER(keys);

    if (!(modifiers & GDK_CONTROL_MASK) ||
        (key != GDK_KEY_Return && key != GDK_KEY_KP_Enter && key != GDK_KEY_space))
        return FALSE;
    umk_app_legend_solo(self, get_position(gtk_event_controller_get_widget(controller)));
    return TRUE;
}

static void
add_controllers(UmkAppLegend *self, GtkWidget *line)
{
    GtkGesture *click = gtk_gesture_click_new();
    GtkEventController *keys = gtk_event_controller_key_new();

    gtk_event_controller_set_propagation_phase(GTK_EVENT_CONTROLLER(click),
                                               GTK_PHASE_CAPTURE);
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect_object(click, "pressed", G_CALLBACK(pressed), self, 0);
    g_signal_connect_object(keys, "key-pressed", G_CALLBACK(key_pressed), self, 0);
    gtk_widget_add_controller(line, GTK_EVENT_CONTROLLER(click));
    gtk_widget_add_controller(line, keys);
}

static GtkWidget *
make_line(UmkAppLegend *self, const UmkAppClass *class, guint position)
{
    g_autofree char *number = g_strdup_printf("%'zu", class->n_items);
    GtkWidget *line = gtk_toggle_button_new();
    GtkWidget *inside = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    GtkWidget *symbol = gtk_image_new(), *name = gtk_label_new(class->name);
    GtkWidget *count = gtk_label_new(number);

    gtk_image_set_pixel_size(GTK_IMAGE(symbol), 16);
    g_object_set(symbol, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
    gtk_label_set_xalign(GTK_LABEL(name), 0);
    gtk_label_set_ellipsize(GTK_LABEL(name), PANGO_ELLIPSIZE_END);
    gtk_widget_set_hexpand(name, TRUE);
    gtk_widget_add_css_class(count, "dim-label");
    gtk_widget_add_css_class(count, "numeric");
    gtk_box_append(GTK_BOX(inside), symbol);
    gtk_box_append(GTK_BOX(inside), name);
    gtk_box_append(GTK_BOX(inside), count);
    gtk_button_set_child(GTK_BUTTON(line), inside);
    gtk_widget_add_css_class(line, "flat");
    gtk_widget_add_css_class(line, "legend-line");
    gtk_widget_set_tooltip_text(
        line, _("Click: hide or show. Double click or Ctrl: only this"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(line), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   class->name, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   number, -1);
    g_object_set_data(G_OBJECT(line), "umk-kind",
                      GUINT_TO_POINTER((guint) class->colour << 8 | class->shape));
    g_object_set_data(G_OBJECT(line), "umk-position", GUINT_TO_POINTER(position));
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(line), TRUE);
    g_signal_connect_object(line, "toggled", G_CALLBACK(toggled), self, 0);
    add_controllers(self, line);
    return line;
}

/* Buttons are down for what is shown. */
static void
follow(UmkAppLegend *self)
{
    const char *detail =
        umk_app_filter_get_detail(umk_app_scene_get_filter(self->scene), "class");
    g_auto(GStrv) off = g_strsplit(detail != NULL ? detail : "", " ", -1);

    memset(self->hidden, 0, sizeof self->hidden);
    for (gsize i = 0; off[i] != NULL && *off[i] != '\0'; i++)
        self->hidden[MIN(g_ascii_strtoull(off[i], NULL, 10), UMK_APP_N_COLOURS - 1)] = 1;
    self->filling = TRUE;
    for (GtkWidget *line = gtk_widget_get_first_child(self->list); line != NULL;
         line = gtk_widget_get_next_sibling(line)) {
        guint kind = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(line), "umk-kind"));

        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(line), !self->hidden[kind >> 8]);
    }
    self->filling = FALSE;
}

static void
show_scale(UmkAppLegend *self, const UmkAppClasses *classes)
{
    gboolean scale = classes != NULL && classes->is_scale;
    g_autofree char *low = NULL, *high = NULL;

    gtk_widget_set_visible(self->scale, scale);
    gtk_widget_set_visible(self->ends, scale);
    if (!scale)
        return;
    low = umk_app_text_set_minus(
        g_strdup_printf("%s%.4g", classes->below ? "≤ " : "", classes->low));
    high = umk_app_text_set_minus(
        g_strdup_printf("%s%.4g", classes->above ? "≥ " : "", classes->high));
    gtk_label_set_label(GTK_LABEL(self->low), low);
    gtk_label_set_label(GTK_LABEL(self->high), high);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->scale),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL, classes->title,
                                   GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, low, -1);
}

static void
refill(UmkAppLegend *self)
{
    const UmkAppClasses *classes = umk_app_scene_get_classes(self->scene);
    const char *title = classes != NULL ? classes->title : NULL;
    GtkWidget *line;

    gtk_label_set_label(GTK_LABEL(self->title), title != NULL ? title : "");
    gtk_widget_set_visible(self->title, title != NULL);
    while ((line = gtk_widget_get_first_child(self->list)) != NULL)
        gtk_box_remove(GTK_BOX(self->list), line);
    show_scale(self, classes);
    for (guint i = 0; classes != NULL && i < classes->classes->len; i++) {
        const UmkAppClass *class = &g_array_index(classes->classes, UmkAppClass, i);

        if (!classes->is_scale || class->colour < UMK_APP_SCALE)
            gtk_box_append(GTK_BOX(self->list), make_line(self, class, i));
        if (classes->is_scale && class->colour < UMK_APP_SCALE)
            gtk_widget_set_sensitive(gtk_widget_get_last_child(self->list), FALSE);
    }
    refresh_symbols(self);
    follow(self);
}

/* ---- widget --------------------------------------------------------------------------
 */

static void
umk_app_legend_dispose(GObject *object)
{
    UmkAppLegend *self = UMK_APP_LEGEND(object);

    g_clear_object(&self->scene);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_legend_parent_class)->dispose(object);
}

static void
umk_app_legend_class_init(UmkAppLegendClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_legend_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "legend");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static GtkWidget *
make_end(gboolean first)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_widget_add_css_class(label, "caption");
    gtk_widget_add_css_class(label, "numeric");
    gtk_widget_set_hexpand(label, first);
    gtk_label_set_xalign(GTK_LABEL(label), first ? 0 : 1);
    return label;
}

static void
umk_app_legend_init(UmkAppLegend *self)
{
    self->list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    self->title = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(self->title), 0);
    gtk_label_set_wrap(GTK_LABEL(self->title), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(self->title), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_max_width_chars(GTK_LABEL(self->title), 30);
    gtk_widget_add_css_class(self->title, "caption");
    self->scale = gtk_drawing_area_new();
    gtk_drawing_area_set_content_height(GTK_DRAWING_AREA(self->scale), 12);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(self->scale), draw_scale, NULL, NULL);
    self->ends = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    self->low = make_end(TRUE);
    self->high = make_end(FALSE);
    gtk_box_append(GTK_BOX(self->ends), self->low);
    gtk_box_append(GTK_BOX(self->ends), self->high);
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    gtk_box_append(GTK_BOX(self->box), self->title);
    gtk_box_append(GTK_BOX(self->box), self->scale);
    gtk_box_append(GTK_BOX(self->box), self->ends);
    gtk_box_append(GTK_BOX(self->box), self->list);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                            G_CALLBACK(refresh_symbols), self, G_CONNECT_SWAPPED);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppLegend *self)
{
    if (changes & UMK_APP_CHANGED_COLOUR)
        refill(self);
    else if (changes & UMK_APP_CHANGED_FILTER)
        follow(self);
}

void
umk_app_legend_set_scene(UmkAppLegend *self, UmkAppScene *scene)
{
    self->scene = g_object_ref(scene);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    refill(self);
}
