/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How true a layout is gets measured when it has been shown for a moment, and once only:
 * the newest few measures are kept with their layouts. */
#include "umk-app-status.h"

#include "umk-app-recipe-view.h"
#include "umk-app-recipe.h"

#include <glib/gi18n.h>

#include <math.h>
#include <string.h>

#define REST         500 /* ms that a layout is shown before it is measured */
#define KEPT         8u
#define LEAST_HEIGHT 30

typedef struct {
    UmkAppLayout *layout;
    UmkAppTruth truth;
} Known;

struct _UmkAppStatus {
    GtkWidget parent_instance;
    UmkAppScene *scene;
    GtkWidget *button, *label, *popover;
    GArray *known; /* Known */
    UmkAppJob *measuring;
    UmkAppLayout *measured; /* by the job */
    guint rest;
};

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

static void
append(GString *text, char *part)
{
    if (part != NULL && *part != '\0')
        g_string_append_printf(text, "%s%s", text->len > 0 ? "  ·  " : "", part);
    g_free(part);
}

/* Points that no condition hides. */
static gsize
count_drawn(UmkAppScene *scene, const UmkAppLayout *layout)
{
    UmkAppRows *rows = umk_app_filter_get_rows(umk_app_scene_get_filter(scene));
    const UmkAppPoints *points = layout->points;
    const guint64 *words;
    gsize n = 0, n_words;

    if (rows == NULL)
        return points->n_points;
    words = umk_app_rows_get_words(rows, &n_words);
    for (gsize i = 0; i < points->n_points; i++)
        n += points->row[i] / 64 < n_words &&
             (words[points->row[i] / 64] >> points->row[i] % 64 & 1);
    return n;
}

static char *
counts_text(UmkAppScene *scene, const UmkAppLayout *layout)
{
    gsize n = layout->points->n_points, drawn = count_drawn(scene, layout);

    if (drawn == n)
        return g_strdup_printf(ngettext("%'zu item drawn", "%'zu items drawn", n), n);
    /* Translators: how many items are drawn, and how many there are */
    return g_strdup_printf(
        ngettext("%'zu of %'zu item drawn", "%'zu of %'zu items drawn", n), drawn, n);
}

static char *
axes_text(const UmkAppLayout *layout)
{
    if (layout->left == NULL)
        return NULL;
    if (layout->bottom == NULL)
        /* Translators: the names of two sets, left and right on the map */
        return g_strdup_printf(_("across: “%s” to “%s”"), layout->left, layout->right);
    /* Translators: the names of the ends of two axes */
    return g_strdup_printf(_("across: “%s” to “%s”, up: “%s” to “%s”"), layout->left,
                           layout->right, layout->bottom, layout->top);
}

static char *
method_text(const UmkAppLayout *layout)
{
    if (layout->left != NULL)
        return NULL; /* comes last: it is long */
    if (layout->explained >= 0)
        /* Translators: PCA is the name of the method, a percentage follows: the share of
         * the vectors' variance that is seen */
        return g_strdup_printf(_("PCA, %.0f %% of the variance"),
                               layout->explained * 100);
    if (!umk_app_layout_is_settled(layout))
        /* Translators: a method, then how many rounds are done of how many */
        return g_strdup_printf(_("%s, settling: %u of %u"), layout->title, layout->epoch,
                               layout->n_epochs);
    return g_strdup(layout->title);
}

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

static char *
truth_text(const UmkAppTruth *truth)
{
    if (truth == NULL || isnan(truth->trustworthiness))
        return NULL;
    if (truth->n_sample < truth->n_rows)
        /* Translators: a number from 0 to 1; neighbours looked at; items of the sample */
        return g_strdup_printf(_("trustworthiness %.2f (k = %u, sample of %'zu)"),
                               truth->trustworthiness, truth->k, truth->n_sample);
    return g_strdup_printf(_("trustworthiness %.2f (k = %u)"), truth->trustworthiness,
                           truth->k);
}

static void
show(UmkAppStatus *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);
    gsize chosen = umk_app_rows_get_n_chosen(umk_app_scene_get_selection(self->scene));
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *seed = NULL;

    gtk_widget_set_sensitive(self->button,
                             layout != NULL && layout->points->n_points > 0);
    if (layout != NULL) {
        append(text, counts_text(self->scene, layout));
        if (chosen > 0)
            append(text, g_strdup_printf(ngettext("%'zu chosen", "%'zu chosen", chosen),
                                         chosen));
        append(text, method_text(layout));
        append(text, truth_text(umk_app_status_get_truth(self)));
        seed = umk_app_recipe_dup_seed(layout);
        if (*seed != '\0')
            append(text, g_strdup_printf(_("seed %s"), seed));
        append(text, axes_text(layout));
    }
    gtk_label_set_label(GTK_LABEL(self->label), text->str);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->button),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL, text->str, -1);
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

/* ---- the recipe ----------------------------------------------------------------------
 */

static const char *
get_column(UmkAppStatus *self)
{
    static const char *const found[] = {"cluster", "trust", "axis", NULL};
    UmkAppClasses *classes = umk_app_scene_get_classes(self->scene);

    return classes != NULL && !g_strv_contains(found, classes->key) ? classes->key : NULL;
}

char *
umk_app_status_dup_command(UmkAppStatus *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);
    UmkAppSource *source = umk_app_scene_get_source(self->scene);

    return layout != NULL && source != NULL
               ? umk_app_recipe_dup_command(layout, source, get_column(self))
               : NULL;
}

static void
copy(UmkAppStatus *self, const char *text, const char *said)
{
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(self)), text);
    gtk_popover_popdown(GTK_POPOVER(self->popover));
    g_signal_emit(self, signals[COPIED], 0, said);
}

static void
copy_command(UmkAppStatus *self)
{
    g_autofree char *command = umk_app_status_dup_command(self);

    if (command != NULL)
        copy(self, command, _("The command line was copied"));
}

static void
copy_recipe(UmkAppStatus *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);
    g_autofree char *json =
        umk_app_recipe_to_json(layout, umk_app_scene_get_source(self->scene));

    copy(self, json, _("The recipe was copied"));
}

/* In pixels of text at its usual size. */
static int
find_room(UmkAppStatus *self)
{
    GtkWidget *window = GTK_WIDGET(gtk_widget_get_root(GTK_WIDGET(self)));
    int dpi = -1;

    g_object_get(gtk_widget_get_settings(window), "gtk-xft-dpi", &dpi, NULL);
    return (int) (gtk_widget_get_width(window) * 96.0 * 1024 / MAX(dpi, 96 * 1024));
}

static gboolean
is_wide(UmkAppStatus *self)
{
    return find_room(self) >= UMK_APP_RECIPE_WIDE;
}

static void
add_found(UmkAppStatus *self, GPtrArray *lines, UmkAppLayout *layout)
{
    char *axes = axes_text(layout);
    char *truth = truth_text(umk_app_status_get_truth(self));

    if (axes != NULL)
        umk_app_recipe_add(lines, _("Axes"), axes);
    if (layout->explained >= 0)
        umk_app_recipe_add(lines, _("Variance kept"),
                           g_strdup_printf("%.1f %%", layout->explained * 100));
    if (truth != NULL)
        umk_app_recipe_add(lines, _("How true it is"), truth)->help =
            _("1: whoever is near on the map is near in truth");
}

/* What people set and what came of it. */
static GtkWidget *
make_lines(UmkAppStatus *self, UmkAppLayout *layout)
{
    g_autoptr(GPtrArray) lines =
        umk_app_recipe_list(layout, umk_app_scene_get_source(self->scene));

    add_found(self, lines, layout);
    return umk_app_recipe_view_new(lines, find_room(self));
}

static void
wrap_label(GtkWidget *button)
{
    GtkWidget *label = gtk_button_get_child(GTK_BUTTON(button));

    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
}

static GtkWidget *
make_buttons(UmkAppStatus *self, const UmkAppLayout *layout)
{
    GtkWidget *line = gtk_box_new(
        is_wide(self) ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL, 8);
    GtkWidget *command = gtk_button_new_with_mnemonic(_("_Copy as Command Line"));
    GtkWidget *recipe = gtk_button_new_with_mnemonic(_("Copy _Recipe"));
    g_autofree char *text = umk_app_status_dup_command(self);

    gtk_widget_set_sensitive(command, text != NULL);
    gtk_widget_set_tooltip_text(
        command, text != NULL ? text
                 : layout->n_placed > 0
                     ? _("The command line lays all items out at once")
                     : _("The command line cannot mix several kinds of axes"));
    gtk_widget_set_halign(line, is_wide(self) ? GTK_ALIGN_END : GTK_ALIGN_FILL);
    wrap_label(command);
    wrap_label(recipe);
    g_signal_connect_swapped(command, "clicked", G_CALLBACK(copy_command), self);
    g_signal_connect_swapped(recipe, "clicked", G_CALLBACK(copy_recipe), self);
    gtk_box_append(GTK_BOX(line), recipe);
    gtk_box_append(GTK_BOX(line), command);
    return line;
}

/* The popover is filled each time it opens. */
static void
fill_popover(GtkMenuButton *button, gpointer data)
{
    UmkAppStatus *self = data;
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *heading = gtk_label_new(_("How This Map Was Made"));

    gtk_widget_add_css_class(heading, "heading");
    gtk_box_append(GTK_BOX(box), heading);
    if (layout != NULL) {
        GtkWidget *scroller = gtk_scrolled_window_new();

        gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                       GTK_POLICY_AUTOMATIC);
        gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scroller),
                                                         TRUE);
        gtk_scrolled_window_set_max_content_height(
            GTK_SCROLLED_WINDOW(scroller),
            MAX(160,
                gtk_widget_get_height(GTK_WIDGET(gtk_widget_get_root(GTK_WIDGET(self)))) -
                    240));
        gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller),
                                      make_lines(self, layout));
        gtk_box_append(GTK_BOX(box), scroller);
        gtk_box_append(GTK_BOX(box), make_buttons(self, layout));
    }
    gtk_widget_set_margin_start(box, 8);
    gtk_widget_set_margin_end(box, 8);
    gtk_widget_set_margin_top(box, 8);
    gtk_widget_set_margin_bottom(box, 8);
    gtk_popover_set_child(GTK_POPOVER(self->popover), box);
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
    gtk_menu_button_set_create_popup_func(GTK_MENU_BUTTON(self->button), fill_popover,
                                          self, NULL);
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
