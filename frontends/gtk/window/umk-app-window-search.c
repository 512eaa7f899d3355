/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one search box: what is asked, and when. How its text is understood, and what is
 * wrong with it, -ask.c shows. */
#include "umk-app-window-parts.h"

#include "umk-app-modality.h"

#include <glib/gi18n.h>

#define MOST 60u /* results */

static void
stop_asking(UmkAppWindow *self)
{
    if (self->asking != NULL)
        umk_app_job_cancel(self->asking);
    g_clear_object(&self->asking);
    gtk_spinner_stop(self->searching);
}

static void
answered(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    g_autoptr(UmkAppAnswer) answer = result;

    if (job != self->asking)
        return;
    g_clear_object(&self->asking);
    gtk_spinner_stop(self->searching);
    _umk_app_window_show_answer(self, answer, error);
}

/* Asks the present question, of the modalities the filter shows. */
void
_umk_app_window_ask_again(UmkAppWindow *self)
{
    guint chosen = gtk_drop_down_get_selected(self->filter);
    guint mask =
        chosen == 0 || chosen > UMK_N_MODALITIES ? UMK_MODALITY_ALL : 1u << (chosen - 1);

    stop_asking(self);
    if (self->question == NULL || self->source == NULL)
        return;
    gtk_spinner_start(self->searching);
    if (self->asked != NULL && self->asked->ask != UMK_APP_ASK_MEANING)
        self->asking = umk_app_query_ask(self->source, self->asked, MOST, mask, answered,
                                         G_OBJECT(self));
    else if (umk_item_get_path(self->question) != NULL)
        self->asking = umk_app_query_file(self->source, umk_item_get_path(self->question),
                                          umk_item_get_modality(self->question), MOST,
                                          mask, answered, G_OBJECT(self));
    else
        self->asking = umk_app_query_text(self->source,
                                          self->asked ? self->asked->text
                                                      : umk_item_get_text(self->question),
                                          MOST, mask, answered, G_OBJECT(self));
}

static char *
dup_vector_heading(guint n, gboolean old)
{
    return g_strdup_printf(
        old ? ngettext("Still showing results for a vector of %'u number",
                       "Still showing results for a vector of %'u numbers", n)
            : ngettext("Results for a vector of %'u number",
                       "Results for a vector of %'u numbers", n),
        n);
}

/* What the list holds. old: the box says something else by now, which cannot be asked. */
static void
show_heading(UmkAppWindow *self, gboolean old)
{
    g_autofree char *what = NULL, *title = NULL;

    if (self->asked != NULL && self->asked->n_dims > 0) {
        title = dup_vector_heading(self->asked->n_dims, old);
    } else if (self->question != NULL) {
        what = self->asked != NULL && self->asked->ask == UMK_APP_ASK_WORDS
                   ? umk_app_text_tidy(self->asked->text, 120)
                   : umk_app_item_dup_title(self->question);
        title = g_strdup_printf(
            old ? _("Still showing results for “%s”") : _("Results for “%s”"), what);
    }
    gtk_label_set_label(self->list_title, title != NULL ? title : _("All Items"));
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->list_title), title);
    if (old && title != NULL)
        gtk_widget_add_css_class(GTK_WIDGET(self->list_title), "dim-label");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(self->list_title), "dim-label");
}

/* question, asked: taken; asked is NULL for a file. */
static void
ask(UmkAppWindow *self, UmkItem *question, UmkAppQuestion *asked)
{
    g_clear_pointer(&self->question, umk_item_unref);
    g_clear_pointer(&self->asked, umk_app_question_free);
    self->question = question;
    self->asked = asked;
    self->anyway = FALSE;
    g_clear_object(&self->answer);
    show_heading(self, FALSE);
    gtk_widget_set_visible(self->list_tools, TRUE);
    _umk_app_window_reveal(self->left, TRUE);
    gtk_stack_set_visible_child_name(self->left_pages, "items");
    _umk_app_window_ask_again(self);
    _umk_app_window_update_actions(self);
}

/* The box is empty while a file is asked with. */
static void
empty_box(UmkAppWindow *self)
{
    g_signal_handlers_block_matched(self->search, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL,
                                    self);
    gtk_editable_set_text(GTK_EDITABLE(self->search), "");
    g_signal_handlers_unblock_matched(self->search, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL,
                                      self);
    _umk_app_window_show_asked(self, NULL);
}

/* A picture or a sound. */
void
_umk_app_window_ask_item(UmkAppWindow *self, UmkItem *item)
{
    empty_box(self);
    ask(self, umk_item_ref(item), NULL);
}

/* The vector that a file holds. */
void
_umk_app_window_ask_vector(UmkAppWindow *self, const char *path)
{
    empty_box(self);
    ask(self, umk_item_new_for_file(UMK_MODALITY_TEXT, path),
        umk_app_question_new_for_vector(path));
}

void
_umk_app_window_ask_file(UmkAppWindow *self, const char *path, UmkModality modality)
{
    g_autoptr(UmkItem) item = umk_item_new_for_file(modality, path);

    _umk_app_window_ask_item(self, item);
}

/* All items again. */
void
_umk_app_window_clear_search(UmkAppWindow *self)
{
    stop_asking(self);
    g_clear_pointer(&self->question, umk_item_unref);
    g_clear_pointer(&self->asked, umk_app_question_free);
    _umk_app_window_show_asked(self, NULL);
    _umk_app_window_drop_answer(self);
    umk_app_item_list_set_model(self->list, self->all_items);
    show_heading(self, FALSE);
    gtk_widget_set_visible(self->list_tools, FALSE);
    if (*gtk_editable_get_text(GTK_EDITABLE(self->search)) != '\0')
        gtk_editable_set_text(GTK_EDITABLE(self->search), "");
    _umk_app_window_update_actions(self);
}

/* A mark of a mode alone is the beginning of something. */
static gboolean
is_blank(const char *text)
{
    while (g_unichar_isspace(g_utf8_get_char(text)))
        text = g_utf8_next_char(text);
    return *text == '\0';
}

/* Asks what the box says, in the mode that was chosen for it. What cannot be asked yet
 * leaves the answer to the last question where it is, under a heading that says so. */
void
_umk_app_window_ask_box(UmkAppWindow *self)
{
    const char *text = gtk_editable_get_text(GTK_EDITABLE(self->search));
    gboolean by_file =
        self->question != NULL && umk_item_get_path(self->question) != NULL;
    g_autoptr(UmkAppQuestion) asked = NULL;

    if (self->source == NULL || self->composing)
        return;
    asked = umk_app_question_parse(text, self->ask_mode);
    _umk_app_window_show_asked(self, asked);
    show_heading(self,
                 asked->problem != NULL || (*asked->text == '\0' && !is_blank(text)));
    if (asked->problem != NULL)
        return;
    if (*asked->text != '\0')
        ask(self, umk_item_new_for_text(text), g_steal_pointer(&asked));
    else if (self->question != NULL && !by_file && is_blank(text))
        _umk_app_window_clear_search(self);
}

static gboolean
still_empty(gpointer window)
{
    UmkAppWindow *self = window;

    self->emptied = 0;
    /* a first letter comes with the others, when typing rests */
    if (*gtk_editable_get_text(GTK_EDITABLE(self->search)) == '\0')
        _umk_app_window_ask_box(self);
    return G_SOURCE_REMOVE;
}

/* A text that is typed over is gone for a moment, which is no wish for all items. */
static void
search_changed(GtkSearchEntry *entry, UmkAppWindow *self)
{
    g_clear_handle_id(&self->emptied, g_source_remove);
    if (*gtk_editable_get_text(GTK_EDITABLE(entry)) == '\0')
        self->emptied = g_idle_add(still_empty, self);
    else
        _umk_app_window_ask_box(self);
}

/* Enter looks at the best result and goes on to the others. */
static void
search_activated(GtkSearchEntry *entry, UmkAppWindow *self)
{
    GListModel *rows = self->answer != NULL && !_umk_app_window_is_withholding(self)
                           ? umk_app_answer_get_rows(self->answer)
                           : NULL;
    g_autoptr(UmkAppRow) best = rows != NULL ? g_list_model_get_item(rows, 0) : NULL;

    if (best != NULL && umk_app_row_get_source(best) == self->source)
        _umk_app_window_inspect(self, umk_app_row_get_row(best));
    _umk_app_window_focus_results(self);
}

static void
search_stopped(GtkSearchEntry *entry, UmkAppWindow *self)
{
    _umk_app_window_clear_search(self);
    gtk_widget_grab_focus(GTK_WIDGET(self->map));
}

void
_umk_app_window_init_search(UmkAppWindow *self)
{
    g_autoptr(GtkStringList) choices = umk_app_neighbours_make_choices();

    gtk_drop_down_set_model(self->filter, G_LIST_MODEL(choices));
    g_signal_connect_object(self->filter, "notify::selected",
                            G_CALLBACK(_umk_app_window_ask_again), self,
                            G_CONNECT_SWAPPED);
    _umk_app_window_init_ask(self);
    g_signal_connect_object(self->search, "search-changed", G_CALLBACK(search_changed),
                            self, 0);
    g_signal_connect_object(self->search, "activate", G_CALLBACK(search_activated), self,
                            0);
    g_signal_connect_object(self->search, "stop-search", G_CALLBACK(search_stopped), self,
                            0);
}
