/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counting a million rows takes a millisecond or two a field. What would take longer than
 * a frame is counted in a job, of which only the newest is waited for. */
#include "umk-app-facets.h"

#include <glib/gi18n.h>

#define AT_ONCE 6000000u /* rows of all charts together that are counted at once */
#define MOST    24u      /* charts */

struct _UmkAppFacets {
    GtkWidget parent_instance;
    UmkAppScene *scene;
    UmkAppFields *fields;
    GtkWidget *box, *list, *clear, *spinner;
    UmkAppJob *counting;
};

G_DEFINE_FINAL_TYPE(UmkAppFacets, umk_app_facets, GTK_TYPE_WIDGET)

static void
stop(UmkAppFacets *self)
{
    if (self->counting != NULL)
        umk_app_job_cancel(self->counting);
    g_clear_object(&self->counting);
}

static void
umk_app_facets_dispose(GObject *object)
{
    UmkAppFacets *self = UMK_APP_FACETS(object);

    stop(self);
    g_clear_object(&self->fields);
    g_clear_object(&self->scene);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_facets_parent_class)->dispose(object);
}

static void
umk_app_facets_class_init(UmkAppFacetsClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_facets_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
umk_app_facets_init(UmkAppFacets *self)
{
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    GtkWidget *heading = gtk_label_new(_("Filter"));

    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    self->list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
    self->spinner = gtk_spinner_new();
    self->clear = gtk_button_new_with_mnemonic(_("Clear _All"));
    gtk_widget_add_css_class(self->clear, "flat");
    gtk_widget_set_tooltip_text(self->clear, _("Take All Conditions of the Charts Off"));
    g_signal_connect_swapped(self->clear, "clicked", G_CALLBACK(umk_app_facets_clear),
                             self);
    gtk_label_set_xalign(GTK_LABEL(heading), 0);
    gtk_widget_set_hexpand(heading, TRUE);
    gtk_widget_add_css_class(heading, "heading");
    gtk_box_append(GTK_BOX(line), heading);
    gtk_box_append(GTK_BOX(line), self->spinner);
    gtk_box_append(GTK_BOX(line), self->clear);
    gtk_widget_set_size_request(line, -1, 32);
    gtk_box_append(GTK_BOX(self->box), line);
    gtk_box_append(GTK_BOX(self->box), self->list);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

/* ---- counting ------------------------------------------------------------------------
 */

typedef struct {
    UmkAppField *field;
    UmkAppRows *within; /* NULL: all */
    gsize *counts;
} Count;

static void
count_clear(gpointer data)
{
    Count *count = data;

    umk_app_field_unref(count->field);
    umk_app_rows_unref(count->within);
    g_free(count->counts);
}

/* What is to be counted, in the order of the charts. */
static GArray *
make_order(UmkAppFacets *self)
{
    GArray *order = g_array_new(FALSE, FALSE, sizeof(Count));
    UmkAppFilter *filter = umk_app_scene_get_filter(self->scene);

    g_array_set_clear_func(order, count_clear);
    for (GtkWidget *w = gtk_widget_get_first_child(self->list); w != NULL;
         w = gtk_widget_get_next_sibling(w)) {
        UmkAppFacet *facet = UMK_APP_FACET(w);
        UmkAppField *field = umk_app_facet_get_field(facet);
        Count count = {
            umk_app_field_ref(field),
            umk_app_filter_dup_rows_without(filter, umk_app_facet_get_condition(facet)),
            g_new0(gsize, field->n_groups + 1)};

        g_array_append_val(order, count);
    }
    return order;
}

static void
count_all(GArray *order, GCancellable *cancellable)
{
    for (guint i = 0; i < order->len; i++) {
        Count *count = &g_array_index(order, Count, i);

        if (!g_cancellable_is_cancelled(cancellable))
            umk_app_field_count(count->field, count->within, count->counts);
    }
}

static void
show(UmkAppFacets *self, GArray *order)
{
    GtkWidget *w = gtk_widget_get_first_child(self->list);

    for (guint i = 0; i < order->len && w != NULL; i++) {
        const Count *count = &g_array_index(order, Count, i);

        if (umk_app_facet_get_field(UMK_APP_FACET(w)) == count->field)
            umk_app_facet_set_counts(UMK_APP_FACET(w), count->counts);
        w = gtk_widget_get_next_sibling(w);
    }
}

static gpointer
count_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    count_all(data, cancellable);
    return g_array_ref(data);
}

static void
counted(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppFacets *self = owner;
    g_autoptr(GArray) order = result;

    if (job != self->counting)
        return;
    g_clear_object(&self->counting);
    gtk_spinner_stop(GTK_SPINNER(self->spinner));
    if (order != NULL)
        show(self, order);
}

static void
count_anew(UmkAppFacets *self)
{
    g_autoptr(GArray) order = make_order(self);
    gsize work = 0;

    stop(self);
    for (guint i = 0; i < order->len; i++) {
        const Count *count = &g_array_index(order, Count, i);

        work += count->within != NULL ? count->field->n_rows : 0;
    }
    if (work <= AT_ONCE) {
        count_all(order, NULL);
        gtk_spinner_stop(GTK_SPINNER(self->spinner));
        show(self, order);
        return;
    }
    gtk_spinner_start(GTK_SPINNER(self->spinner));
    self->counting = umk_app_job_start(
        _("Counting"), count_work, g_array_ref(order), (GDestroyNotify) g_array_unref,
        (GDestroyNotify) g_array_unref, counted, G_OBJECT(self));
}

/* ---- following -----------------------------------------------------------------------
 */

static void
follow(UmkAppFacets *self)
{
    UmkAppFilter *filter = umk_app_scene_get_filter(self->scene);
    gboolean any = FALSE;

    for (guint i = 0; i < umk_app_filter_get_n_conditions(filter); i++)
        any = any || g_str_has_prefix(umk_app_filter_get_name(filter, i), "field:");
    gtk_widget_set_visible(self->clear, any);
    for (GtkWidget *w = gtk_widget_get_first_child(self->list); w != NULL;
         w = gtk_widget_get_next_sibling(w))
        umk_app_facet_follow(UMK_APP_FACET(w));
    count_anew(self);
}

static gboolean
has_use(UmkAppField *field)
{
    return !g_str_equal(field->name, "modality") && /* a layer */
           umk_app_field_tells(field);
}

static void
refill(UmkAppFacets *self)
{
    GtkWidget *child;
    guint n = 0;

    while ((child = gtk_widget_get_first_child(self->list)) != NULL)
        gtk_box_remove(GTK_BOX(self->list), child);
    for (guint i = 0; i < umk_app_fields_get_n(self->fields) && n < MOST; i++) {
        UmkAppField *field = umk_app_fields_get(self->fields, i);

        if (!has_use(field))
            continue;
        gtk_box_append(GTK_BOX(self->list), umk_app_facet_new(self->scene, field));
        n++;
    }
    gtk_widget_set_visible(GTK_WIDGET(self), n > 0);
    follow(self);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppFacets *self)
{
    if (changes & UMK_APP_CHANGED_FILTER && !(changes & UMK_APP_CHANGED_SOURCE))
        follow(self);
}

void
umk_app_facets_set_scene(UmkAppFacets *self, UmkAppScene *scene, UmkAppFields *fields)
{
    self->scene = g_object_ref(scene);
    self->fields = g_object_ref(fields);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    g_signal_connect_object(fields, "changed", G_CALLBACK(refill), self,
                            G_CONNECT_SWAPPED);
    refill(self);
}

UmkAppFacet *
umk_app_facets_find(UmkAppFacets *self, const char *field)
{
    for (GtkWidget *w = gtk_widget_get_first_child(self->list); w != NULL;
         w = gtk_widget_get_next_sibling(w))
        if (g_str_equal(umk_app_facet_get_field(UMK_APP_FACET(w))->name, field))
            return UMK_APP_FACET(w);
    return NULL;
}

void
umk_app_facets_clear(UmkAppFacets *self)
{
    UmkAppFilter *filter = umk_app_scene_get_filter(self->scene);
    g_autoptr(UmkAppFilter) next = umk_app_filter_ref(filter);

    for (guint i = 0; i < umk_app_filter_get_n_conditions(filter); i++) {
        const char *name = umk_app_filter_get_name(filter, i);

        if (g_str_has_prefix(name, "field:")) {
            UmkAppFilter *less = umk_app_filter_with(next, name, NULL, NULL);

            umk_app_filter_unref(next);
            next = less;
        }
    }
    umk_app_scene_set_filter(self->scene, next, _("Clear the Filter"));
}

gboolean
umk_app_facets_is_counting(UmkAppFacets *self)
{
    return self->counting != NULL;
}
