/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits until the sets have stood still for a moment, then asks anew; an answer to an
 * older question is dropped. */
#include "umk-app-audit-view-parts.h"

#include <glib/gi18n.h>
#include <string.h>

#define PAUSE 400 /* ms without a change before it is measured */

enum { CHOSEN, UPDATED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppAuditView, umk_app_audit_view, GTK_TYPE_WIDGET)

UmkAppAuditSet *
umk_app_audit_view_get_set(UmkAppAuditView *self, guint set)
{
    UmkAppAuditSet *sets[UMK_APP_AUDIT_N_SETS] = {self->x, self->y, self->a, self->b};

    return sets[set];
}

static void
set_result(UmkAppAuditView *self, UmkAppAuditResult *result)
{
    g_clear_pointer(&self->result, umk_app_audit_result_unref);
    self->result = result;
    _umk_app_audit_view_show(self);
    g_signal_emit(self, signals[UPDATED], 0);
}

/* ---- asking --------------------------------------------------------------------------
 */

static const char *
get_measure(UmkAppAuditView *self)
{
    guint at = gtk_drop_down_get_selected(self->measure);

    return at < g_strv_length(self->measures) ? self->measures[at] : NULL;
}

static const char *
get_method(UmkAppAuditView *self)
{
    guint at = gtk_drop_down_get_selected(self->debias);

    return at > 0 && at < g_strv_length(self->methods) ? self->methods[at] : NULL;
}

/* Whether the measure looks at a set, and whether it can do without it. */
static gboolean
uses_set(const char *measure, guint set, gboolean required_only)
{
    g_auto(GStrv) roles = umk_bias_list_roles(measure, required_only);

    return roles != NULL &&
           g_strv_contains((const char *const *) roles, umk_app_audit_role(set));
}

static gboolean
is_complete(UmkAppAuditView *self)
{
    const char *measure = get_measure(self);

    if (self->source == NULL || measure == NULL)
        return FALSE;
    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++)
        if (uses_set(measure, i, TRUE) &&
            umk_app_audit_set_get_n_items(umk_app_audit_view_get_set(self, i)) == 0)
            return FALSE;
    return TRUE;
}

static char *
make_title(UmkAppAuditView *self)
{
    if (umk_app_audit_set_get_n_items(self->y) == 0)
        return g_strdup(umk_app_audit_set_get_title(self->x));
    /* Translators: the names of two sets that are compared */
    return g_strdup_printf(_("%s and %s"), umk_app_audit_set_get_title(self->x),
                           umk_app_audit_set_get_title(self->y));
}

/* The known test, as long as its sets and its measure are what they were. */
static const UmkAppAuditKnownTest *
get_known_test(UmkAppAuditView *self)
{
    for (guint t = 0; self->library != NULL && t < self->library->tests->len; t++) {
        const UmkAppAuditKnownTest *test = self->library->tests->pdata[t];
        gboolean same = g_strcmp0(test->id, self->known_test) == 0 &&
                        g_strcmp0(test->measure, get_measure(self)) == 0;

        for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++)
            same &=
                g_strcmp0(test->sets[i], umk_app_audit_set_get_known(
                                             umk_app_audit_view_get_set(self, i))) == 0;
        if (same)
            return test;
    }
    return NULL;
}

static void
give_set(UmkAppAuditView *self, UmkAppAuditRequest *request, guint i)
{
    UmkAppAuditSet *set = umk_app_audit_view_get_set(self, i);
    UmkAppAuditGiven *given = &request->sets[i];

    given->known = g_strdup(umk_app_audit_set_get_known(set));
    given->title = g_strdup(umk_app_audit_set_get_title(set));
    given->items = umk_app_audit_set_dup_items(set);
}

static UmkAppAuditRequest *
make_request(UmkAppAuditView *self)
{
    UmkAppAuditRequest *request = umk_app_audit_request_new(self->source);
    const UmkAppAuditKnownTest *known = get_known_test(self);

    request->known_test = known != NULL ? g_strdup(known->id) : NULL;
    request->title = known != NULL ? g_strdup(known->title) : make_title(self);
    request->measure = g_strdup(get_measure(self));
    request->debias = g_strdup(get_method(self));
    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++)
        if (uses_set(request->measure, i, FALSE))
            give_set(self, request, i);
    return request;
}

gboolean
umk_app_audit_view_has_axis(UmkAppAuditView *self)
{
    return self->source != NULL && umk_app_audit_set_get_n_items(self->a) > 0 &&
           umk_app_audit_set_get_n_items(self->b) > 0;
}

UmkAppAuditRequest *
umk_app_audit_view_make_axis_request(UmkAppAuditView *self)
{
    UmkAppAuditRequest *request;

    if (!umk_app_audit_view_has_axis(self))
        return NULL;
    request = umk_app_audit_request_new(self->source);
    give_set(self, request, 2);
    give_set(self, request, 3);
    return request;
}

static void
ran(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppAuditView *self = owner;

    if (job != self->running) {
        g_clear_pointer((UmkAppAuditResult **) &result, umk_app_audit_result_unref);
        return;
    }
    g_clear_object(&self->running);
    gtk_spinner_stop(self->spinner);
    set_result(self, result);
    if (error != NULL)
        _umk_app_audit_view_show_problem(self, error->message);
}

void
umk_app_audit_view_cancel(UmkAppAuditView *self)
{
    g_clear_handle_id(&self->timeout, g_source_remove);
    if (self->running != NULL)
        umk_app_job_cancel(self->running);
    g_clear_object(&self->running);
    gtk_spinner_stop(self->spinner);
}

static gboolean
ask(gpointer data)
{
    UmkAppAuditView *self = data;

    self->timeout = 0;
    umk_app_audit_view_cancel(self);
    if (!is_complete(self)) {
        set_result(self, NULL);
        return G_SOURCE_REMOVE;
    }
    gtk_spinner_start(self->spinner);
    self->running = umk_app_audit_run(make_request(self), ran, G_OBJECT(self));
    return G_SOURCE_REMOVE;
}

static void
ask_soon(UmkAppAuditView *self)
{
    if (self->filling)
        return;
    umk_app_audit_view_cancel(self);
    self->timeout = g_timeout_add(PAUSE, ask, self);
}

static void
measure_chosen(UmkAppAuditView *self)
{
    const char *measure = get_measure(self);

    for (guint i = 0; measure != NULL && i < UMK_APP_AUDIT_N_SETS; i++)
        gtk_widget_set_sensitive(GTK_WIDGET(umk_app_audit_view_get_set(self, i)),
                                 uses_set(measure, i, FALSE));
    ask_soon(self);
}

/* ---- the library ---------------------------------------------------------------------
 */

static void
take(UmkAppAuditView *self, const UmkAppAuditKnownTest *test)
{
    self->filling = TRUE;
    for (guint i = 0; self->measures[i] != NULL; i++)
        if (g_str_equal(self->measures[i], test->measure))
            gtk_drop_down_set_selected(self->measure, i);
    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++) {
        UmkAppAuditSet *set = umk_app_audit_view_get_set(self, i);

        if (test->sets[i] != NULL)
            umk_app_audit_set_fill(
                set, umk_app_audit_library_find(self->library, test->sets[i]));
        else
            umk_app_audit_set_clear(set);
    }
    self->filling = FALSE;
    g_free(self->known_test);
    self->known_test = g_strdup(test->id);
    ask_soon(self);
}

static void
test_chosen(GtkListBox *list, GtkListBoxRow *row, UmkAppAuditView *self)
{
    guint at = (guint) gtk_list_box_row_get_index(row);

    gtk_popover_popdown(self->tests_popover);
    if (self->library != NULL && at < self->library->tests->len)
        take(self, self->library->tests->pdata[at]);
}

static void
show_library(UmkAppAuditView *self)
{
    for (guint i = 0; i < self->library->tests->len; i++) {
        const UmkAppAuditKnownTest *test = self->library->tests->pdata[i];
        const UmkAppAuditKnownSet *first =
            test->sets[0] != NULL
                ? umk_app_audit_library_find(self->library, test->sets[0])
                : NULL;
        /* Translators: title and language of a test */
        g_autofree char *text = g_strdup_printf(
            _("%s (%s)"), test->title,
            first != NULL && first->language != NULL ? first->language : "–");
        GtkWidget *label = gtk_label_new(text);

        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_list_box_append(self->tests_list, label);
    }
    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++)
        umk_app_audit_set_set_library(umk_app_audit_view_get_set(self, i), self->library);
    gtk_widget_set_sensitive(self->tests, self->library->tests->len > 0);
}

static void
loaded(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppAuditView *self = owner;
    g_autofree char *wanted = g_steal_pointer(&self->wanted_test);

    g_clear_object(&self->loading);
    if (result == NULL) {
        _umk_app_audit_view_show_problem(self, error->message);
        return;
    }
    self->library = result;
    show_library(self);
    if (wanted != NULL)
        umk_app_audit_view_take_test(self, wanted);
}

void
umk_app_audit_view_prepare(UmkAppAuditView *self)
{
    if (self->library == NULL && self->loading == NULL)
        self->loading = umk_app_audit_load_library(loaded, G_OBJECT(self));
}

gboolean
umk_app_audit_view_take_test(UmkAppAuditView *self, const char *id)
{
    if (self->library == NULL) {
        g_free(self->wanted_test);
        self->wanted_test = g_strdup(id);
        umk_app_audit_view_prepare(self);
        return TRUE;
    }
    for (guint i = 0; i < self->library->tests->len; i++) {
        const UmkAppAuditKnownTest *test = self->library->tests->pdata[i];

        if (g_str_equal(test->id, id)) {
            take(self, test);
            return TRUE;
        }
    }
    return FALSE;
}

/* ---- choices -------------------------------------------------------------------------
 */

/* Measures whose required sets all have a box here; figures from outside have none. */
static gboolean
fits(const char *measure)
{
    g_auto(GStrv) roles = umk_bias_list_roles(measure, TRUE);

    if (g_str_equal(measure, "wefat") || roles == NULL || roles[0] == NULL)
        return FALSE;
    for (gsize r = 0; roles[r] != NULL; r++) {
        gboolean found = FALSE;

        for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++)
            found |= g_str_equal(roles[r], umk_app_audit_role(i));
        if (!found)
            return FALSE;
    }
    return TRUE;
}

static void
list_measures(UmkAppAuditView *self)
{
    g_auto(GStrv) all = umk_bias_list_measures();
    g_autoptr(GStrvBuilder) fitting = g_strv_builder_new();
    g_autoptr(GtkStringList) titles = gtk_string_list_new(NULL);

    for (gsize i = 0; all[i] != NULL; i++) {
        if (!fits(all[i]))
            continue;
        g_strv_builder_add(fitting, all[i]);
        gtk_string_list_append(titles, umk_bias_get_title(all[i]));
    }
    self->measures = g_strv_builder_end(fitting);
    gtk_drop_down_set_model(self->measure, G_LIST_MODEL(titles));
}

static void
list_methods(UmkAppAuditView *self)
{
    g_auto(GStrv) all = umk_debias_list_methods();
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autoptr(GtkStringList) titles = gtk_string_list_new(NULL);

    g_strv_builder_add(builder, "");
    gtk_string_list_append(titles, _("No Debias"));
    for (gsize i = 0; all[i] != NULL; i++) {
        g_strv_builder_add(builder, all[i]);
        gtk_string_list_append(titles, umk_debias_get_title(all[i]));
    }
    self->methods = g_strv_builder_end(builder);
    gtk_drop_down_set_model(self->debias, G_LIST_MODEL(titles));
}

/* ---- life ----------------------------------------------------------------------------
 */

static void
item_chosen(UmkAppAuditChart *chart, const char *name, UmkAppAuditView *self)
{
    g_signal_emit(self, signals[CHOSEN], 0, name);
}

static void
influence_chosen(GtkListBox *list, GtkListBoxRow *row, UmkAppAuditView *self)
{
    g_signal_emit(self, signals[CHOSEN], 0, g_object_get_data(G_OBJECT(row), "umk-name"));
}

static void
umk_app_audit_view_dispose(GObject *object)
{
    UmkAppAuditView *self = UMK_APP_AUDIT_VIEW(object);

    if (self->scroller != NULL)
        umk_app_audit_view_cancel(self);
    g_clear_object(&self->loading);
    g_clear_pointer(&self->scroller, gtk_widget_unparent);
    g_clear_object(&self->source);
    g_clear_pointer(&self->result, umk_app_audit_result_unref);
    g_clear_pointer(&self->library, umk_app_audit_library_free);
    g_clear_pointer(&self->measures, g_strfreev);
    g_clear_pointer(&self->methods, g_strfreev);
    g_clear_pointer(&self->known_test, g_free);
    g_clear_pointer(&self->wanted_test, g_free);
    G_OBJECT_CLASS(umk_app_audit_view_parent_class)->dispose(object);
}

static gboolean
umk_app_audit_view_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(UMK_APP_AUDIT_VIEW(widget)->tests);
}

static void
bind_children(GtkWidgetClass *klass)
{
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, scroller);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, tests);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, tests_popover);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, tests_list);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, measure);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, debias);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, spinner);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, save);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, x);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, y);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, a);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, b);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, stack);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, empty);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, problem);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, verdict);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, direction);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, figures);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, reasons);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, missing);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, chart);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, influence_title);
    gtk_widget_class_bind_template_child(klass, UmkAppAuditView, influence);
}

static void
umk_app_audit_view_class_init(UmkAppAuditViewClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_type_ensure(UMK_APP_TYPE_AUDIT_SET);
    g_type_ensure(UMK_APP_TYPE_AUDIT_CHART);
    G_OBJECT_CLASS(klass)->dispose = umk_app_audit_view_dispose;
    widget_class->grab_focus = umk_app_audit_view_grab_focus;
    signals[CHOSEN] = g_signal_new("chosen", UMK_APP_TYPE_AUDIT_VIEW, G_SIGNAL_RUN_LAST,
                                   0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    signals[UPDATED] = g_signal_new("updated", UMK_APP_TYPE_AUDIT_VIEW, G_SIGNAL_RUN_LAST,
                                    0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(
        widget_class, "/io/github/umekomi/Umekomi/umk-app-audit-view.ui");
    bind_children(widget_class);
    gtk_widget_class_set_css_name(widget_class, "audit");
}

static void
umk_app_audit_view_init(UmkAppAuditView *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    umk_app_audit_set_describe(self->x, "X", _("First target set"), 0);
    umk_app_audit_set_describe(self->y, "Y", _("Second target set"), 1);
    umk_app_audit_set_describe(self->a, "A", _("First attribute set"), 2);
    umk_app_audit_set_describe(self->b, "B", _("Second attribute set"), 3);
    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++) {
        umk_app_audit_set_set_library(umk_app_audit_view_get_set(self, i), NULL);
        g_signal_connect_object(umk_app_audit_view_get_set(self, i), "changed",
                                G_CALLBACK(ask_soon), self, G_CONNECT_SWAPPED);
    }
    gtk_widget_set_sensitive(self->tests, FALSE);
    list_measures(self);
    list_methods(self);
    g_signal_connect_object(self->measure, "notify::selected", G_CALLBACK(measure_chosen),
                            self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->debias, "notify::selected", G_CALLBACK(ask_soon), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->tests_list, "row-activated", G_CALLBACK(test_chosen),
                            self, 0);
    g_signal_connect_object(self->chart, "chosen", G_CALLBACK(item_chosen), self, 0);
    g_signal_connect_object(self->influence, "row-activated",
                            G_CALLBACK(influence_chosen), self, 0);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(self->influence),
                                   GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                   self->influence_title, NULL, -1);
}

void
umk_app_audit_view_set_source(UmkAppAuditView *self, UmkAppSource *source)
{
    umk_app_audit_view_cancel(self);
    g_set_object(&self->source, source);
    set_result(self, NULL);
    if (is_complete(self))
        ask_soon(self);
}

GBytes *
umk_app_audit_view_get_json(UmkAppAuditView *self)
{
    return self->result != NULL ? self->result->json : NULL;
}

UmkAppAuditChart *
umk_app_audit_view_get_chart(UmkAppAuditView *self)
{
    return self->chart;
}

const char *
umk_app_audit_view_get_page(UmkAppAuditView *self)
{
    return gtk_stack_get_visible_child_name(self->stack);
}

const UmkAppAuditLibrary *
umk_app_audit_view_get_library(UmkAppAuditView *self)
{
    return self->library;
}
