/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the window shows an answer: the rows in the list and on the map, alone or under a
 * line that says how far they can be believed; or, where the model knows nothing like the
 * question, a page that says so and shows them only when asked to. */
#include "umk-app-window-parts.h"

#include "umk-app-modality.h"

#include <glib/gi18n.h>

#define LONGEST 40u /* characters of a question that a sentence repeats */

static void
mark_rows(UmkAppWindow *self, GListModel *rows)
{
    guint n = rows ? g_list_model_get_n_items(rows) : 0;
    g_autofree guint32 *numbers = g_new(guint32, n + 1);

    for (guint i = 0; i < n; i++) {
        g_autoptr(UmkAppRow) row = g_list_model_get_item(rows, i);

        numbers[i] = umk_app_row_get_row(row);
    }
    umk_app_map_mark(self->map, numbers, n);
}

static char *
dup_question(UmkAppWindow *self)
{
    g_autofree char *title = umk_app_item_dup_title(self->question);

    return umk_app_text_tidy(title, LONGEST);
}

/* text: NULL for no line. */
static void
set_notice(UmkAppWindow *self, const char *text, gboolean warning)
{
    GtkAccessible *list = GTK_ACCESSIBLE(self->list);

    gtk_label_set_label(self->list_notice, text ? text : "");
    gtk_widget_set_visible(GTK_WIDGET(self->list_notice), text != NULL);
    if (warning) {
        gtk_widget_remove_css_class(GTK_WIDGET(self->list_notice), "dim-label");
        gtk_widget_add_css_class(GTK_WIDGET(self->list_notice), "warning");
    } else {
        gtk_widget_remove_css_class(GTK_WIDGET(self->list_notice), "warning");
        gtk_widget_add_css_class(GTK_WIDGET(self->list_notice), "dim-label");
    }
    if (text != NULL)
        gtk_accessible_update_property(list, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                       -1);
    else
        gtk_accessible_reset_property(list, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION);
}

static void
show_rows(UmkAppWindow *self, const char *notice, gboolean warning)
{
    GListModel *rows = umk_app_answer_get_rows(self->answer);

    mark_rows(self, rows);
    set_notice(self, notice, warning);
    umk_app_item_list_set_model(self->list, rows);
    gtk_stack_set_visible_child_name(self->list_stack, "list");
}

/* Nothing was found: what can be done next. The map stays as it is. */
static void
show_nothing(UmkAppWindow *self)
{
    const char *note = umk_app_answer_get_note(self->answer);
    g_autofree char *safe = note != NULL ? g_markup_escape_text(note, -1) : NULL;
    gboolean by_meaning = self->asked == NULL || self->asked->ask == UMK_APP_ASK_MEANING;

    mark_rows(self, NULL);
    umk_app_item_list_set_model(self->list, NULL);
    adw_status_page_set_description(
        self->nothing, safe != NULL ? safe
                                    : _("No item of this kind is in the collection that "
                                        "could be compared with this."));
    gtk_widget_set_visible(self->ask_meaning, !by_meaning);
    gtk_stack_set_visible_child_name(self->list_stack, "nothing");
}

static void
show_problem(UmkAppWindow *self, const char *text)
{
    mark_rows(self, NULL);
    gtk_label_set_label(self->list_problem, text);
    gtk_stack_set_visible_child_name(self->list_stack, "problem");
}

/* Neither the list nor the map shows an order that means nothing. */
static void
show_withheld(UmkAppWindow *self)
{
    const char *const *known = umk_app_answer_get_known(self->answer);
    g_autofree char *question = dup_question(self);
    /* Translators: the name of a model, what was looked for */
    g_autofree char *why =
        g_strdup_printf(_("“%s” was taught nothing like “%s”, so an order of results "
                          "would mean little."),
                        umk_app_answer_get_model(self->answer), question);
    /* Translators: what stands between the names of a list, e.g. "John, Paul" */
    g_autofree char *names = g_strjoinv(_(", "), (char **) known);
    /* Translators: a list of names */
    g_autofree char *nearest = g_strdup_printf(_("The nearest it knows: %s"), names);
    g_autofree char *text =
        known[0] != NULL ? g_strdup_printf("%s\n\n%s", why, nearest) : g_strdup(why);
    g_autofree char *safe = g_markup_escape_text(text, -1);

    mark_rows(self, NULL);
    umk_app_item_list_set_model(self->list, NULL);
    adw_status_page_set_description(self->outside, safe);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->show_anyway),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
    gtk_stack_set_visible_child_name(self->list_stack, "outside");
}

static void
show(UmkAppWindow *self)
{
    guint n = g_list_model_get_n_items(umk_app_answer_get_rows(self->answer));
    g_autofree char *question = dup_question(self);
    g_autofree char *line = NULL;

    switch (umk_app_answer_decide(umk_app_answer_get_knowledge(self->answer), n,
                                  self->anyway)) {
    case UMK_APP_SHOW_NOTHING:
        show_nothing(self);
        break;
    case UMK_APP_SHOW_NOTED:
        /* Translators: what was looked for */
        line = g_strdup_printf(_("“%s” is at the edge of what this model knows; results "
                                 "may be off."),
                               question);
        show_rows(self, line, FALSE);
        break;
    case UMK_APP_SHOW_WARNED:
        /* Translators: what was looked for */
        line = g_strdup_printf(_("“%s” is outside of what this model knows; the order of "
                                 "these results means little."),
                               question);
        show_rows(self, line, TRUE);
        break;
    case UMK_APP_SHOW_WITHHELD:
        show_withheld(self);
        break;
    case UMK_APP_SHOW_RESULTS:
    default:
        show_rows(self, umk_app_answer_get_note(self->answer), FALSE);
    }
}

/* Who asks for one item by its name wants to see it. */
static void
inspect_only(UmkAppWindow *self)
{
    GListModel *rows = umk_app_answer_get_rows(self->answer);
    g_autoptr(UmkAppRow) row = NULL;

    if (self->asked == NULL || self->asked->ask != UMK_APP_ASK_ITEM ||
        g_list_model_get_n_items(rows) != 1)
        return;
    row = g_list_model_get_item(rows, 0);
    _umk_app_window_inspect(self, umk_app_row_get_row(row));
}

/* answer: NULL if there was an error. */
void
_umk_app_window_show_answer(UmkAppWindow *self, UmkAppAnswer *answer, const GError *error)
{
    g_set_object(&self->answer, answer);
    if (answer != NULL) {
        show(self);
        inspect_only(self);
    } else
        show_problem(self, error != NULL ? error->message : _("Nothing was found."));
    _umk_app_window_update_actions(self);
}

/* The list is free for all items again. */
void
_umk_app_window_drop_answer(UmkAppWindow *self)
{
    g_clear_object(&self->answer);
    self->anyway = FALSE;
    umk_app_map_mark(self->map, NULL, 0);
    set_notice(self, NULL, FALSE);
    gtk_stack_set_visible_child_name(self->list_stack, "list");
}

gboolean
_umk_app_window_is_withholding(UmkAppWindow *self)
{
    return self->answer != NULL &&
           g_str_equal(gtk_stack_get_visible_child_name(self->list_stack), "outside");
}

/* The list, or the button that stands in its place. */
void
_umk_app_window_focus_results(UmkAppWindow *self)
{
    gtk_widget_grab_focus(_umk_app_window_is_withholding(self) ? self->show_anyway
                                                               : GTK_WIDGET(self->list));
}

/* For this question only: the next one is judged anew. */
void
_umk_app_window_show_anyway(UmkAppWindow *self)
{
    if (!_umk_app_window_is_withholding(self))
        return;
    self->anyway = TRUE;
    show(self);
    _umk_app_window_focus_results(self);
    _umk_app_window_update_actions(self);
}
