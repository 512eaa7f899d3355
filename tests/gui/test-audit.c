/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit view, on a collection of words whose vectors were made to lean: sets filled
 * by typing, by a ready-made test and by dropping, what is found, and the report. */
#include "umk-app-application.h"
#include "umk-app-audit-view-parts.h"
#include "umk-app-map-parts.h"
#include "umk-app-palette.h"
#include "umk-app-window-parts.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define PATIENCE 60.0 /* seconds */
#define DIMS     16

static GtkApplication *application;
static char *folder;

static const char *const men[] = {"john", "paul", "mike", "kevin", "steve",
                                  "greg", "jeff", "bill", NULL};
static const char *const women[] = {"amy",  "joan", "lisa",  "sarah", "diana",
                                    "kate", "ann",  "donna", NULL};
static const char *const work[] = {"office",  "salary", "boss",     "career", "firm",
                                   "manager", "trade",  "contract", NULL};
static const char *const home[] = {"kitchen", "family", "child",  "garden", "wedding",
                                   "cousin",  "house",  "parent", NULL};

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

/* ---- a collection that leans ---------------------------------------------------------
 */

static void
add_words(UmkItems *items, GArray *vectors, const char *const *words, float lean)
{
    for (gsize i = 0; words[i] != NULL; i++) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(g_str_hash(words[i]));
        UmkItem *item = umk_item_new_for_text(words[i]);
        float vector[DIMS], norm = 0;

        for (guint d = 0; d < DIMS; d++)
            vector[d] = (float) g_rand_double_range(rand, -0.4, 0.4);
        vector[0] += lean;
        for (guint d = 0; d < DIMS; d++)
            norm += vector[d] * vector[d];
        for (guint d = 0; d < DIMS; d++)
            vector[d] /= sqrtf(norm);
        umk_item_set_id(item, words[i]);
        umk_items_append(items, item);
        umk_item_unref(item);
        g_array_append_vals(vectors, vector, DIMS);
    }
}

static void
make_collection(const char *path)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(GArray) vectors = g_array_new(FALSE, FALSE, sizeof(float));
    g_autoptr(UmkSpace) space = umk_space_new("words", DIMS, UMK_METRIC_COSINE);
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;
    GError *error = NULL;

    umk_space_join(space, "words", DIMS, &error);
    g_assert_no_error(error);
    add_words(items, vectors, men, 0.8f);
    add_words(items, vectors, women, -0.8f);
    add_words(items, vectors, work, 0.8f);
    add_words(items, vectors, home, -0.8f);
    for (guint i = 0; i < 200; i++) {
        g_autofree char *word = g_strdup_printf("filler%03u", i);
        const char *const one[] = {word, NULL};

        add_words(items, vectors, one, 0);
    }
    collection = umk_collection_create(path, space, &error);
    g_assert_no_error(error);
    matrix = umk_matrix_new_from_data(vectors->len / DIMS, DIMS,
                                      (const float *) (gpointer) vectors->data, &error);
    g_assert_true(umk_collection_add_model(
                      collection, "words", "words", DIMS,
                      "{\"version\": \"1\", \"method\": \"made up\"}", &error) &&
                  umk_collection_append(collection, "words", items, matrix, &error) &&
                  umk_collection_commit(collection, &error));
}

static UmkAppWindow *
open_audit(void)
{
    g_autofree char *path = g_build_filename(folder, "words.ume", NULL);
    UmkAppWindow *window = umk_app_window_new(application);

    gtk_window_present(GTK_WINDOW(window));
    umk_app_window_open_path(window, path);
    WAIT_FOR(window->source != NULL);
    g_assert_false(gtk_widget_get_visible(GTK_WIDGET(window->audit)));
    g_action_group_activate_action(G_ACTION_GROUP(window), "audit", NULL);
    g_assert_true(gtk_widget_get_visible(GTK_WIDGET(window->audit)));
    WAIT_FOR(umk_app_audit_view_get_library(window->audit) != NULL);
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
fill(UmkAppWindow *window, guint set, const char *const *words)
{
    g_autofree char *text = g_strjoinv(", ", (char **) words);

    umk_app_audit_set_add_words(umk_app_audit_view_get_set(window->audit, set), text);
}

static const char *
page(UmkAppWindow *window)
{
    return umk_app_audit_view_get_page(window->audit);
}

static void
fill_all(UmkAppWindow *window)
{
    fill(window, 0, men);
    fill(window, 1, women);
    fill(window, 2, work);
    fill(window, 3, home);
    WAIT_FOR(!g_str_equal(page(window), "empty"));
    if (g_str_equal(page(window), "problem"))
        g_error("%s", gtk_label_get_label(window->audit->problem));
    WAIT_FOR(umk_app_audit_view_get_json(window->audit) != NULL);
}

static GtkWidget *
find_list(GtkWidget *widget)
{
    GtkWidget *found = GTK_IS_LIST_VIEW(widget) ? widget : NULL;

    for (GtkWidget *child = gtk_widget_get_first_child(widget);
         child != NULL && found == NULL; child = gtk_widget_get_next_sibling(child))
        found = find_list(child);
    return found;
}

/* ---- tests ---------------------------------------------------------------------------
 */

static void
test_empty(void)
{
    UmkAppWindow *window = open_audit();

    g_assert_cmpstr(page(window), ==, "empty");
    g_assert_false(
        g_action_group_get_action_enabled(G_ACTION_GROUP(window), "save-report"));
    fill(window, 0, men);
    spin(0.8);
    g_assert_cmpstr(page(window), ==, "empty");
    g_action_group_activate_action(G_ACTION_GROUP(window), "audit", NULL);
    g_assert_false(gtk_widget_get_visible(GTK_WIDGET(window->audit)));
    close_window(window);
}

static void
test_chips(void)
{
    UmkAppWindow *window = open_audit();
    UmkAppAuditSet *set = umk_app_audit_view_get_set(window->audit, 0);
    static const char *const missing[] = {"mike", "nobody", NULL};
    g_auto(GStrv) items = NULL;
    g_autoptr(UmkItem) item = umk_item_new_for_text("dropped");

    umk_app_audit_set_add_words(set, " john,, paul;mike、 花子\njohn \t kevin,");
    umk_item_set_id(item, "id-of-it");
    umk_app_audit_set_add_item(set, item);
    g_assert_true(umk_app_audit_set_remove(set, "paul"));
    g_assert_false(umk_app_audit_set_remove(set, "paul"));
    items = umk_app_audit_set_dup_items(set);
    g_assert_cmpuint(g_strv_length(items), ==, 5);
    g_assert_cmpstr(items[1], ==, "mike");
    g_assert_cmpstr(items[2], ==, "花子");
    g_assert_cmpstr(items[4], ==, "id-of-it");
    g_assert_cmpstr(umk_app_audit_set_get_item_title(set, "id-of-it"), ==, "dropped");
    umk_app_audit_set_mark_missing(set, missing);
    umk_app_audit_set_mark_missing(set, NULL);
    umk_app_audit_set_clear(set);
    g_assert_cmpuint(umk_app_audit_set_get_n_items(set), ==, 0);
    close_window(window);
}

/* Typed sets give a result; an item leads to the map. */
static void
test_found(void)
{
    UmkAppWindow *window = open_audit();
    UmkAppAuditChart *chart;
    guint32 row;

    fill_all(window);
    WAIT_FOR(g_str_equal(page(window), "result"));
    spin(0.3);
    chart = umk_app_audit_view_get_chart(window->audit);
    g_assert_null(umk_app_audit_chart_get_cursor(chart));
    umk_app_audit_chart_move(chart, 1);
    g_assert_nonnull(umk_app_audit_chart_get_cursor(chart));
    umk_app_audit_chart_move(chart, 3);
    umk_app_audit_chart_choose(chart);
    row = umk_app_map_get_selected(window->map);
    g_assert_cmpuint(row, !=, UMK_APP_NO_ROW);
    g_action_group_activate_action(G_ACTION_GROUP(window), "add-to-audit",
                                   g_variant_new_int32(2));
    g_assert_cmpuint(
        umk_app_audit_set_get_n_items(umk_app_audit_view_get_set(window->audit, 2)), ==,
        9);
    umk_app_audit_chart_move(chart, 10000);
    umk_app_audit_chart_move(chart, -10000);
    spin(1);
    close_window(window);
}

/* Several lines of the list at once, by the button of a set and by dropping. */
static void
test_several(void)
{
    UmkAppWindow *window = open_audit();
    UmkAppAuditSet *set = umk_app_audit_view_get_set(window->audit, 1);
    GtkListView *list = GTK_LIST_VIEW(find_list(GTK_WIDGET(window->list)));
    GtkSelectionModel *selection = gtk_list_view_get_model(list);
    g_autoptr(GListStore) selected = NULL;
    g_auto(GStrv) items = NULL;

    g_assert_false(
        g_action_group_get_action_enabled(G_ACTION_GROUP(window), "add-to-audit"));
    gtk_selection_model_select_range(selection, 2, 3, TRUE);
    g_assert_true(
        g_action_group_get_action_enabled(G_ACTION_GROUP(window), "add-to-audit"));
    g_action_group_activate_action(G_ACTION_GROUP(window), "add-to-audit",
                                   g_variant_new_int32(1));
    items = umk_app_audit_set_dup_items(set);
    g_assert_cmpuint(g_strv_length(items), ==, 3);
    g_assert_cmpstr(items[0], ==, men[2]);
    g_assert_cmpstr(items[2], ==, men[4]);
    gtk_selection_model_select_range(selection, 4, 3, FALSE);
    selected = umk_app_item_list_dup_selected(window->list);
    umk_app_audit_set_add_rows(umk_app_audit_view_get_set(window->audit, 0),
                               G_LIST_MODEL(selected));
    g_assert_cmpuint(
        umk_app_audit_set_get_n_items(umk_app_audit_view_get_set(window->audit, 0)), ==,
        5);
    close_window(window);
}

/* The axis across the map and as its colour, each on and off again. */
static void
test_axis(void)
{
    UmkAppWindow *window = open_audit();
    GActionGroup *actions = G_ACTION_GROUP(window);
    const UmkAppPoints *plain = window->map->points;
    float left, right, y, other;
    guint colours = 0;

    g_assert_false(g_action_group_get_action_enabled(actions, "axis-across"));
    fill_all(window);
    g_assert_true(g_action_group_get_action_enabled(actions, "axis-across"));
    g_action_group_activate_action(actions, "axis-across", NULL);
    WAIT_FOR(window->map->points != plain);
    g_assert_true(gtk_widget_get_visible(window->axis_plain));
    /* rows: men lean to the one side, women to the other, home words further still */
    for (guint32 row = 0; row < 8; row++) {
        g_assert_true(umk_app_points_find(window->map->points, row, &right, &y));
        g_assert_true(umk_app_points_find(window->map->points, row + 8, &left, &y));
        g_assert_cmpfloat((double) right, >, window->map->layout->zero);
        g_assert_cmpfloat((double) left, <, window->map->layout->zero);
    }
    g_assert_nonnull(strstr(gtk_label_get_label(window->status), "across"));
    g_action_group_activate_action(actions, "axis-colour", NULL);
    for (gsize i = 0; i < window->map->points->n_points; i++)
        colours += window->map->looks->colour[i] >= UMK_APP_RAMP;
    g_assert_cmpuint(colours, ==, window->map->points->n_points);
    g_assert_false(gtk_widget_get_visible(GTK_WIDGET(window->colour)));
    spin(0.3);
    /* Other sets, another axis. */
    umk_app_audit_set_remove(umk_app_audit_view_get_set(window->audit, 2), work[0]);
    {
        const UmkAppPoints *before = window->map->points;

        WAIT_FOR(window->map->points != before);
    }
    g_action_group_activate_action(actions, "axis-across", NULL);
    g_assert_true(window->map->points == plain);
    g_assert_true(umk_app_points_find(plain, 3, &left, &y));
    g_assert_true(umk_app_points_find(window->map->points, 3, &right, &other));
    g_assert_true(left == right && y == other);
    g_assert_nonnull(_umk_app_window_get_axis_classes(window));
    g_action_group_activate_action(actions, "axis-plain", NULL);
    g_assert_null(_umk_app_window_get_axis_classes(window));
    g_assert_false(gtk_widget_get_visible(window->axis_plain));
    g_action_group_activate_action(actions, "axis-across", NULL);
    WAIT_FOR(window->map->points != plain);
    umk_app_audit_set_clear(umk_app_audit_view_get_set(window->audit, 3));
    WAIT_FOR(window->map->points == plain);
    close_window(window);
}

static void
test_ready_made(void)
{
    UmkAppWindow *window = open_audit();
    const UmkAppAuditLibrary *library = umk_app_audit_view_get_library(window->audit);
    const UmkAppAuditKnownTest *test;

    if (library->tests->len == 0) {
        g_test_skip("no word lists are here");
        close_window(window);
        return;
    }
    test = library->tests->pdata[0];
    g_assert_false(umk_app_audit_view_take_test(window->audit, "no such test"));
    g_assert_true(umk_app_audit_view_take_test(window->audit, test->id));
    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++)
        g_assert_cmpstr(
            umk_app_audit_set_get_known(umk_app_audit_view_get_set(window->audit, i)), ==,
            test->sets[i]);
    /* None of these words is in the collection: said, not shown as a number. */
    WAIT_FOR(!g_str_equal(page(window), "empty"));
    umk_app_audit_set_add_words(umk_app_audit_view_get_set(window->audit, 0), "john");
    g_assert_null(
        umk_app_audit_set_get_known(umk_app_audit_view_get_set(window->audit, 0)));
    spin(1);
    close_window(window);
}

static void
test_report(void)
{
    UmkAppWindow *window = open_audit();
    static const char *const names[] = {"a.html", "a.pdf", "a.json"};

    fill_all(window);
    g_assert_true(
        g_action_group_get_action_enabled(G_ACTION_GROUP(window), "save-report"));
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);
        g_autofree char *text = NULL;

        _umk_app_window_save_report(window, path, i == 0 ? "ja" : "en");
        WAIT_FOR(g_file_test(path, G_FILE_TEST_EXISTS));
        WAIT_FOR(umk_app_job_bar_get_n_jobs(window->jobs) == 0);
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_assert_true(i == 1 ? g_str_has_prefix(text, "%PDF")
                             : strstr(text, "john") != NULL);
        g_unlink(path);
    }
    close_window(window);
}

static void
wait_for_next(UmkAppWindow *window, const char *part)
{
    GtkLabel *label = window->audit->missing;

    WAIT_FOR(g_str_equal(page(window), "result") &&
             strstr(gtk_label_get_label(label), part) != NULL);
}

/* A word of both sides is left out and named; sides that are the same have a reason. */
static void
test_overlap(void)
{
    static const char *const shared[] = {"john", NULL};
    UmkAppWindow *window = open_audit();

    fill_all(window);
    fill(window, 1, shared);
    wait_for_next(window, "left out of both: john");
    g_assert_true(window->audit->result->before.defined);
    umk_app_audit_set_clear(umk_app_audit_view_get_set(window->audit, 1));
    fill(window, 1, men);
    wait_for_next(window, "john, paul");
    g_assert_false(window->audit->result->before.defined);
    g_assert_cmpstr(window->audit->result->before.undefined, ==, "set-used-up");
    g_assert_nonnull(strstr(gtk_label_get_label(window->audit->figures),
                            umk_audit_describe("set-used-up")));
    close_window(window);
}

/* Closed while it measures, and sets that change faster than an answer comes. */
static void
test_hurry(void)
{
    UmkAppWindow *window = open_audit();

    fill_all(window);
    for (guint i = 0; i < 6; i++) {
        umk_app_audit_set_remove(umk_app_audit_view_get_set(window->audit, 0), men[i]);
        spin(0.1 * i);
    }
    g_action_group_activate_action(G_ACTION_GROUP(window), "audit", NULL);
    g_action_group_activate_action(G_ACTION_GROUP(window), "audit", NULL);
    umk_app_audit_set_add_words(umk_app_audit_view_get_set(window->audit, 0), "amy");
    spin(0.45);
    close_window(window);
    spin(0.5);
}

static void
activate(GtkApplication *unused)
{
}

int
main(int argc, char **argv)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    int result;

    umk_app_application_set_locale();
    gtk_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("umekomi-gui-XXXXXX", NULL);
    path = g_build_filename(folder, "words.ume", NULL);
    make_collection(path);
    application = GTK_APPLICATION(umk_app_application_new(G_APPLICATION_NON_UNIQUE));
    g_signal_connect(application, "activate", G_CALLBACK(activate), NULL);
    g_application_set_default(G_APPLICATION(application));
    if (!g_application_register(G_APPLICATION(application), NULL, &error))
        g_error("%s", error->message);
    g_application_hold(G_APPLICATION(application));
    g_test_add_func("/audit/empty", test_empty);
    g_test_add_func("/audit/chips", test_chips);
    g_test_add_func("/audit/found", test_found);
    g_test_add_func("/audit/several", test_several);
    g_test_add_func("/audit/axis", test_axis);
    g_test_add_func("/audit/ready-made", test_ready_made);
    g_test_add_func("/audit/report", test_report);
    g_test_add_func("/audit/overlap", test_overlap);
    g_test_add_func("/audit/hurry", test_hurry);
    result = g_test_run();
    g_application_release(G_APPLICATION(application));
    g_object_unref(application);
    return result;
}
