/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks for neighbours whenever the item, the number, the modality or the metric changes;
 * an answer that comes after the next question is dropped. */
#include "umk-app-neighbours.h"

#include "umk-app-item-list.h"
#include "umk-app-metric.h"
#include "umk-app-modality.h"
#include "umk-app-near.h"

#include <glib/gi18n.h>

#define LONGEST 80u /* characters of a name in the heading */

struct _UmkAppNeighbours {
    GtkWidget parent_instance;
    GtkWidget *box;
    GtkLabel *heading, *problem;
    GtkSpinner *spinner;
    GtkDropDown *modality, *metric;
    GtkSpinButton *count;
    GtkStack *stack;
    UmkAppItemList *list;
    UmkAppSource *source;
    guint32 row;
    UmkAppLayout *layout;
    UmkAppJob *job, *hub_job;
    GtkLabel *measure, *hub;
};

enum { CHOSEN, METRIC_CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppNeighbours, umk_app_neighbours, GTK_TYPE_WIDGET)

static void
drop_job(UmkAppNeighbours *self)
{
    if (self->job != NULL)
        umk_app_job_cancel(self->job);
    g_clear_object(&self->job);
}

static void
drop_hub(UmkAppNeighbours *self)
{
    if (self->hub_job != NULL)
        umk_app_job_cancel(self->hub_job);
    g_clear_object(&self->hub_job);
}

/* How well the map keeps what is near. */
static void
show_measure(UmkAppNeighbours *self, const UmkAppNear *near)
{
    gboolean any = near != NULL && near->n_placed > 0;
    g_autofree char *text =
        any ? g_strdup_printf(
                  /* Translators: how many neighbours are near on the map, of how many */
                  _("%u of %u near on this map too"), near->n_kept, near->n_placed)
            : g_strdup("");

    gtk_label_set_label(self->measure, text);
    gtk_widget_set_visible(GTK_WIDGET(self->measure), any);
}

static void
hub_counted(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppNeighbours *self = owner;
    g_autofree guint *counts = result;
    g_autofree char *text = NULL;

    if (job != self->hub_job)
        return;
    g_clear_object(&self->hub_job);
    if (counts == NULL)
        return;
    text = g_strdup_printf(_("Hubness: %u of its %u nearest have it among their %u"),
                           counts[0], counts[1], UMK_APP_HUB_LISTS);
    gtk_label_set_label(self->hub, text);
    gtk_widget_set_visible(GTK_WIDGET(self->hub), TRUE);
}

static void
found(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppNeighbours *self = owner;
    g_autoptr(UmkAppNear) near = result;
    GListModel *rows = near != NULL ? near->rows : NULL;

    if (job != self->job)
        return;
    g_clear_object(&self->job);
    gtk_spinner_stop(self->spinner);
    show_measure(self, near);
    if (rows != NULL && g_list_model_get_n_items(rows) > 0) {
        umk_app_item_list_set_model(self->list, rows);
        gtk_stack_set_visible_child_name(self->stack, "list");
        return;
    }
    umk_app_item_list_set_model(self->list, NULL);
    gtk_label_set_label(self->problem, error != NULL
                                           ? error->message
                                           : _("No item of this kind is here."));
    gtk_stack_set_visible_child_name(self->stack, "problem");
}

static void
ask(UmkAppNeighbours *self)
{
    guint chosen = gtk_drop_down_get_selected(self->modality);
    guint mask =
        chosen == 0 || chosen > UMK_N_MODALITIES ? UMK_MODALITY_ALL : 1u << (chosen - 1);

    UmkAppNearOrder order = {
        .source = self->source,
        .layout = self->layout,
        .row = self->row,
        .k = (guint) gtk_spin_button_get_value_as_int(self->count),
        .mask = mask,
        .metric = umk_app_neighbours_get_metric(self),
    };

    drop_job(self);
    if (self->source == NULL)
        return;
    gtk_spinner_start(self->spinner);
    self->job = umk_app_near_start(&order, found, G_OBJECT(self));
}

static void
ask_hub(UmkAppNeighbours *self)
{
    drop_hub(self);
    gtk_widget_set_visible(GTK_WIDGET(self->hub), FALSE);
    if (self->source != NULL)
        self->hub_job = umk_app_near_start_hub(self->source, self->row,
                                               umk_app_neighbours_get_metric(self),
                                               hub_counted, G_OBJECT(self));
}

static void
metric_changed(UmkAppNeighbours *self)
{
    UmkMetric metric = umk_app_neighbours_get_metric(self);

    gtk_widget_set_tooltip_text(GTK_WIDGET(self->metric),
                                umk_app_metric_get_help(metric));
    ask(self);
    ask_hub(self);
    g_signal_emit(self, signals[METRIC_CHOSEN], 0);
}

static void
line_chosen(UmkAppItemList *list, UmkAppRow *row, UmkAppNeighbours *self)
{
    g_signal_emit(self, signals[CHOSEN], 0, row);
}

static void
umk_app_neighbours_dispose(GObject *object)
{
    UmkAppNeighbours *self = UMK_APP_NEIGHBOURS(object);

    drop_job(self);
    drop_hub(self);
    g_clear_pointer(&self->layout, umk_app_layout_unref);
    g_clear_object(&self->source);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_neighbours_parent_class)->dispose(object);
}

static gboolean
umk_app_neighbours_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(GTK_WIDGET(UMK_APP_NEIGHBOURS(widget)->list));
}

static void
umk_app_neighbours_class_init(UmkAppNeighboursClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_type_ensure(UMK_APP_TYPE_ITEM_LIST);
    G_OBJECT_CLASS(klass)->dispose = umk_app_neighbours_dispose;
    widget_class->grab_focus = umk_app_neighbours_grab_focus;
    signals[CHOSEN] = g_signal_new("chosen", UMK_APP_TYPE_NEIGHBOURS, G_SIGNAL_RUN_LAST,
                                   0, NULL, NULL, NULL, G_TYPE_NONE, 1, UMK_APP_TYPE_ROW);
    signals[METRIC_CHOSEN] =
        g_signal_new("metric-chosen", UMK_APP_TYPE_NEIGHBOURS, G_SIGNAL_RUN_LAST, 0, NULL,
                     NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(
        widget_class, "/io/github/umekomi/Umekomi/umk-app-neighbours.ui");
    gtk_widget_class_bind_template_child(widget_class, UmkAppNeighbours, box);
    gtk_widget_class_bind_template_child(widget_class, UmkAppNeighbours, heading);
    gtk_widget_class_bind_template_child(widget_class, UmkAppNeighbours, problem);
    gtk_widget_class_bind_template_child(widget_class, UmkAppNeighbours, spinner);
    gtk_widget_class_bind_template_child(widget_class, UmkAppNeighbours, modality);
    gtk_widget_class_bind_template_child(widget_class, UmkAppNeighbours, metric);
    gtk_widget_class_bind_template_child(widget_class, UmkAppNeighbours, count);
    gtk_widget_class_bind_template_child(widget_class, UmkAppNeighbours, stack);
    gtk_widget_class_bind_template_child(widget_class, UmkAppNeighbours, list);
    gtk_widget_class_bind_template_child(widget_class, UmkAppNeighbours, measure);
    gtk_widget_class_bind_template_child(widget_class, UmkAppNeighbours, hub);
    gtk_widget_class_set_css_name(widget_class, "neighbours");
}

/* "Everything" and the modalities, in their order; also used by the search results. */
GtkStringList *
umk_app_neighbours_make_choices(void)
{
    GtkStringList *choices = gtk_string_list_new(NULL);

    gtk_string_list_append(choices, _("All Modalities"));
    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        gtk_string_list_append(choices, umk_app_modality_get_plural((UmkModality) m));
    return choices;
}

/* In the order of UmkMetric. */
static void
fill_metrics(UmkAppNeighbours *self)
{
    g_autoptr(GtkStringList) titles = gtk_string_list_new(NULL);

    for (guint m = 0; m < UMK_APP_N_METRICS; m++)
        gtk_string_list_append(titles, umk_app_metric_get_title((UmkMetric) m));
    gtk_drop_down_set_model(self->metric, G_LIST_MODEL(titles));
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->metric),
                                umk_app_metric_get_help((UmkMetric) 0));
}

static void
umk_app_neighbours_init(UmkAppNeighbours *self)
{
    g_autoptr(GtkStringList) choices = umk_app_neighbours_make_choices();

    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_drop_down_set_model(self->modality, G_LIST_MODEL(choices));
    fill_metrics(self);
    g_signal_connect_swapped(self->metric, "notify::selected", G_CALLBACK(metric_changed),
                             self);
    g_signal_connect_swapped(self->modality, "notify::selected", G_CALLBACK(ask), self);
    g_signal_connect_swapped(self->count, "value-changed", G_CALLBACK(ask), self);
    g_signal_connect(self->list, "chosen", G_CALLBACK(line_chosen), self);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(self->list),
                                   GTK_ACCESSIBLE_RELATION_LABELLED_BY, self->heading,
                                   NULL, -1);
}

static void
set_layout(UmkAppNeighbours *self, UmkAppLayout *layout)
{
    UmkAppLayout *old = self->layout;

    self->layout = layout != NULL ? umk_app_layout_ref(layout) : NULL;
    g_clear_pointer(&old, umk_app_layout_unref);
}

/* Whose neighbours they are; item: NULL for nobody's. */
static void
show_heading(UmkAppNeighbours *self, UmkItem *item)
{
    g_autofree char *title = item != NULL ? umk_app_item_dup_title(item) : NULL;
    g_autofree char *tidy = title != NULL ? umk_app_text_tidy(title, LONGEST) : NULL;
    /* Translators: the name of an item */
    g_autofree char *text =
        tidy != NULL ? g_strdup_printf(_("Neighbours of “%s”"), tidy) : NULL;

    gtk_label_set_label(self->heading, text != NULL ? text : _("Neighbours"));
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->heading), title);
}

void
umk_app_neighbours_show_row(UmkAppNeighbours *self,
                            UmkAppSource *source,
                            UmkAppLayout *layout,
                            guint32 row)
{
    g_autoptr(UmkItem) item = NULL;

    g_set_object(&self->source, source);
    set_layout(self, layout);
    self->row = row;
    item = umk_app_source_dup_item(source, row);
    show_heading(self, item);
    ask(self);
    ask_hub(self);
}

UmkMetric
umk_app_neighbours_get_metric(UmkAppNeighbours *self)
{
    return (UmkMetric) MIN(gtk_drop_down_get_selected(self->metric),
                           UMK_APP_N_METRICS - 1);
}

void
umk_app_neighbours_set_metric(UmkAppNeighbours *self, UmkMetric metric)
{
    gtk_drop_down_set_selected(self->metric, (guint) metric);
}

/* A fit under way changes many times a second: asked when it has settled. */
void
umk_app_neighbours_set_layout(UmkAppNeighbours *self, UmkAppLayout *layout)
{
    if (layout == self->layout)
        return;
    set_layout(self, layout);
    if (self->source != NULL && layout != NULL && umk_app_layout_is_settled(layout))
        ask(self);
}

void
umk_app_neighbours_clear(UmkAppNeighbours *self)
{
    drop_job(self);
    drop_hub(self);
    show_heading(self, NULL);
    set_layout(self, NULL);
    gtk_widget_set_visible(GTK_WIDGET(self->measure), FALSE);
    gtk_widget_set_visible(GTK_WIDGET(self->hub), FALSE);
    g_clear_object(&self->source);
    gtk_spinner_stop(self->spinner);
    umk_app_item_list_set_model(self->list, NULL);
    gtk_stack_set_visible_child_name(self->stack, "nothing");
}

UmkAppItemList *
umk_app_neighbours_get_list(UmkAppNeighbours *self)
{
    return self->list;
}

/* NULL while there are none. */
GListModel *
umk_app_neighbours_get_rows(UmkAppNeighbours *self)
{
    return umk_app_item_list_get_model(self->list);
}
