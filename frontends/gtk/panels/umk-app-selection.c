/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A job counts, a moment after the selection has come to rest; words of the whole
 * collection are cut once and kept while they cover it. */
#include "umk-app-selection.h"

#include "umk-app-job.h"
#include "umk-app-modality.h"
#include "umk-app-titles.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define REST 250u /* ms without a change before anything is counted */

struct _UmkAppSelection {
    GtkWidget parent_instance;
    GtkStack *stack;
    GtkLabel *heading, *kinds, *note;
    GtkListBox *words, *values;
    GtkWidget *words_title, *values_title, *nothing_special;
    GtkSpinner *spinner;
    UmkAppTagBox *tags;
    UmkAppScene *scene;
    UmkAppSummary *summary;
    UmkAppVocabulary *vocabulary; /* of the whole source, or NULL */
    UmkAppJob *job;
    guint rest;
};

G_DEFINE_FINAL_TYPE(UmkAppSelection, umk_app_selection, GTK_TYPE_WIDGET)

/* ---- the job ------------------------------------------------------------------------
 */

typedef struct {
    UmkAppSource *source;
    UmkAppRows *rows;
    UmkAppVocabulary *vocabulary;
} Order;

typedef struct {
    UmkAppSummary *summary;
    UmkAppVocabulary *vocabulary;
} Result;

static void
order_free(gpointer data)
{
    Order *order = data;

    g_object_unref(order->source);
    umk_app_rows_unref(order->rows);
    g_clear_pointer(&order->vocabulary, umk_app_vocabulary_unref);
    g_free(order);
}

static void
result_free(gpointer data)
{
    Result *result = data;

    g_clear_pointer(&result->summary, umk_app_summary_unref);
    g_clear_pointer(&result->vocabulary, umk_app_vocabulary_unref);
    g_free(result);
}

static gpointer
work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    Order *order = data;
    Result *result;

    if (order->vocabulary == NULL)
        order->vocabulary =
            umk_app_vocabulary_new(order->source, order->rows, cancellable, error);
    if (order->vocabulary == NULL)
        return NULL;
    result = g_new0(Result, 1);
    result->summary = umk_app_summary_new(order->source, order->vocabulary, order->rows);
    result->vocabulary = umk_app_vocabulary_ref(order->vocabulary);
    return result;
}

/* ---- showing -------------------------------------------------------------------------
 */

static void
clear_list(GtkListBox *list)
{
    GtkWidget *row;

    while ((row = gtk_widget_get_first_child(GTK_WIDGET(list))) != NULL)
        gtk_list_box_remove(list, row);
}

static double
percent(gsize part, gsize whole)
{
    return whole > 0 ? 100.0 * (double) part / (double) whole : 0;
}

static GtkWidget *
make_label(const char *text, const char *css)
{
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    if (css != NULL)
        gtk_widget_add_css_class(label, css);
    return label;
}

/* Beyond a thousand the digits say nothing. */
static char *
dup_times(double times)
{
    return times < 1000 ? g_strdup_printf("%.3g", times) : g_strdup("1000+");
}

/* "2.3 %": small shares need the digit, and none is 0 that is not. */
static char *
dup_percent(double percents)
{
    return percents < 0.1  ? g_strdup(_("under 0.1 %"))
           : percents < 10 ? g_strdup_printf("%.1f %%", percents)
                           : g_strdup_printf("%.0f %%", percents);
}

static char *
dup_shares(const UmkAppContrast *c)
{
    g_autofree char *here = dup_percent(percent(c->n_in, c->total_in));
    g_autofree char *elsewhere = dup_percent(percent(c->n_out, c->total_out));

    if (c->n_out == 0)
        /* Translators: the share of the selected items that have a word, as "12 %" */
        return g_strdup_printf(_("%s here, none elsewhere"), here);
    /* Translators: shares of items with a word, as "12 %": of those selected, of the
     * others */
    return g_strdup_printf(_("%s here, %s elsewhere"), here, elsewhere);
}

/* How many times as often, and between which limits. */
static char *
dup_tip(const UmkAppContrast *c, const char *times, const char *low, const char *high)
{
    if (c->n_out == 0)
        return g_strdup_printf(
            _("No other item has it; with 95 %% confidence it is met at "
              "least %s times as often here. Click to select only "
              "these."),
            low);
    return g_strdup_printf(_("%s times as often as in the rest; with 95 %% confidence "
                             "between %s and %s times. Click to select only these."),
                           times, low, high);
}

static void
add_finding(GtkListBox *list, const UmkAppFinding *finding)
{
    const UmkAppContrast *c = &finding->contrast;
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
    GtkWidget *left = gtk_box_new(GTK_ORIENTATION_VERTICAL, 1);
    g_autofree char *tidy = umk_app_title_of_value(finding->text);
    g_autofree char *name =
        finding->field != NULL
            /* Translators: a field and its value, "colour: red" */
            ? g_strdup_printf(_("%s: %s"), umk_app_title_of_field(finding->field), tidy)
            : g_strdup(tidy);
    g_autofree char *shares = dup_shares(c);
    g_autofree char *times = dup_times(c->ratio);
    g_autofree char *low = dup_times(c->low), *high = dup_times(c->high);
    g_autofree char *odds =
        /* Translators: how many times as often */
        c->n_out > 0 ? g_strdup_printf(_("× %s"), times) : g_strdup(_("only here"));
    g_autofree char *tip = dup_tip(c, times, low, high);
    g_autofree char *spoken = g_strdup_printf("%s, %s, %s", name, shares, odds);
    /* Translators: an interval, from and to */
    g_autofree char *between = c->n_out == 0   ? g_strdup("")
                               : c->low < 1000 ? g_strdup_printf(_("%s – %s"), low, high)
                                               : g_strdup(low);
    GtkWidget *right = gtk_box_new(GTK_ORIENTATION_VERTICAL, 1);
    GtkWidget *value = make_label(odds, "numeric");
    GtkWidget *interval = make_label(between, "finding-shares");

    gtk_widget_set_hexpand(left, TRUE);
    gtk_box_append(GTK_BOX(left), make_label(name, NULL));
    gtk_box_append(GTK_BOX(left), make_label(shares, "finding-shares"));
    gtk_label_set_xalign(GTK_LABEL(value), 1);
    gtk_label_set_xalign(GTK_LABEL(interval), 1);
    gtk_widget_add_css_class(interval, "numeric");
    gtk_box_append(GTK_BOX(right), value);
    gtk_box_append(GTK_BOX(right), interval);
    gtk_box_append(GTK_BOX(line), left);
    gtk_box_append(GTK_BOX(line), right);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), line);
    gtk_widget_add_css_class(row, "finding");
    gtk_widget_set_tooltip_text(row, tip);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   spoken, -1);
    g_object_set_data_full(G_OBJECT(row), "umk-rows", umk_app_rows_ref(finding->rows),
                           (GDestroyNotify) umk_app_rows_unref);
    gtk_list_box_append(list, row);
}

static void
fill(GtkListBox *list, GtkWidget *title, GArray *findings)
{
    clear_list(list);
    for (guint i = 0; findings != NULL && i < findings->len; i++)
        add_finding(list, &g_array_index(findings, UmkAppFinding, i));
    gtk_widget_set_visible(GTK_WIDGET(list), findings != NULL && findings->len > 0);
    gtk_widget_set_visible(title, findings != NULL && findings->len > 0);
}

static void
show_kinds(UmkAppSelection *self)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = NULL;

    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        if (self->summary->n_modality[m] > 0)
            g_ptr_array_add(
                parts,
                /* Translators: a modality and a number, for example "Pictures: 12" */
                g_strdup_printf(_("%s: %'zu"),
                                umk_app_modality_get_plural((UmkModality) m),
                                self->summary->n_modality[m]));
    g_ptr_array_add(parts, NULL);
    text = g_strjoinv(" · ", (char **) parts->pdata);
    gtk_label_set_label(self->kinds, text);
}

static void
show_summary(UmkAppSelection *self)
{
    const UmkAppSummary *summary = self->summary;
    gboolean all = summary->n_chosen == summary->n_rows;

    show_kinds(self);
    fill(self->words, self->words_title, summary->words);
    fill(self->values, self->values_title, summary->values);
    gtk_label_set_label(
        GTK_LABEL(self->nothing_special),
        all ? _("Everything is selected, so there is no rest to compare it with.")
            : _("No word and no value is surely met more often here than elsewhere."));
    gtk_widget_set_visible(self->nothing_special,
                           summary->words->len == 0 && summary->values->len == 0);
    gtk_label_set_label(self->note, _("Counted in a sample of the collection"));
    gtk_widget_set_visible(GTK_WIDGET(self->note), summary->sampled);
}

static void
counted(UmkAppJob *job, gpointer data, const GError *error, gpointer owner)
{
    UmkAppSelection *self = owner;
    Result *result = data;

    if (job == self->job) {
        g_clear_object(&self->job);
        gtk_spinner_stop(self->spinner);
        if (result != NULL) {
            self->summary = g_steal_pointer(&result->summary);
            show_summary(self);
            if (!self->summary->sampled && self->vocabulary == NULL)
                self->vocabulary = umk_app_vocabulary_ref(result->vocabulary);
        }
    }
    if (result != NULL)
        result_free(result);
}

static void
drop_job(UmkAppSelection *self)
{
    g_clear_handle_id(&self->rest, g_source_remove);
    if (self->job != NULL)
        umk_app_job_cancel(self->job);
    g_clear_object(&self->job);
    gtk_spinner_stop(self->spinner);
}

static gboolean
start(gpointer data)
{
    UmkAppSelection *self = data;
    Order *order = g_new0(Order, 1);

    self->rest = 0;
    order->source = g_object_ref(umk_app_scene_get_source(self->scene));
    order->rows = umk_app_rows_ref(umk_app_scene_get_selection(self->scene));
    if (self->vocabulary != NULL)
        order->vocabulary = umk_app_vocabulary_ref(self->vocabulary);
    self->job = umk_app_job_start(_("Summing up the selection"), work, order, order_free,
                                  result_free, counted, G_OBJECT(self));
    return G_SOURCE_REMOVE;
}

static void
show_selection(UmkAppSelection *self)
{
    UmkAppRows *rows = umk_app_scene_get_selection(self->scene);
    gsize n = umk_app_rows_get_n_chosen(rows);
    g_autofree char *text = NULL;

    drop_job(self);
    g_clear_pointer(&self->summary, umk_app_summary_unref);
    if (rows == NULL || n == 0 || umk_app_scene_get_source(self->scene) == NULL) {
        gtk_stack_set_visible_child_name(self->stack, "nothing");
        return;
    }
    text = g_strdup_printf(ngettext("%'zu item selected", "%'zu items selected", n), n);
    gtk_label_set_label(self->heading, text);
    gtk_stack_set_visible_child_name(self->stack, "selection");
    gtk_spinner_start(self->spinner);
    self->rest = g_timeout_add(REST, start, self);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppSelection *self)
{
    if (changes & UMK_APP_CHANGED_SOURCE)
        g_clear_pointer(&self->vocabulary, umk_app_vocabulary_unref);
    if (changes & (UMK_APP_CHANGED_SOURCE | UMK_APP_CHANGED_SELECTION))
        show_selection(self);
    if (changes &
        (UMK_APP_CHANGED_SOURCE | UMK_APP_CHANGED_SELECTION | UMK_APP_CHANGED_TAGS))
        umk_app_tag_box_update(self->tags);
}

/* ---- what people do ------------------------------------------------------------------
 */

void
umk_app_selection_narrow(UmkAppSelection *self, UmkAppRows *rows)
{
    umk_app_scene_set_selection(self->scene, rows, _("Narrow Selection"));
}

static void
finding_activated(GtkListBox *list, GtkListBoxRow *row, UmkAppSelection *self)
{
    umk_app_selection_narrow(self, g_object_get_data(G_OBJECT(row), "umk-rows"));
}

static void
clear_clicked(GtkButton *button, UmkAppSelection *self)
{
    umk_app_scene_set_selection(self->scene, NULL, _("Select Nothing"));
}

/* ---- life ----------------------------------------------------------------------------
 */

static void
umk_app_selection_dispose(GObject *object)
{
    UmkAppSelection *self = UMK_APP_SELECTION(object);

    if (self->stack != NULL) {
        drop_job(self);
        gtk_widget_unparent(GTK_WIDGET(self->stack));
    }
    self->stack = NULL;
    g_clear_pointer(&self->summary, umk_app_summary_unref);
    g_clear_pointer(&self->vocabulary, umk_app_vocabulary_unref);
    if (self->scene != NULL)
        g_signal_handlers_disconnect_by_data(self->scene, self);
    g_clear_object(&self->scene);
    G_OBJECT_CLASS(umk_app_selection_parent_class)->dispose(object);
}

/* Who comes by a key wants to give a tag. */
static gboolean
umk_app_selection_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(GTK_WIDGET(UMK_APP_SELECTION(widget)->tags));
}

static void
umk_app_selection_class_init(UmkAppSelectionClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    widget_class->grab_focus = umk_app_selection_grab_focus;
    g_type_ensure(UMK_APP_TYPE_TAG_BOX);
    G_OBJECT_CLASS(klass)->dispose = umk_app_selection_dispose;
    gtk_widget_class_set_template_from_resource(
        widget_class, "/io/github/umekomi/Umekomi/umk-app-selection.ui");
    gtk_widget_class_bind_template_child(widget_class, UmkAppSelection, stack);
    gtk_widget_class_bind_template_child(widget_class, UmkAppSelection, heading);
    gtk_widget_class_bind_template_child(widget_class, UmkAppSelection, kinds);
    gtk_widget_class_bind_template_child(widget_class, UmkAppSelection, note);
    gtk_widget_class_bind_template_child(widget_class, UmkAppSelection, words);
    gtk_widget_class_bind_template_child(widget_class, UmkAppSelection, values);
    gtk_widget_class_bind_template_child(widget_class, UmkAppSelection, words_title);
    gtk_widget_class_bind_template_child(widget_class, UmkAppSelection, values_title);
    gtk_widget_class_bind_template_child(widget_class, UmkAppSelection, nothing_special);
    gtk_widget_class_bind_template_child(widget_class, UmkAppSelection, spinner);
    gtk_widget_class_bind_template_child(widget_class, UmkAppSelection, tags);
    gtk_widget_class_bind_template_callback(widget_class, clear_clicked);
    gtk_widget_class_bind_template_callback(widget_class, finding_activated);
    gtk_widget_class_set_css_name(widget_class, "selectionsummary");
}

static void
umk_app_selection_init(UmkAppSelection *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

/* Set once. */
void
umk_app_selection_set_scene(UmkAppSelection *self, UmkAppScene *scene)
{
    g_set_object(&self->scene, scene);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    umk_app_tag_box_set_scene(self->tags, scene);
    show_selection(self);
}

UmkAppSummary *
umk_app_selection_get_summary(UmkAppSelection *self)
{
    return self->summary;
}

UmkAppTagBox *
umk_app_selection_get_tag_box(UmkAppSelection *self)
{
    return self->tags;
}
