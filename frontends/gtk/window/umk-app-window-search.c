/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one search box: what is asked, and when. */
#include "umk-app-window-parts.h"

#include "umk-app-modality.h"
#include "umk-app-query.h"

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
    if (umk_item_get_path(self->question) != NULL)
        self->asking = umk_app_query_file(self->source, umk_item_get_path(self->question),
                                          umk_item_get_modality(self->question), MOST,
                                          mask, answered, G_OBJECT(self));
    else
        self->asking = umk_app_query_text(self->source, umk_item_get_text(self->question),
                                          MOST, mask, answered, G_OBJECT(self));
}

/* question: taken. */
static void
ask(UmkAppWindow *self, UmkItem *question)
{
    g_autofree char *what = umk_app_item_dup_title(question);
    g_autofree char *title = g_strdup_printf(_("Results for “%s”"), what);

    g_clear_pointer(&self->question, umk_item_unref);
    self->question = question;
    self->anyway = FALSE;
    g_clear_object(&self->answer);
    gtk_label_set_label(self->list_title, title);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->list_title), title);
    gtk_widget_set_visible(self->clear, TRUE);
    gtk_widget_set_visible(GTK_WIDGET(self->filter), TRUE);
    _umk_app_window_reveal(self->left, TRUE);
    gtk_stack_set_visible_child_name(self->left_pages, "items");
    _umk_app_window_ask_again(self);
    _umk_app_window_update_actions(self);
}

void
_umk_app_window_ask_file(UmkAppWindow *self, const char *path, UmkModality modality)
{
    g_signal_handlers_block_matched(self->search, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL,
                                    self);
    gtk_editable_set_text(GTK_EDITABLE(self->search), "");
    g_signal_handlers_unblock_matched(self->search, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL,
                                      self);
    ask(self, umk_item_new_for_file(modality, path));
}

/* All items again. */
void
_umk_app_window_clear_search(UmkAppWindow *self)
{
    stop_asking(self);
    g_clear_pointer(&self->question, umk_item_unref);
    _umk_app_window_drop_answer(self);
    umk_app_item_list_set_model(self->list, self->all_items);
    gtk_label_set_label(self->list_title, _("All Items"));
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->list_title), NULL);
    gtk_widget_set_visible(self->clear, FALSE);
    gtk_widget_set_visible(GTK_WIDGET(self->filter), FALSE);
    if (*gtk_editable_get_text(GTK_EDITABLE(self->search)) != '\0')
        gtk_editable_set_text(GTK_EDITABLE(self->search), "");
    _umk_app_window_update_actions(self);
}

static void
search_changed(GtkSearchEntry *entry, UmkAppWindow *self)
{
    g_autofree char *text = g_strdup(gtk_editable_get_text(GTK_EDITABLE(entry)));
    gboolean by_file =
        self->question != NULL && umk_item_get_path(self->question) != NULL;

    if (self->source == NULL)
        return;
    if (*g_strstrip(text) != '\0')
        ask(self, umk_item_new_for_text(text));
    else if (self->question != NULL && !by_file)
        _umk_app_window_clear_search(self);
}

/* Enter goes on to the results. */
static void
search_activated(GtkSearchEntry *entry, UmkAppWindow *self)
{
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
    g_signal_connect_swapped(self->filter, "notify::selected",
                             G_CALLBACK(_umk_app_window_ask_again), self);
    g_signal_connect(self->search, "search-changed", G_CALLBACK(search_changed), self);
    g_signal_connect(self->search, "activate", G_CALLBACK(search_activated), self);
    g_signal_connect(self->search, "stop-search", G_CALLBACK(search_stopped), self);
}
