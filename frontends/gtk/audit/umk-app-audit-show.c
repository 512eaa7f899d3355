/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an audit found, in words, in the chart and as a list of influential items. */
#include "umk-app-audit-view-parts.h"

#include "umk-app-titles.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define N_INFLUENCES 8

static UmkAppAuditSet *
set_of_role(UmkAppAuditView *self, const char *role)
{
    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++)
        if (g_str_equal(umk_app_audit_role(i), role))
            return umk_app_audit_view_get_set(self, i);
    return NULL;
}

static char *
dup_title(const char *role, const char *name, gpointer data)
{
    UmkAppAuditSet *set = set_of_role(data, role);
    const char *title = NULL;

    if (set != NULL)
        title = name != NULL ? umk_app_audit_set_get_item_title(set, name)
                             : umk_app_audit_set_get_title(set);
    return g_strdup(title ?: name ?: role);
}

/* ---- words ---------------------------------------------------------------------------
 */

/* A p that is never shown as 0. */
static char *
format_p(double p)
{
    return p < 0.0001 ? g_strdup(_("below 0.0001")) : g_strdup_printf("%.4f", p);
}

static char *
format_figures(const UmkAppAuditFigures *f, const char *what)
{
    GString *text = g_string_new(what);
    g_autofree char *p = isnan(f->p) ? NULL : format_p(f->p);
    g_autofree char *holm = isnan(f->holm) ? NULL : format_p(f->holm);
    g_autofree char *effect = NULL, *interval = NULL;

    if (!f->defined) {
        g_string_append_printf(text, _("undefined: %s"),
                               f->undefined != NULL ? umk_audit_describe(f->undefined)
                               : f->error != NULL   ? f->error
                                                    : "–");
        return g_string_free(text, FALSE);
    }
    effect = umk_app_text_set_minus(g_strdup_printf(_("effect %.2f"), f->value));
    g_string_append(text, effect);
    if (!isnan(f->wide_low)) {
        interval = umk_app_text_set_minus(
            g_strdup_printf(_(", interval %.2f to %.2f"), f->wide_low, f->wide_high));
        g_string_append(text, interval);
    }
    if (p != NULL)
        g_string_append_printf(text, _(", p %s"), p);
    else
        g_string_append(text, _(", no test"));
    if (holm != NULL)
        g_string_append_printf(text, _(" (corrected %s)"), holm);
    return g_string_free(text, FALSE);
}

static void
show_figures(UmkAppAuditView *self)
{
    gboolean both = self->result->has_after;
    g_autofree char *before =
        format_figures(&self->result->before, both ? _("Before: ") : "");
    g_autofree char *after =
        both ? format_figures(&self->result->after, _("After the debias: ")) : NULL;
    g_autofree char *text = both ? g_strdup_printf("%s\n%s", before, after) : NULL;

    gtk_label_set_label(self->figures, both ? text : before);
}

/* The verdict, and what stands after its colon as a sentence of its own. */
static char *
show_verdict(UmkAppAuditView *self)
{
    const char *code = self->result->before.verdict;
    const char *words = code != NULL ? umk_audit_describe(code) : "–";
    const char *colon = strstr(words, ": "), *wide = strstr(words, "：");
    const char *end = colon != NULL ? colon : wide;
    g_autofree char *head =
        end != NULL ? g_strndup(words, (gsize) (end - words)) : g_strdup(words);

    gtk_label_set_label(self->verdict, head);
    return g_strdup(end == NULL ? "" : end + strlen(colon != NULL ? ": " : "："));
}

/* Whether there is an association, however sure; a direction of none would mislead. */
static gboolean
is_seen(const UmkAppAuditFigures *f)
{
    return g_strcmp0(f->verdict, "clear") == 0 || g_strcmp0(f->verdict, "fragile") == 0;
}

static void
show_direction(UmkAppAuditView *self)
{
    const UmkAppAuditFigures *f = &self->result->before;
    gboolean four = TRUE, forward;
    g_autofree char *why = show_verdict(self), *text = NULL, *both = NULL;

    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++)
        four &= umk_app_audit_set_get_n_items(umk_app_audit_view_get_set(self, i)) > 0;
    if (f->defined && four && f->has_neutral && is_seen(f) &&
        g_strcmp0(self->measures[gtk_drop_down_get_selected(self->measure)], "weat") ==
            0) {
        forward = f->value >= f->neutral;
        /* Translators: the four sets X, A, Y, B in this order */
        text = g_strdup_printf(_("“%s” leans towards “%s”, “%s” towards “%s”."),
                               umk_app_audit_set_get_title(self->x),
                               umk_app_audit_set_get_title(forward ? self->a : self->b),
                               umk_app_audit_set_get_title(self->y),
                               umk_app_audit_set_get_title(forward ? self->b : self->a));
    }
    both = text != NULL ? g_strdup_printf("%s\n(%s)", text, why) : g_strdup(why);
    gtk_label_set_label(self->direction, *why != '\0' || text == NULL ? both : text);
    gtk_widget_set_visible(GTK_WIDGET(self->direction), *both != '\0');
}

static void
show_reasons(UmkAppAuditView *self)
{
    char **codes = self->result->before.reasons;
    g_autoptr(GString) text = g_string_new(NULL);

    for (gsize i = 0; codes[i] != NULL; i++)
        g_string_append_printf(text, "%s• %s", i > 0 ? "\n" : "",
                               umk_audit_describe(codes[i]));
    gtk_label_set_label(self->reasons, text->str);
    gtk_widget_set_visible(GTK_WIDGET(self->reasons), text->len > 0);
}

/* format takes the names. */
static void
add_left_out(GString *text, const char *format, char **names)
{
    g_autofree char *list = names[0] != NULL ? g_strjoinv(_(", "), names) : NULL;
    g_auto(GStrv) parts = g_strsplit(format, "%s", 2);

    if (list != NULL)
        g_string_append_printf(text, "%s%s%s%s", text->len > 0 ? "\n" : "", parts[0],
                               list, parts[1] != NULL ? parts[1] : "");
}

static void
show_missing(UmkAppAuditView *self)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++) {
        UmkAppAuditSet *set = umk_app_audit_view_get_set(self, i);
        const char *known = umk_app_audit_set_get_known(set);
        g_autofree char *own = g_strdup_printf("set-%s", umk_app_audit_role(i));
        char **names = g_hash_table_lookup(self->result->missing, known ?: own);
        g_autofree char *list = NULL;

        umk_app_audit_set_mark_missing(set, (const char *const *) names);
        if (names == NULL || names[0] == NULL)
            continue;
        list = g_strjoinv(_(", "), names);
        /* Translators: the name of a set, then words */
        g_string_append_printf(text, text->len > 0 ? "\n" : "");
        g_string_append_printf(text, _("Missing in “%s”: %s"),
                               umk_app_audit_set_get_title(set), list);
    }
    add_left_out(text, _("In opposed sets, left out of both: %s"), self->result->shared);
    add_left_out(text, _("Without a partner, left out: %s"), self->result->unpaired);
    gtk_label_set_label(self->missing, text->str);
    gtk_widget_set_visible(GTK_WIDGET(self->missing), text->len > 0);
}

/* ---- influence -----------------------------------------------------------------------
 */

static int
compare_influence(gconstpointer a, gconstpointer b, gpointer data)
{
    double value = *(const double *) data;
    double one = fabs((*(const UmkAppAuditItem *const *) a)->without - value);
    double other = fabs((*(const UmkAppAuditItem *const *) b)->without - value);

    return one > other ? -1 : one < other;
}

static GtkWidget *
make_influence(UmkAppAuditView *self, const UmkAppAuditItem *item)
{
    GtkWidget *row = gtk_list_box_row_new(),
              *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    g_autofree char *title = dup_title(item->role, item->name, self);
    g_autofree char *number =
        umk_app_text_set_minus(g_strdup_printf(_("%.2f without it"), item->without));
    GtkWidget *name = gtk_label_new(title), *effect = gtk_label_new(number);

    gtk_label_set_xalign(GTK_LABEL(name), 0);
    gtk_label_set_ellipsize(GTK_LABEL(name), PANGO_ELLIPSIZE_END);
    gtk_widget_set_hexpand(name, TRUE);
    gtk_widget_add_css_class(effect, "dim-label");
    gtk_widget_add_css_class(effect, "numeric");
    gtk_widget_add_css_class(line, "influence");
    gtk_box_append(GTK_BOX(line), name);
    gtk_box_append(GTK_BOX(line), effect);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), line);
    g_object_set_data_full(G_OBJECT(row), "umk-name", g_strdup(item->name), g_free);
    return row;
}

static void
show_influence(UmkAppAuditView *self)
{
    GArray *items = self->result->items;
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    GtkWidget *row;

    while ((row = gtk_widget_get_first_child(GTK_WIDGET(self->influence))) != NULL)
        gtk_list_box_remove(self->influence, row);
    for (guint i = 0; i < items->len; i++) {
        UmkAppAuditItem *item = &g_array_index(items, UmkAppAuditItem, i);

        if (!isnan(item->without))
            g_ptr_array_add(sorted, item);
    }
    g_ptr_array_sort_with_data(sorted, compare_influence, &self->result->before.value);
    for (guint i = 0; i < MIN(sorted->len, N_INFLUENCES); i++)
        gtk_list_box_append(self->influence, make_influence(self, sorted->pdata[i]));
    gtk_widget_set_visible(GTK_WIDGET(self->influence), sorted->len > 0);
    gtk_widget_set_visible(self->influence_title, sorted->len > 0);
}

/* ---- all of it -----------------------------------------------------------------------
 */

void
_umk_app_audit_view_show_problem(UmkAppAuditView *self, const char *text)
{
    gtk_label_set_label(self->problem, text);
    gtk_stack_set_visible_child_name(self->stack, "problem");
}

/* The result of the view, or that there is none. */
void
_umk_app_audit_view_show(UmkAppAuditView *self)
{
    umk_app_audit_chart_set_result(self->chart, self->result, dup_title, self);
    if (self->result == NULL) {
        for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++)
            umk_app_audit_set_mark_missing(umk_app_audit_view_get_set(self, i), NULL);
        gtk_stack_set_visible_child_name(self->stack, "empty");
        return;
    }
    show_direction(self);
    show_figures(self);
    show_reasons(self);
    show_missing(self);
    show_influence(self);
    gtk_widget_set_visible(GTK_WIDGET(self->chart), self->result->before.defined);
    gtk_stack_set_visible_child_name(self->stack, "result");
}
