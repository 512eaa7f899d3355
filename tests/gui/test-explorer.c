/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window, driven through its own actions and widgets under a virtual display, with
 * every warning fatal: what a person does in the first minutes, and the ways it can go
 * wrong. */
#include "fixture.h"

#include "umk-app-application.h"
#include "umk-app-map-parts.h"
#include "umk-app-window-parts.h"

#include <glib/gstdio.h>
#include <string.h>

#define PATIENCE 60.0 /* seconds */

static GtkApplication *application;
static char *folder;

static void
spin(double seconds)
{
    g_autoptr(GTimer) timer = g_timer_new();

    while (g_timer_elapsed(timer, NULL) < seconds)
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(2000);
}

#define WAIT_FOR(condition)                                                              \
    G_STMT_START                                                                         \
    {                                                                                    \
        g_autoptr(GTimer) timer_ = g_timer_new();                                        \
        while (!(condition) && g_timer_elapsed(timer_, NULL) < PATIENCE)                 \
            if (!g_main_context_iteration(NULL, FALSE))                                  \
                g_usleep(2000);                                                          \
        g_assert_true(condition);                                                        \
    }                                                                                    \
    G_STMT_END

static UmkAppWindow *
make_window(void)
{
    UmkAppWindow *window = umk_app_window_new(application);

    gtk_window_present(GTK_WINDOW(window));
    WAIT_FOR(gtk_widget_get_mapped(GTK_WIDGET(window)));
    return window;
}

static const char *
page(GtkStack *stack)
{
    return gtk_stack_get_visible_child_name(stack);
}

static UmkAppWindow *
open_window(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    UmkAppWindow *window = make_window();

    umk_app_window_open_path(window, path);
    WAIT_FOR(window->source != NULL);
    return window;
}

static void
close_window(UmkAppWindow *window)
{
    gtk_window_close(GTK_WINDOW(window));
    WAIT_FOR(gtk_application_get_windows(application) == NULL);
    spin(0.05);
}

static void
act(UmkAppWindow *window, const char *name)
{
    g_assert_true(g_action_group_get_action_enabled(G_ACTION_GROUP(window), name));
    g_action_group_activate_action(G_ACTION_GROUP(window), name, NULL);
}

static void
test_welcome(void)
{
    UmkAppWindow *window = make_window();

    g_assert_cmpstr(page(window->stack), ==, "welcome");
    g_assert_false(
        g_action_group_get_action_enabled(G_ACTION_GROUP(window), "add-files"));
    g_assert_false(g_action_group_get_action_enabled(G_ACTION_GROUP(window), "fit"));
    close_window(window);
}

/* One job has one bar: on the page that waits, or in the foot while a collection is seen.
 */
static void
test_one_bar(void)
{
    UmkAppWindow *window = make_window();
    guint n_jobs;
    g_autofree char *path = g_build_filename(folder, "fixture.ume", NULL);

    umk_app_window_open_path(window, path);
    g_assert_cmpstr(page(window->stack), ==, "loading");
    g_assert_cmpuint(umk_app_job_bar_get_n_jobs(window->jobs), ==, 0);
    WAIT_FOR(window->source != NULL);
    n_jobs = umk_app_job_bar_get_n_jobs(window->jobs);
    umk_app_window_open_path(window, path);
    g_assert_cmpstr(page(window->stack), ==, "collection");
    g_assert_cmpuint(umk_app_job_bar_get_n_jobs(window->jobs), ==, n_jobs + 1);
    WAIT_FOR(umk_app_job_bar_get_n_jobs(window->jobs) == 0);
    close_window(window);
    /* closing ends a job that only the page shows */
    window = make_window();
    umk_app_window_open_path(window, path);
    close_window(window);
}

static void
test_open(void)
{
    UmkAppWindow *window = open_window("fixture.ume");

    WAIT_FOR(umk_app_map_get_n_frames(window->map) > 0);
    g_assert_cmpstr(page(window->stack), ==, "collection");
    g_assert_cmpstr(gtk_window_get_title(GTK_WINDOW(window)), ==, "fixture");
    g_assert_cmpuint(g_list_model_get_n_items(umk_app_item_list_get_model(window->list)),
                     ==, umk_app_source_get_n_items(window->source));
    gtk_drop_down_set_selected(window->colour, 1);
    spin(0.2);
    act(window, "zoom-in");
    act(window, "zoom-out");
    act(window, "fit");
    act(window, "toggle-left");
    act(window, "toggle-right");
    spin(0.4);
    act(window, "toggle-left");
    act(window, "toggle-right");
    spin(0.4);
    gtk_drop_down_set_selected(window->colour, 0);
    close_window(window);
}

static void
test_keyboard_walk(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    guint32 first, second;
    gboolean done = FALSE;

    WAIT_FOR(umk_app_map_get_n_frames(window->map) > 0);
    g_assert_cmpuint(umk_app_map_get_cursor(window->map), ==, UMK_APP_NO_ROW);
    umk_app_map_move_cursor(window->map, UMK_APP_RIGHT);
    first = umk_app_map_get_cursor(window->map);
    g_assert_cmpuint(first, !=, UMK_APP_NO_ROW);
    umk_app_map_move_cursor(window->map, UMK_APP_UP);
    second = umk_app_map_get_cursor(window->map);
    g_assert_cmpuint(second, !=, first);
    g_signal_emit_by_name(window->map, "inspect", second);
    g_assert_cmpuint(umk_app_map_get_selected(window->map), ==, second);
    for (guint round = 0; round < 3; round++) {
        g_autoptr(UmkAppRow) row = NULL;

        WAIT_FOR(umk_app_neighbours_get_rows(window->neighbours) != NULL);
        g_assert_cmpuint(
            g_list_model_get_n_items(umk_app_neighbours_get_rows(window->neighbours)), ==,
            20);
        row =
            g_list_model_get_item(umk_app_neighbours_get_rows(window->neighbours), round);
        g_signal_emit_by_name(window->neighbours, "chosen", row);
        g_assert_cmpuint(umk_app_map_get_selected(window->map), ==,
                         umk_app_row_get_row(row));
        spin(0.2);
    }
    while (!done) {
        act(window, "back");
        done = !g_action_group_get_action_enabled(G_ACTION_GROUP(window), "back");
    }
    g_assert_cmpuint(umk_app_map_get_selected(window->map), ==, second);
    act(window, "forward");
    g_assert_cmpuint(umk_app_map_get_selected(window->map), !=, second);
    close_window(window);
}

/* Every item of each modality can be looked at. */
static void
test_inspect(void)
{
    UmkAppWindow *window = open_window("fixture.ume");

    for (guint32 row = 0; row < 10; row++) {
        _umk_app_window_inspect(window, row);
        spin(0.1);
        act(window, "play");
        spin(0.2);
    }
    _umk_app_window_inspect(window, G_MAXUINT32 - 1);
    act(window, "neighbours");
    act(window, "focus-map");
    act(window, "focus-list");
    close_window(window);
}

static void
test_not_a_collection(void)
{
    UmkAppWindow *window = make_window();

    umk_app_window_open_path(window, folder);
    WAIT_FOR(window->opening == NULL);
    g_assert_cmpstr(page(window->stack), ==, "failed");
    g_assert_cmpuint(strlen(adw_status_page_get_description(window->failed)), >, 10);
    umk_app_window_open_path(window, "/nowhere & <nothing>");
    WAIT_FOR(window->opening == NULL);
    g_assert_cmpstr(page(window->stack), ==, "failed");
    close_window(window);
}

static void
test_small_collections(void)
{
    g_autofree char *path = g_build_filename(folder, "empty.ume", NULL);
    g_autoptr(UmkSpace) space = umk_space_new("small", 4, UMK_METRIC_COSINE);
    g_autoptr(UmkCollection) collection = umk_collection_create(path, space, NULL);
    UmkAppWindow *window;

    g_assert_nonnull(collection);
    g_clear_pointer(&collection, umk_collection_unref);
    window = open_window("empty.ume");
    g_assert_true(gtk_widget_get_visible(GTK_WIDGET(window->map_problem)));
    umk_app_map_move_cursor(window->map, UMK_APP_DOWN);
    act(window, "zoom-in");
    act(window, "fit");
    spin(0.2);
    close_window(window);
}

/* The whole way: make, add, search by meaning. Needs the built-in model. */
static void
test_search(void)
{
    g_autofree char *path = g_build_filename(folder, "words.ume", NULL);
    g_autofree char *words =
        g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", "words.tsv", NULL);
    g_autofree char *picture = g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden",
                                                "pictures", "dog.png", NULL);
    const char *const files[] = {words, NULL};
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), "starter", NULL, NULL, NULL);
    g_autoptr(UmkAppRow) row = NULL;
    UmkAppWindow *window;

    if (model == NULL) {
        g_test_skip("the built-in model is not here");
        return;
    }
    window = make_window();
    _umk_app_window_create(window, path);
    WAIT_FOR(window->source != NULL);
    g_assert_cmpuint(umk_app_source_get_n_items(window->source), ==, 0);
    _umk_app_window_add(window, files);
    WAIT_FOR(umk_app_source_get_n_items(window->source) > 600);
    gtk_editable_set_text(GTK_EDITABLE(window->search), "dog");
    WAIT_FOR(window->question != NULL && window->asking == NULL);
    g_assert_cmpstr(page(window->list_stack), ==, "list");
    row = g_list_model_get_item(umk_app_item_list_get_model(window->list), 0);
    g_assert_cmpstr(umk_item_get_text(umk_app_row_get_item(row)), ==, "dog");
    g_assert_cmpuint(window->map->looks->n_marked, >, 10);
    gtk_drop_down_set_selected(window->filter, 1 + UMK_MODALITY_IMAGE);
    WAIT_FOR(window->asking == NULL);
    g_assert_cmpstr(page(window->list_stack), ==, "nothing");
    gtk_drop_down_set_selected(window->filter, 0);
    _umk_app_window_ask_file(window, picture, UMK_MODALITY_IMAGE);
    WAIT_FOR(window->asking == NULL);
    g_assert_cmpstr(page(window->list_stack), ==, "list");
    g_assert_cmpuint(window->map->looks->n_marked, >, 10);
    _umk_app_window_ask_file(window, words, UMK_MODALITY_IMAGE);
    WAIT_FOR(window->asking == NULL);
    g_assert_cmpstr(page(window->list_stack), ==, "problem");
    act(window, "clear-search");
    g_assert_cmpuint(window->map->looks->n_marked, ==, 0);
    g_assert_cmpstr(gtk_editable_get_text(GTK_EDITABLE(window->search)), ==, "");
    close_window(window);
}

static void
search_for(UmkAppWindow *window, const char *text)
{
    gtk_editable_set_text(GTK_EDITABLE(window->search), text);
    WAIT_FOR(window->question != NULL &&
             g_strcmp0(umk_item_get_text(window->question), text) == 0 &&
             window->asking == NULL);
}

static const char *
notice(UmkAppWindow *window)
{
    return gtk_widget_get_visible(GTK_WIDGET(window->list_notice))
               ? gtk_label_get_label(window->list_notice)
               : NULL;
}

/* What the model does not know is not ranked, unless it is asked for, and that holds for
 * one question. Needs words.ume. */
static void
test_knowledge(void)
{
    g_autofree char *path = g_build_filename(folder, "words.ume", NULL);
    UmkAppWindow *window;

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("the built-in model is not here");
        return;
    }
    window = open_window("words.ume");
    search_for(window, "dog");
    g_assert_cmpstr(page(window->list_stack), ==, "list");
    g_assert_null(notice(window));
    g_assert_false(
        g_action_group_get_action_enabled(G_ACTION_GROUP(window), "show-anyway"));
    search_for(window, "the Treaty of Westphalia");
    g_assert_cmpstr(page(window->list_stack), ==, "list");
    g_assert_nonnull(strstr(notice(window), "“the Treaty of Westphalia” is at the edge"));
    g_assert_cmpuint(window->map->looks->n_marked, >, 10);
    search_for(window, "quantum chromodynamics");
    g_assert_cmpstr(page(window->list_stack), ==, "outside");
    g_assert_nonnull(strstr(adw_status_page_get_description(window->outside),
                            "“quantum chromodynamics”"));
    g_assert_cmpuint(window->map->looks->n_marked, ==, 0);
    act(window, "focus-list");
    g_assert_true(gtk_window_get_focus(GTK_WINDOW(window)) == window->show_anyway);
    g_signal_emit_by_name(window->show_anyway, "clicked");
    g_assert_cmpstr(page(window->list_stack), ==, "list");
    g_assert_nonnull(strstr(notice(window), "“quantum chromodynamics” is outside"));
    g_assert_cmpuint(window->map->looks->n_marked, >, 10);
    g_assert_true(gtk_widget_is_ancestor(gtk_window_get_focus(GTK_WINDOW(window)),
                                         GTK_WIDGET(window->list)));
    gtk_drop_down_set_selected(window->filter, 1 + UMK_MODALITY_TEXT);
    WAIT_FOR(window->asking == NULL);
    g_assert_nonnull(strstr(notice(window), "“quantum chromodynamics” is outside"));
    gtk_drop_down_set_selected(window->filter, 0);
    search_for(window, "eigenvalue <b> & hyperparameter");
    g_assert_cmpstr(page(window->list_stack), ==, "outside");
    search_for(window, "quantum chromodynamics");
    g_assert_cmpstr(page(window->list_stack), ==, "outside");
    act(window, "clear-search");
    g_assert_cmpstr(page(window->list_stack), ==, "list");
    g_assert_null(notice(window));
    g_assert_false(
        g_action_group_get_action_enabled(G_ACTION_GROUP(window), "show-anyway"));
    close_window(window);
}

/* A collection no model here fits: searching says why, in place of results. */
static void
test_search_without_model(void)
{
    UmkAppWindow *window = open_window("fixture.ume");

    gtk_editable_set_text(GTK_EDITABLE(window->search), "dog");
    WAIT_FOR(window->question != NULL && window->asking == NULL);
    g_assert_cmpstr(page(window->list_stack), ==, "problem");
    g_assert_cmpuint(strlen(gtk_label_get_label(window->list_problem)), >, 10);
    close_window(window);
}

static guint
count_windows(void)
{
    g_autoptr(GList) all = gtk_window_list_toplevels();

    return g_list_length(all);
}

/* The windows beside the window: shortcuts and about. */
static void
test_help(void)
{
    UmkAppWindow *window = make_window();
    g_autoptr(GList) all = NULL;

    act(window, "show-help-overlay");
    WAIT_FOR(count_windows() >= 2);
    g_action_group_activate_action(G_ACTION_GROUP(application), "about", NULL);
    WAIT_FOR(count_windows() >= 3);
    all = gtk_window_list_toplevels();
    for (GList *link = all; link != NULL; link = link->next)
        if (link->data != window)
            gtk_window_close(link->data);
    spin(0.2);
    close_window(window);
}

static void
test_close_during_job(void)
{
    g_autofree char *sounds =
        g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", "sounds", NULL);
    const char *const files[] = {sounds, NULL};

    for (guint delay = 0; delay < 3; delay++) {
        UmkAppWindow *window = open_window(delay == 2 ? "fixture.ume" : "words.ume");
        guint n_jobs = umk_app_job_bar_get_n_jobs(window->jobs);

        _umk_app_window_add(window, files);
        g_assert_cmpuint(umk_app_job_bar_get_n_jobs(window->jobs), ==, n_jobs + 1);
        spin(0.15 * delay);
        close_window(window);
    }
    spin(2);
}

/* Whatever is clicked in whatever order: no warning, no crash. */
static void
test_random_walk(void)
{
    static const char *const names[] = {
        "back",         "forward",      "fit",        "zoom-in",   "zoom-out",
        "toggle-left",  "toggle-right", "neighbours", "focus-map", "focus-list",
        "clear-search", "play",         "show-anyway"};
    static const char *const collections[] = {"fixture.ume", "words.ume", "empty.ume",
                                              "none.ume"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261124);
    UmkAppWindow *window = open_window("fixture.ume");

    /* a flap of no width yet divides by it when it is toggled */
    WAIT_FOR(gtk_widget_get_width(GTK_WIDGET(window->left)) > 0);
    for (guint step = 0; step < 300; step++) {
        gint what = g_rand_int_range(rand, 0, 20);
        gsize n = umk_app_source_get_n_items(window->source);

        if (what < 8) {
            g_action_group_activate_action(
                G_ACTION_GROUP(window),
                names[g_rand_int_range(rand, 0, G_N_ELEMENTS(names))], NULL);
        } else if (what < 12) {
            umk_app_map_move_cursor(window->map,
                                    (UmkAppDirection) g_rand_int_range(rand, 0, 4));
        } else if (what < 16) {
            if (n > 0)
                _umk_app_window_inspect(window,
                                        (guint32) g_rand_int_range(rand, 0, (gint) n));
        } else if (what < 18) {
            gtk_editable_set_text(GTK_EDITABLE(window->search),
                                  what == 16 ? "cat"
                                  : step % 2 ? "quantum chromodynamics"
                                             : "");
        } else if (what == 18) {
            gtk_drop_down_set_selected(window->colour,
                                       (guint) g_rand_int_range(rand, 0, 2));
            gtk_drop_down_set_selected(window->filter,
                                       (guint) g_rand_int_range(rand, 0, 5));
        } else {
            g_autofree char *path = g_build_filename(
                folder, collections[g_rand_int_range(rand, 0, G_N_ELEMENTS(collections))],
                NULL);

            umk_app_window_open_path(window, path);
        }
        spin(g_rand_double_range(rand, 0, 0.03));
    }
    close_window(window);
}

static void
activate(GtkApplication *unused)
{
}

int
main(int argc, char **argv)
{
    g_autofree char *garden = NULL;
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    int result;

    umk_app_application_set_locale();
    gtk_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("umekomi-gui-XXXXXX", NULL);
    path = g_build_filename(folder, "fixture.ume", NULL);
    garden = g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", NULL);
    if (!fixture_make(path, garden, 1, &error))
        g_error("%s", error->message);
    application = GTK_APPLICATION(umk_app_application_new(G_APPLICATION_NON_UNIQUE));
    g_signal_connect(application, "activate", G_CALLBACK(activate), NULL);
    g_application_set_default(G_APPLICATION(application));
    if (!g_application_register(G_APPLICATION(application), NULL, &error))
        g_error("%s", error->message);
    g_application_hold(G_APPLICATION(application));
    g_test_add_func("/explorer/welcome", test_welcome);
    g_test_add_func("/explorer/open", test_open);
    g_test_add_func("/explorer/one-bar", test_one_bar);
    g_test_add_func("/explorer/keyboard-walk", test_keyboard_walk);
    g_test_add_func("/explorer/inspect", test_inspect);
    g_test_add_func("/explorer/not-a-collection", test_not_a_collection);
    g_test_add_func("/explorer/small-collections", test_small_collections);
    g_test_add_func("/explorer/search", test_search);
    g_test_add_func("/explorer/knowledge", test_knowledge);
    g_test_add_func("/explorer/search-without-model", test_search_without_model);
    g_test_add_func("/explorer/help", test_help);
    g_test_add_func("/explorer/random-walk", test_random_walk);
    g_test_add_func("/explorer/close-during-job", test_close_during_job);
    result = g_test_run();
    g_application_release(G_APPLICATION(application));
    g_object_unref(application);
    return result;
}
