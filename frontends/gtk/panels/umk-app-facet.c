/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A heading with a button that takes the condition off, then the chart. Bars are toggle
 * buttons: several of them together keep what is in any. */
#include "umk-app-facet.h"

#include "umk-app-histogram.h"
#include "umk-app-modality.h"

#include <glib/gi18n.h>

#include <string.h>

#define BARS      6u
#define MORE_BARS 60u

struct _UmkAppFacet {
    GtkWidget parent_instance;
    UmkAppScene *scene;
    UmkAppField *field;
    char *condition;
    gsize *counts;
    GtkWidget *box, *clear, *histogram, *low, *high, *bars, *more;
    GPtrArray *buttons; /* of the bars, not owned */
    gboolean filling;
};

G_DEFINE_FINAL_TYPE(UmkAppFacet, umk_app_facet, GTK_TYPE_WIDGET)

static void
umk_app_facet_dispose(GObject *object)
{
    UmkAppFacet *self = UMK_APP_FACET(object);

    g_clear_pointer(&self->box, gtk_widget_unparent);
    g_clear_pointer(&self->buttons, g_ptr_array_unref);
    g_clear_pointer(&self->field, umk_app_field_unref);
    g_clear_pointer(&self->condition, g_free);
    g_clear_pointer(&self->counts, g_free);
    g_clear_object(&self->scene);
    G_OBJECT_CLASS(umk_app_facet_parent_class)->dispose(object);
}

static void
umk_app_facet_class_init(UmkAppFacetClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_facet_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "facet");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
umk_app_facet_init(UmkAppFacet *self)
{
    self->buttons = g_ptr_array_new();
}

/* ---- asking the scene ----------------------------------------------------------------
 */

void
umk_app_facet_choose(UmkAppFacet *self, const guint *groups, gsize n)
{
    UmkAppFilter *filter = umk_app_scene_get_filter(self->scene);
    g_autoptr(UmkAppRows) rows =
        n > 0 ? umk_app_field_select(self->field, groups, n) : NULL;
    g_autofree char *detail = umk_app_field_make_detail(self->field, groups, n);
    /* Translators: a step that can be undone; the name of a field follows */
    g_autofree char *deed = g_strdup_printf(_("Filter by %s"), self->field->title);
    g_autoptr(UmkAppFilter) next = NULL;

    if (n == 0 && umk_app_filter_get_condition(filter, self->condition) == NULL)
        return;
    next = umk_app_filter_with(filter, self->condition, detail, rows);
    umk_app_scene_set_filter(self->scene, next, deed);
}

static void
range_chosen(UmkAppHistogram *histogram, int from, int to, UmkAppFacet *self)
{
    g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(guint));

    for (int b = MAX(from, 0); from >= 0 && b <= to; b++)
        g_array_append_val(groups, b);
    umk_app_facet_choose(self, (const guint *) (gpointer) groups->data, groups->len);
}

static void
bar_toggled(UmkAppFacet *self)
{
    g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(guint));

    if (self->filling)
        return;
    for (guint g = 0; g < self->buttons->len; g++)
        if (gtk_toggle_button_get_active(self->buttons->pdata[g]))
            g_array_append_val(groups, g);
    umk_app_facet_choose(self, (const guint *) (gpointer) groups->data, groups->len);
}

static void
clear_clicked(UmkAppFacet *self)
{
    umk_app_facet_choose(self, NULL, 0);
}

/* ---- bars ----------------------------------------------------------------------------
 */

static GtkWidget *
make_bar(UmkAppFacet *self, guint g)
{
    GtkWidget *button = gtk_toggle_button_new();
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 1);
    g_autofree char *name = umk_app_field_dup_shown(self->field, g);
    g_autofree char *whole = umk_app_text_tidy(self->field->names[g], 400);
    GtkWidget *title = gtk_label_new(name), *count = gtk_label_new(NULL);
    GtkWidget *bar = gtk_progress_bar_new();

    gtk_label_set_xalign(GTK_LABEL(title), 0);
    gtk_label_set_ellipsize(GTK_LABEL(title), self->field->n_shared > 0
                                                  ? PANGO_ELLIPSIZE_START
                                                  : PANGO_ELLIPSIZE_END);
    gtk_widget_set_tooltip_text(button, whole);
    gtk_widget_set_hexpand(title, TRUE);
    gtk_widget_add_css_class(count, "dim-label");
    gtk_widget_add_css_class(count, "numeric");
    gtk_widget_add_css_class(bar, "facet-bar");
    g_object_set(bar, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
    gtk_box_append(GTK_BOX(line), title);
    gtk_box_append(GTK_BOX(line), count);
    gtk_box_append(GTK_BOX(box), line);
    gtk_box_append(GTK_BOX(box), bar);
    gtk_button_set_child(GTK_BUTTON(button), box);
    gtk_widget_add_css_class(button, "flat");
    gtk_widget_add_css_class(button, "facet-line");
    g_object_set_data(G_OBJECT(button), "umk-count", count);
    g_object_set_data(G_OBJECT(button), "umk-bar", bar);
    g_signal_connect_swapped(button, "toggled", G_CALLBACK(bar_toggled), self);
    return button;
}

static void
show_bars(UmkAppFacet *self)
{
    gsize most = 1;

    for (guint g = 0; g < self->field->n_groups; g++)
        most = MAX(most, self->field->counts[g]);
    for (guint g = 0; g < self->buttons->len; g++) {
        GObject *button = self->buttons->pdata[g];
        g_autofree char *number = g_strdup_printf("%'zu", self->counts[g]);
        g_autofree char *name = umk_app_field_dup_shown(self->field, g);
        /* Translators: a value of a field, and how many items have it */
        g_autofree char *text =
            g_strdup_printf(ngettext("%s: %zu item", "%s: %zu items", self->counts[g]),
                            name, self->counts[g]);

        gtk_label_set_label(g_object_get_data(button, "umk-count"), number);
        gtk_progress_bar_set_fraction(g_object_get_data(button, "umk-bar"),
                                      (double) self->counts[g] / (double) most);
        gtk_accessible_update_property(GTK_ACCESSIBLE(button),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
    }
}

static void
add_bars(UmkAppFacet *self, guint most)
{
    for (guint g = self->buttons->len; g < MIN(self->field->n_groups, most); g++) {
        GtkWidget *bar = make_bar(self, g);

        gtk_box_append(GTK_BOX(self->bars), bar);
        g_ptr_array_add(self->buttons, bar);
    }
    show_bars(self);
}

static void
more_clicked(UmkAppFacet *self)
{
    add_bars(self, MORE_BARS);
    gtk_widget_set_visible(self->more, FALSE);
    umk_app_facet_follow(self);
}

static void
make_bars(UmkAppFacet *self)
{
    g_autofree char *text = NULL;
    guint n = MIN(self->field->n_groups, MORE_BARS);

    self->bars = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_box_append(GTK_BOX(self->box), self->bars);
    add_bars(self, n <= BARS + 2 ? n : BARS);
    if (self->buttons->len >= n)
        return;
    text = g_strdup_printf(ngettext("%u More", "%u More", n - BARS), n - BARS);
    self->more = gtk_button_new_with_label(text);
    gtk_widget_add_css_class(self->more, "flat");
    gtk_widget_set_halign(self->more, GTK_ALIGN_START);
    g_signal_connect_swapped(self->more, "clicked", G_CALLBACK(more_clicked), self);
    gtk_box_append(GTK_BOX(self->box), self->more);
}

/* ---- histogram -----------------------------------------------------------------------
 */

static GtkWidget *
make_edge(UmkAppFacet *self, guint bin)
{
    g_autofree char *text = umk_app_field_dup_edge(self->field, bin);
    GtkWidget *label = gtk_label_new(text);

    gtk_widget_add_css_class(label, "caption");
    gtk_widget_add_css_class(label, "dim-label");
    gtk_widget_add_css_class(label, "numeric");
    return label;
}

static void
make_histogram(UmkAppFacet *self)
{
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);

    self->histogram = umk_app_histogram_new(self->field);
    self->low = make_edge(self, 0);
    self->high = make_edge(self, self->field->n_groups);
    gtk_widget_set_hexpand(self->low, TRUE);
    gtk_widget_set_halign(self->low, GTK_ALIGN_START);
    gtk_box_append(GTK_BOX(line), self->low);
    gtk_box_append(GTK_BOX(line), self->high);
    gtk_box_append(GTK_BOX(self->box), self->histogram);
    gtk_box_append(GTK_BOX(self->box), line);
    g_signal_connect(self->histogram, "chosen", G_CALLBACK(range_chosen), self);
}

/* The ends of the range, or of all. */
static void
show_edges(UmkAppFacet *self, const guint *groups, gsize n)
{
    guint from = n > 0 ? groups[0] : 0;
    guint to = n > 0 ? groups[n - 1] + 1 : self->field->n_groups;
    g_autofree char *low = umk_app_field_dup_edge(self->field, from);
    g_autofree char *high = umk_app_field_dup_edge(self->field, to);

    gtk_label_set_label(GTK_LABEL(self->low), low);
    gtk_label_set_label(GTK_LABEL(self->high), high);
    umk_app_histogram_set_range(UMK_APP_HISTOGRAM(self->histogram),
                                n > 0 ? (int) from : -1, n > 0 ? (int) to - 1 : -1);
}

/* ---- widget --------------------------------------------------------------------------
 */

GtkWidget *
umk_app_facet_new(UmkAppScene *scene, UmkAppField *field)
{
    UmkAppFacet *self = g_object_new(UMK_APP_TYPE_FACET, NULL);
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *title = gtk_label_new(field->title);

    self->scene = g_object_ref(scene);
    self->field = umk_app_field_ref(field);
    self->condition = g_strconcat("field:", field->name, NULL);
    self->counts = g_memdup2(field->counts, field->n_groups * sizeof *field->counts);
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    self->clear = gtk_button_new_from_icon_name("edit-clear-symbolic");
    gtk_widget_add_css_class(self->clear, "flat");
    gtk_widget_set_tooltip_text(self->clear, _("Take This Condition Off"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->clear),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Take This Condition Off"), -1);
    g_signal_connect_swapped(self->clear, "clicked", G_CALLBACK(clear_clicked), self);
    gtk_label_set_xalign(GTK_LABEL(title), 0);
    gtk_label_set_ellipsize(GTK_LABEL(title), PANGO_ELLIPSIZE_END);
    gtk_widget_set_hexpand(title, TRUE);
    gtk_widget_add_css_class(title, "caption-heading");
    gtk_widget_set_size_request(line, -1, 28);
    gtk_box_append(GTK_BOX(line), title);
    gtk_box_append(GTK_BOX(line), self->clear);
    gtk_box_append(GTK_BOX(self->box), line);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    gtk_accessible_update_relation(GTK_ACCESSIBLE(self),
                                   GTK_ACCESSIBLE_RELATION_LABELLED_BY, title, NULL, -1);
    if (field->kind == UMK_APP_FIELD_NUMBER)
        make_histogram(self);
    else
        make_bars(self);
    umk_app_facet_follow(self);
    return GTK_WIDGET(self);
}

UmkAppField *
umk_app_facet_get_field(UmkAppFacet *self)
{
    return self->field;
}

const char *
umk_app_facet_get_condition(UmkAppFacet *self)
{
    return self->condition;
}

void
umk_app_facet_set_counts(UmkAppFacet *self, const gsize *counts)
{
    memcpy(self->counts, counts, self->field->n_groups * sizeof *counts);
    if (self->histogram != NULL)
        umk_app_histogram_set_counts(UMK_APP_HISTOGRAM(self->histogram), counts);
    else
        show_bars(self);
}

gsize
umk_app_facet_get_count(UmkAppFacet *self, guint group)
{
    return self->counts[group];
}

void
umk_app_facet_follow(UmkAppFacet *self)
{
    UmkAppFilter *filter = umk_app_scene_get_filter(self->scene);
    const char *detail = umk_app_filter_get_detail(filter, self->condition);
    g_autofree guint *groups = NULL;
    gsize n;

    groups = umk_app_field_read_detail(self->field, detail, &n);
    gtk_widget_set_visible(self->clear, detail != NULL);
    if (self->histogram != NULL) {
        show_edges(self, groups, n);
        return;
    }
    self->filling = TRUE;
    for (guint g = 0; g < self->buttons->len; g++) {
        gboolean on = FALSE;

        for (gsize i = 0; i < n; i++)
            on = on || groups[i] == g;
        gtk_toggle_button_set_active(self->buttons->pdata[g], on);
    }
    self->filling = FALSE;
}
