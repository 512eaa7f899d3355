/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How true a layout is gets measured when it has been shown for a moment, and once only:
 * the newest few measures are kept with their layouts. */
#include "umk-app-status-parts.h"

#include <glib/gi18n.h>

#define REST         500 /* ms that a layout is shown before it is measured */
#define KEPT         8u
#define LEAST_HEIGHT 30

typedef struct {
    UmkAppLayout *layout;
    UmkAppTruth truth;
} Known;

enum { COPIED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppStatus, umk_app_status, GTK_TYPE_WIDGET)

static void
known_clear(gpointer data)
{
    umk_app_layout_unref(((Known *) data)->layout);
}

void
umk_app_status_cancel(UmkAppStatus *self)
{
    g_clear_handle_id(&self->rest, g_source_remove);
    if (self->measuring != NULL)
        umk_app_job_cancel(self->measuring);
    g_clear_object(&self->measuring);
    g_clear_pointer(&self->measured, umk_app_layout_unref);
}

static void
umk_app_status_dispose(GObject *object)
{
    UmkAppStatus *self = UMK_APP_STATUS(object);

    umk_app_status_cancel(self);
    g_clear_pointer(&self->known, g_array_unref);
    g_clear_object(&self->scene);
    g_clear_pointer(&self->button, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_status_parent_class)->dispose(object);
}

static GtkSizeRequestMode
umk_app_status_get_request_mode(GtkWidget *widget)
{
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* A menu button asks for one height whatever its width; its label needs two lines where
 * there is little room. */
static void
umk_app_status_measure(GtkWidget *widget,
                       GtkOrientation orientation,
                       int for_size,
                       int *minimum,
                       int *natural,
                       int *minimum_baseline,
                       int *natural_baseline)
{
    UmkAppStatus *self = UMK_APP_STATUS(widget);
    GtkWidget *inner = gtk_widget_get_ancestor(self->label, GTK_TYPE_TOGGLE_BUTTON);
    GtkBorder padding;
    int least, wanted;

    gtk_widget_measure(self->button, orientation, -1, minimum, natural, NULL, NULL);
    if (orientation == GTK_ORIENTATION_HORIZONTAL || for_size < 0)
        return;
    gtk_style_context_get_padding(gtk_widget_get_style_context(inner), &padding);
    gtk_widget_measure(self->label, orientation,
                       MAX(0, for_size - padding.left - padding.right), &least, &wanted,
                       NULL, NULL);
    *minimum = *natural = MAX(wanted + padding.top + padding.bottom, LEAST_HEIGHT);
}

static void
umk_app_status_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    gtk_widget_allocate(UMK_APP_STATUS(widget)->button, width, height, baseline, NULL);
}

static void
umk_app_status_class_init(UmkAppStatusClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_status_dispose;
    signals[COPIED] = g_signal_new("copied", UMK_APP_TYPE_STATUS, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    widget_class->measure = umk_app_status_measure;
    widget_class->size_allocate = umk_app_status_size_allocate;
    widget_class->get_request_mode = umk_app_status_get_request_mode;
    gtk_widget_class_set_css_name(widget_class, "mapstatus");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

/* ---- the line ------------------------------------------------------------------------
 */

static const Known *
find_known(UmkAppStatus *self, const UmkAppLayout *layout)
{
    for (guint i = 0; i < self->known->len; i++)
        if (g_array_index(self->known, Known, i).layout == layout)
            return &g_array_index(self->known, Known, i);
    return NULL;
}

const UmkAppTruth *
umk_app_status_get_truth(UmkAppStatus *self)
{
    const Known *known = find_known(self, umk_app_scene_get_layout(self->scene));

    return known != NULL ? &known->truth : NULL;
}

static void
show(UmkAppStatus *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);
    g_autofree char *text =
        _umk_app_status_dup_text(self->scene, umk_app_status_get_truth(self));

    gtk_widget_set_sensitive(self->button,
                             layout != NULL && layout->points->n_points > 0);
    gtk_label_set_label(GTK_LABEL(self->label), text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->button),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

/* ---- measuring -----------------------------------------------------------------------
 */

static void
measured(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppStatus *self = owner;
    g_autofree UmkAppTruth *truth = result;

    if (job != self->measuring)
        return;
    if (truth != NULL) {
        Known known = {umk_app_layout_ref(self->measured), *truth};

        if (self->known->len >= KEPT)
            g_array_remove_index(self->known, 0);
        g_array_append_val(self->known, known);
    } else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_message("%s", error->message);
    }
    umk_app_status_cancel(self);
    show(self);
}

static gboolean
measure(gpointer data)
{
    UmkAppStatus *self = data;
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);

    self->rest = 0;
    umk_app_status_cancel(self);
    self->measured = umk_app_layout_ref(layout);
    self->measuring = umk_app_found_truth(umk_app_scene_get_source(self->scene), layout,
                                          measured, G_OBJECT(self));
    return G_SOURCE_REMOVE;
}

static void
consider(UmkAppStatus *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);

    umk_app_status_cancel(self);
    if (layout == NULL || umk_app_scene_is_live(self->scene) ||
        layout->points->n_points == 0 || find_known(self, layout) != NULL)
        return;
    self->rest = g_timeout_add_full(G_PRIORITY_LOW, REST, measure, self, NULL);
}

/* ---- the popover ---------------------------------------------------------------------
 */

void
_umk_app_status_tell_copied(UmkAppStatus *self, const char *said)
{
    gtk_popover_popdown(GTK_POPOVER(self->popover));
    g_signal_emit(self, signals[COPIED], 0, said);
}

/* The whole line only where it is cut. */
static gboolean
show_tooltip(GtkWidget *button,
             int x,
             int y,
             gboolean by_key,
             GtkTooltip *tooltip,
             UmkAppStatus *self)
{
    gboolean cut =
        pango_layout_is_ellipsized(gtk_label_get_layout(GTK_LABEL(self->label)));
    g_autofree char *all =
        g_strdup_printf("%s\n%s", gtk_label_get_label(GTK_LABEL(self->label)),
                        _("How This Map Was Made"));

    gtk_tooltip_set_text(tooltip, cut ? all : _("How This Map Was Made"));
    return TRUE;
}

void
umk_app_status_popup(UmkAppStatus *self)
{
    gtk_menu_button_popup(GTK_MENU_BUTTON(self->button));
}

void
umk_app_status_popdown(UmkAppStatus *self)
{
    gtk_menu_button_popdown(GTK_MENU_BUTTON(self->button));
}

/* ---- widget --------------------------------------------------------------------------
 */

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppStatus *self)
{
    if (changes & UMK_APP_CHANGED_SOURCE)
        g_array_set_size(self->known, 0);
    if (changes & UMK_APP_CHANGED_LAYOUT)
        consider(self);
    if (changes &
        (UMK_APP_CHANGED_LAYOUT | UMK_APP_CHANGED_FILTER | UMK_APP_CHANGED_SELECTION))
        show(self);
}

static void
umk_app_status_init(UmkAppStatus *self)
{
    self->known = g_array_new(FALSE, FALSE, sizeof(Known));
    g_array_set_clear_func(self->known, known_clear);
    self->label = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(self->label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(self->label), PANGO_ELLIPSIZE_END);
    gtk_label_set_wrap_mode(GTK_LABEL(self->label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_wrap(GTK_LABEL(self->label), TRUE); /* large text, names of axes */
    gtk_label_set_lines(GTK_LABEL(self->label), 2);
    gtk_widget_add_css_class(self->label, "caption");
    gtk_widget_add_css_class(self->label, "dim-label");
    gtk_widget_add_css_class(self->label, "numeric");
    self->popover = gtk_popover_new();
    self->button = gtk_menu_button_new();
    gtk_menu_button_set_child(GTK_MENU_BUTTON(self->button), self->label);
    gtk_widget_set_halign(gtk_widget_get_parent(self->label), GTK_ALIGN_START);
    gtk_menu_button_set_popover(GTK_MENU_BUTTON(self->button), self->popover);
    gtk_menu_button_set_direction(GTK_MENU_BUTTON(self->button), GTK_ARROW_UP);
    gtk_menu_button_set_has_frame(GTK_MENU_BUTTON(self->button), FALSE);
    gtk_menu_button_set_create_popup_func(GTK_MENU_BUTTON(self->button),
                                          _umk_app_status_fill_popover, self, NULL);
    gtk_widget_set_has_tooltip(self->button, TRUE);
    g_signal_connect(self->button, "query-tooltip", G_CALLBACK(show_tooltip), self);
    gtk_widget_set_hexpand(self->button, TRUE);
    gtk_widget_add_css_class(self->button, "statusline");
    gtk_widget_set_parent(self->button, GTK_WIDGET(self));
}

void
umk_app_status_set_scene(UmkAppStatus *self, UmkAppScene *scene)
{
    self->scene = g_object_ref(scene);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    show(self);
}

GtkLabel *
umk_app_status_get_label(UmkAppStatus *self)
{
    return GTK_LABEL(self->label);
}
