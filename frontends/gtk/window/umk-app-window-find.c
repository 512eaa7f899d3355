/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panel of what is chosen: its pages, tags, sounds, and the commands of a line's
 * menu.
 */
#include "umk-app-window-parts.h"

#include "umk-app-modality.h"
#include "umk-app-settings.h"

#include <glib/gi18n.h>

#define DWELL 120u /* ms that the pointer rests on a sound before it plays */

/* ---- sounds
 * ---------------------------------------------------------------------------- */

static GSimpleAction *
get_action(UmkAppWindow *self, const char *name)
{
    return G_SIMPLE_ACTION(g_action_map_lookup_action(G_ACTION_MAP(self), name));
}

static void
mute_changed(GSimpleAction *action, GVariant *state, gpointer window)
{
    UmkAppWindow *self = window;

    g_simple_action_set_state(action, state);
    umk_app_player_set_muted(self->player, g_variant_get_boolean(state));
    if (self->settings != NULL)
        g_settings_set_value(self->settings, "mute", state);
}

static void
hover_play_changed(GSimpleAction *action, GVariant *state, gpointer window)
{
    UmkAppWindow *self = window;

    g_simple_action_set_state(action, state);
    if (self->settings != NULL)
        g_settings_set_value(self->settings, "hover-play", state);
}

static void
loop_changed(GSimpleAction *action, GVariant *state, gpointer window)
{
    g_simple_action_set_state(action, state);
    umk_app_player_set_loop(((UmkAppWindow *) window)->player,
                            g_variant_get_boolean(state));
}

static void
player_changed(UmkAppPlayer *player, UmkAppWindow *self)
{
    gboolean loop = umk_app_player_get_loop(player);
    GSimpleAction *action = get_action(self, "loop-sound");
    g_autoptr(GVariant) state = g_action_get_state(G_ACTION(action));

    if (g_variant_get_boolean(state) != loop)
        g_simple_action_set_state(action, g_variant_new_boolean(loop));
}

/* The sound of the neighbours that is selected, else the first that there is. */
static UmkItem *
dup_neighbour_sound(UmkAppWindow *self)
{
    UmkAppItemList *list = umk_app_neighbours_get_list(self->neighbours);
    g_autoptr(GListStore) selected = umk_app_item_list_dup_selected(list);
    GListModel *lists[] = {G_LIST_MODEL(selected), umk_app_item_list_get_model(list)};

    for (guint l = 0; l < G_N_ELEMENTS(lists); l++)
        for (guint i = 0; lists[l] != NULL && i < g_list_model_get_n_items(lists[l]);
             i++) {
            g_autoptr(UmkAppRow) row = g_list_model_get_item(lists[l], i);
            UmkItem *item = umk_app_row_get_item(row);

            if (item != NULL && umk_item_get_modality(item) == UMK_MODALITY_AUDIO)
                return umk_item_ref(item);
        }
    return NULL;
}

/* From the item to a neighbour and back, at the same moment of both. */
static void
swap_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    UmkItem *own = umk_app_inspector_get_item(self->inspector);
    g_autoptr(UmkItem) other = dup_neighbour_sound(self);

    if (own == NULL || umk_item_get_modality(own) != UMK_MODALITY_AUDIO || other == NULL)
        _umk_app_window_toast(self, _("To compare, choose a sound that has a sound among "
                                      "its neighbours"));
    else
        umk_app_player_swap(self->player,
                            umk_app_player_has(self->player, other) ? own : other);
}

static gboolean
play_hovered(gpointer window)
{
    UmkAppWindow *self = window;
    g_autoptr(UmkItem) item = self->source != NULL
                                  ? umk_app_source_dup_item(self->source, self->hover_row)
                                  : NULL;

    self->hover_dwell = 0;
    if (item == NULL)
        return G_SOURCE_REMOVE;
    umk_app_player_play(self->player, item);
    self->hover_playing = TRUE;
    return G_SOURCE_REMOVE;
}

static void
map_hovered(UmkAppMap *map, guint row, UmkAppWindow *self)
{
    g_autoptr(GVariant) on = g_action_get_state(G_ACTION(get_action(self, "hover-play")));

    g_clear_handle_id(&self->hover_dwell, g_source_remove);
    if (!g_variant_get_boolean(on))
        return;
    if (self->hover_playing)
        umk_app_player_pause(self->player);
    self->hover_playing = FALSE;
    if (row != UMK_APP_NO_ROW && self->source != NULL &&
        row < umk_app_source_get_n_items(self->source) &&
        umk_app_source_get_modality(self->source, row) == UMK_MODALITY_AUDIO) {
        self->hover_row = row;
        self->hover_dwell = g_timeout_add(DWELL, play_hovered, self);
    }
}

/* ---- a line's menu
 * ---------------------------------------------------------------------- */

static void
find_similar_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    _umk_app_window_inspect(self, g_variant_get_uint32(parameter));
    _umk_app_window_reveal(self->right, TRUE);
    gtk_stack_set_visible_child_name(self->right_pages, "neighbours");
}

static UmkAppRows *
rows_of(UmkAppWindow *self, GListModel *list)
{
    guint n = list != NULL ? g_list_model_get_n_items(list) : 0;
    g_autofree guint32 *rows = g_new(guint32, n + 1);

    for (guint i = 0; i < n; i++) {
        g_autoptr(UmkAppRow) row = g_list_model_get_item(list, i);

        rows[i] = umk_app_row_get_row(row);
    }
    return umk_app_rows_new(umk_app_source_get_n_items(self->source), rows, n);
}

/* All lines that are marked in the list, if this is one of them. */
static void
add_to_selection_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    guint32 row = g_variant_get_uint32(parameter);
    g_autoptr(GListStore) marked = umk_app_item_list_dup_selected(self->list);
    g_autoptr(UmkAppRows) these = NULL, both = NULL;

    if (self->source == NULL)
        return;
    these = rows_of(self, G_LIST_MODEL(marked));
    if (!umk_app_rows_contains(these, row)) {
        umk_app_rows_unref(these);
        these = umk_app_rows_new(umk_app_source_get_n_items(self->source), &row, 1);
    }
    both = umk_app_rows_unite(umk_app_scene_get_selection(self->scene), these);
    umk_app_scene_set_selection(self->scene, both, _("Add to Selection"));
}

/* What was found, for tags and for what it has in common. */
static void
select_results_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    g_autoptr(UmkAppRows) rows = NULL;

    if (self->source == NULL || self->answer == NULL)
        return;
    rows = rows_of(self, umk_app_answer_get_rows(self->answer));
    umk_app_scene_set_selection(self->scene, rows, _("Select Results"));
}

static void
copy_name_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    g_autoptr(UmkItem) item =
        self->source != NULL
            ? umk_app_source_dup_item(self->source, g_variant_get_uint32(parameter))
            : NULL;
    g_autofree char *title = item != NULL ? umk_app_item_dup_title(item) : NULL;

    if (title != NULL)
        gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(self)), title);
}

static void
selection_page_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    _umk_app_window_reveal(self->right, TRUE);
    gtk_stack_set_visible_child_name(self->right_pages, "selection");
    gtk_widget_grab_focus(GTK_WIDGET(self->selection));
}

/* ---- pages and tags
 * ---------------------------------------------------------------------- */

/* Several chosen at once are looked at in sum; one by itself is the item. */
static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppWindow *self)
{
    if (changes & UMK_APP_CHANGED_LAYOUT)
        umk_app_neighbours_set_layout(self->neighbours, umk_app_scene_get_layout(scene));
    if (changes & UMK_APP_CHANGED_SELECTION &&
        umk_app_rows_get_n_chosen(umk_app_scene_get_selection(scene)) > 1)
        gtk_stack_set_visible_child_name(self->right_pages, "selection");
}

static void
inspected(UmkAppMap *map, guint row, UmkAppWindow *self)
{
    const char *page = gtk_stack_get_visible_child_name(self->right_pages);

    if (g_strcmp0(page, "selection") == 0)
        gtk_stack_set_visible_child_name(self->right_pages, "item");
}

static void
edge_chosen(UmkAppInspector *inspector, UmkAppRow *row, UmkAppWindow *self)
{
    if (umk_app_row_get_source(row) == self->source)
        _umk_app_window_inspect(self, umk_app_row_get_row(row));
}

static void
tags_failed(UmkAppTagsKeeper *keeper, const char *why, UmkAppWindow *self)
{
    g_autofree char *text = g_strdup_printf(
        /* Translators: what went wrong, a sentence */
        _("Tags and notes are not in the collection yet: %s"), why);

    _umk_app_window_toast(self, text);
}

/* ---- life
 * --------------------------------------------------------------------------------- */

/* Tests and machines without ears name the way out themselves. */
static const UmkAppOutput *
choose_output(void)
{
    return g_strcmp0(g_getenv("UMEKOMI_SOUND"), "silent") == 0
               ? umk_app_output_get_silent()
               : NULL;
}

static void
read_settings(UmkAppWindow *self)
{
    g_autoptr(GSettings) settings = umk_app_settings_new();

    if (settings == NULL)
        return;
    g_action_change_state(G_ACTION(get_action(self, "mute")),
                          g_settings_get_value(settings, "mute"));
    g_action_change_state(G_ACTION(get_action(self, "hover-play")),
                          g_settings_get_value(settings, "hover-play"));
}

void
_umk_app_window_init_find(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {
        {"mute", NULL, NULL, "false", mute_changed},
        {"hover-play", NULL, NULL, "false", hover_play_changed},
        {"loop-sound", NULL, NULL, "false", loop_changed},
        {"swap-sound", swap_action},
        {"find-similar", find_similar_action, "u"},
        {"add-to-selection", add_to_selection_action, "u"},
        {"copy-name", copy_name_action, "u"},
        {"select-results", select_results_action},
        {"show-selection", selection_page_action},
    };

    self->player = umk_app_player_new(choose_output());
    self->tags = umk_app_tags_keeper_new(self->scene);
    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    umk_app_inspector_set_player(self->inspector, self->player);
    umk_app_inspector_set_scene(self->inspector, self->scene);
    umk_app_selection_set_scene(self->selection, self->scene);
    g_signal_connect_object(self->player, "changed", G_CALLBACK(player_changed), self, 0);
    g_signal_connect_object(self->scene, "changed", G_CALLBACK(scene_changed), self, 0);
    g_signal_connect_object(self->tags, "failed", G_CALLBACK(tags_failed), self, 0);
    g_signal_connect_object(self->inspector, "chosen", G_CALLBACK(edge_chosen), self, 0);
    g_signal_connect_object(self->map, "inspect", G_CALLBACK(inspected), self, 0);
    g_signal_connect_object(self->map, "hovered", G_CALLBACK(map_hovered), self, 0);
    read_settings(self);
}

void
_umk_app_window_drop_find(UmkAppWindow *self)
{
    g_clear_handle_id(&self->hover_dwell, g_source_remove);
    if (self->player != NULL) {
        umk_app_player_pause(self->player);
        g_signal_handlers_disconnect_by_data(self->player, self);
    }
    g_clear_object(&self->player);
    g_clear_object(&self->tags);
}
