/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding things in the window: the search box in all its modes, the pages of what is
 * chosen, the selection in sum, tags that reach the collection, and sounds. */
#include "fixture.h"

#include "umk-app-application.h"
#include "umk-app-map-parts.h"
#include "umk-app-metric.h"
#include "umk-app-modality.h"
#include "umk-app-zoom-picture.h"
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
open_window(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    UmkAppWindow *window = umk_app_window_new(application);

    gtk_window_present(GTK_WINDOW(window));
    WAIT_FOR(gtk_widget_get_mapped(GTK_WIDGET(window)));
    umk_app_window_open_path(window, path);
    WAIT_FOR(window->source != NULL);
    WAIT_FOR(umk_app_scene_get_tags(window->scene) != NULL);
    return window;
}

static void
close_window(UmkAppWindow *window)
{
    gtk_window_close(GTK_WINDOW(window));
    WAIT_FOR(gtk_application_get_windows(application) == NULL);
    spin(0.05);
}

static const char *
page(GtkStack *stack)
{
    return gtk_stack_get_visible_child_name(stack);
}

static void
set_mode(UmkAppWindow *window, const char *mode)
{
    g_action_group_change_action_state(G_ACTION_GROUP(window), "search-mode",
                                       g_variant_new_string(mode));
}

/* Types, and waits for the answer. */
static guint
search(UmkAppWindow *window, const char *text)
{
    GListModel *rows;

    gtk_editable_set_text(GTK_EDITABLE(window->search), text);
    WAIT_FOR(window->asked != NULL && window->asking == NULL &&
             window->question != NULL &&
             g_str_equal(umk_item_get_text(window->question), text));
    rows = umk_app_item_list_get_model(window->list);
    return rows != NULL ? g_list_model_get_n_items(rows) : 0;
}

static char *
first_title(UmkAppWindow *window)
{
    g_autoptr(UmkAppRow) row =
        g_list_model_get_item(umk_app_item_list_get_model(window->list), 0);

    return g_strdup(umk_item_get_id(umk_app_row_get_item(row)));
}

static void
test_modes(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    g_autofree char *id = NULL;

    g_assert_cmpuint(search(window, "\"dog\""), >, 0);
    g_assert_cmpstr(page(window->list_stack), ==, "list");
    g_assert_cmpstr(gtk_label_get_label(window->ask_label), ==, "Words");
    g_assert_cmpuint(search(window, "/^(dog|cat)$/"), >=, 2);
    g_assert_cmpstr(gtk_label_get_label(window->ask_label), ==, "Pattern");
    g_assert_cmpuint(search(window, "/ＤＯＧ/"), >, 0);
    g_assert_cmpuint(search(window, "#en/dog/0"), ==, 1);
    id = first_title(window);
    g_assert_cmpstr(id, ==, "en/dog/0");
    g_assert_cmpuint(umk_app_map_get_selected(window->map), !=, UMK_APP_NO_ROW);
    g_assert_cmpuint(search(window, "#3"), ==, 1);
    g_assert_cmpuint(umk_app_map_get_selected(window->map), ==, 3);
    g_assert_cmpuint(search(window, "dog - cat + horse"), ==, 60);
    g_assert_cmpstr(gtk_label_get_label(window->ask_label), ==, "Formula");
    close_window(window);
}

static char *
write_row(UmkAppWindow *window, const char *name, gsize row, gsize n)
{
    UmkCollection *collection = umk_app_source_get_collection(window->source);
    g_autoptr(UmkMatrix) all = umk_collection_get_vectors(collection, NULL, NULL, NULL);
    gsize d = umk_matrix_get_n_cols(all);
    g_autoptr(UmkMatrix) some =
        umk_matrix_new_from_data(n, d, umk_matrix_get_row(all, row, NULL), NULL);
    char *path = g_build_filename(folder, name, NULL);

    g_assert_true(umk_vectors_write(path, some, NULL, "f32", NULL));
    return path;
}

static GString *
print_row(UmkAppWindow *window, gsize row)
{
    UmkCollection *collection = umk_app_source_get_collection(window->source);
    g_autoptr(UmkMatrix) all = umk_collection_get_vectors(collection, NULL, NULL, NULL);
    GString *text = g_string_new("[");
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    for (gsize i = 0; i < umk_matrix_get_n_cols(all); i++)
        g_string_append_printf(
            text, "%s%s", i > 0 ? ", " : "",
            g_ascii_formatd(digits, sizeof digits, "%.9g",
                            (double) umk_matrix_get_row(all, row, NULL)[i]));
    return g_string_append_c(text, ']');
}

/* The numbers of an item find the item; the wrong number of them is told with both. */
static void
test_vector(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    g_autoptr(GString) text = print_row(window, 7);
    g_autofree char *id = NULL;
    g_autoptr(UmkItem) item = umk_app_source_dup_item(window->source, 7);
    UmkSpace *space =
        umk_collection_get_space(umk_app_source_get_collection(window->source));
    g_autofree char *needs = g_strdup_printf(
        "This space has %zu dimensions, the vector has 12", umk_space_get_n_dims(space));
    g_autofree char *head = g_strdup_printf("Results for a vector of %zu numbers",
                                            umk_space_get_n_dims(space));

    g_assert_cmpuint(search(window, text->str), ==, 60);
    g_assert_cmpstr(gtk_label_get_label(window->ask_label), ==, "Vector");
    g_assert_cmpstr(gtk_label_get_label(window->list_title), ==, head);
    id = first_title(window);
    g_assert_cmpstr(id, ==, umk_item_get_id(item));
    gtk_editable_set_text(GTK_EDITABLE(window->search), "[1, 2, three]");
    WAIT_FOR(gtk_widget_get_visible(GTK_WIDGET(window->ask_popover)));
    g_assert_nonnull(strstr(gtk_label_get_label(window->ask_problem), "“three”"));
    g_assert_cmpuint(window->ask_column, ==, 8);
    g_assert_true(g_str_has_prefix(gtk_label_get_label(window->list_title), "Still"));
    search(window, "[1,2,3,4,5,6,7,8,9,10,11,12]");
    g_assert_cmpstr(page(window->list_stack), ==, "problem");
    g_assert_cmpstr(gtk_label_get_label(window->list_problem), ==, needs);
    close_window(window);
}

/* A file of one vector is a question, wherever it is dropped; one of two is none. */
static void
test_vector_file(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    g_autofree char *one = write_row(window, "one.npy", 7, 1);
    g_autofree char *two = write_row(window, "two.npy", 7, 2);
    const char *const paths[] = {one, NULL};
    g_autofree char *id = NULL;
    g_autoptr(UmkItem) item = umk_app_source_dup_item(window->source, 7);

    _umk_app_window_take(window, paths);
    WAIT_FOR(window->question != NULL && window->asking == NULL);
    g_assert_cmpstr(gtk_label_get_label(window->list_title), ==, "Results for “one.npy”");
    g_assert_true(
        g_str_has_prefix(gtk_label_get_label(window->list_notice), "A vector of "));
    id = first_title(window);
    g_assert_cmpstr(id, ==, umk_item_get_id(item));
    _umk_app_window_ask_vector(window, two);
    WAIT_FOR(window->asking == NULL);
    g_assert_cmpstr(page(window->list_stack), ==, "problem");
    g_assert_nonnull(
        strstr(gtk_label_get_label(window->list_problem), "“two.npy” holds 2 vectors"));
    close_window(window);
    g_unlink(one);
    g_unlink(two);
}

static const char *
heading(UmkAppWindow *window)
{
    return gtk_label_get_label(window->list_title);
}

/* Who types over a text has typed one letter when the box was empty last: it is no
 * question. */
static void
test_first_letter(void)
{
    UmkAppWindow *window = open_window("fixture.ume");

    search(window, "cat");
    gtk_editable_set_text(GTK_EDITABLE(window->search), "");
    gtk_editable_set_text(GTK_EDITABLE(window->search), "d");
    spin(0.1); /* less than the search waits for the next letter */
    g_assert_cmpstr(heading(window), ==, "Results for “cat”");
    gtk_editable_set_text(GTK_EDITABLE(window->search), "dog");
    WAIT_FOR(g_str_equal(heading(window), "Results for “dog”"));
    close_window(window);
}

/* What was found has rings, what is chosen has none, what is looked at has its name. */
static void
test_found_on_map(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    UmkAppMap *map = window->map;
    guint n = search(window, "/^dog$/");
    guint32 few[] = {1, 2, 3};

    g_assert_cmpuint(n, >, 0);
    g_assert_cmpuint(map->rings->len, ==, n);
    g_action_group_activate_action(G_ACTION_GROUP(window), "clear-search", NULL);
    g_assert_cmpuint(map->rings->len, ==, 0);
    umk_app_map_select(map, few, G_N_ELEMENTS(few), UMK_APP_COMBINE_REPLACE, NULL);
    g_assert_cmpuint(map->rings->len, ==, 0);
    WAIT_FOR(map->named->len == 0);
    _umk_app_window_inspect(window, 7);
    WAIT_FOR(map->named->len == 1);
    /* the cursor goes with its own name, and the card of the pointer is put away */
    _umk_app_map_hover(map, 3);
    umk_app_map_zoom(map, 8);
    umk_app_map_move_cursor(map, UMK_APP_RIGHT);
    g_assert_cmpuint(map->hovered, ==, UMK_APP_NO_ROW);
    g_assert_cmpuint(map->cursor, !=, 7);
    g_assert_nonnull(map->cursor_item);
    WAIT_FOR(map->named->len >= 1);
    close_window(window);
}

/* What cannot be asked points at its place and leaves the last answer alone. */
static void
test_problem(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    guint n = search(window, "/dog/");

    gtk_editable_set_text(GTK_EDITABLE(window->search), "dog - cat +");
    WAIT_FOR(gtk_widget_get_visible(GTK_WIDGET(window->ask_popover)));
    g_assert_cmpuint(strlen(gtk_label_get_label(window->ask_problem)), >, 5);
    g_assert_cmpuint(g_list_model_get_n_items(umk_app_item_list_get_model(window->list)),
                     ==, n);
    g_assert_cmpstr(heading(window), ==, "Still showing results for “/dog/”");
    gtk_editable_set_text(GTK_EDITABLE(window->search), "dog - cat + bird");
    WAIT_FOR(!gtk_widget_get_visible(GTK_WIDGET(window->ask_popover)));
    g_assert_cmpstr(heading(window), ==, "Results for “dog - cat + bird”");
    gtk_editable_set_text(GTK_EDITABLE(window->search), "/(((/");
    WAIT_FOR(gtk_widget_get_visible(GTK_WIDGET(window->ask_popover)));
    /* it goes when the window is arranged anew, and when people turn to the map; whoever
     * comes back to the box is told again */
    g_action_group_activate_action(G_ACTION_GROUP(window), "toggle-left", NULL);
    WAIT_FOR(!gtk_widget_get_visible(GTK_WIDGET(window->ask_popover)));
    g_action_group_activate_action(G_ACTION_GROUP(window), "toggle-left", NULL);
    gtk_widget_grab_focus(GTK_WIDGET(window->map));
    gtk_widget_grab_focus(GTK_WIDGET(window->search));
    WAIT_FOR(gtk_widget_get_visible(GTK_WIDGET(window->ask_popover)));
    gtk_widget_grab_focus(GTK_WIDGET(window->map));
    WAIT_FOR(!gtk_widget_get_visible(GTK_WIDGET(window->ask_popover)));
    gtk_editable_set_text(GTK_EDITABLE(window->search), "");
    WAIT_FOR(g_str_equal(heading(window), "All Items"));
    g_assert_false(gtk_widget_get_visible(GTK_WIDGET(window->ask_popover)));
    g_assert_false(gtk_widget_get_visible(window->list_tools));
    /* the first mark of another question does not empty the box */
    search(window, "dog - cat + bird");
    gtk_editable_set_text(GTK_EDITABLE(window->search), "#");
    WAIT_FOR(g_str_equal(gtk_label_get_label(window->ask_label), "Item"));
    spin(0.6);
    g_assert_cmpstr(gtk_editable_get_text(GTK_EDITABLE(window->search)), ==, "#");
    close_window(window);
}

static void
test_nothing_found(void)
{
    UmkAppWindow *window = open_window("fixture.ume");

    search(window, "\"qqqqq\"");
    g_assert_cmpstr(page(window->list_stack), ==, "nothing");
    g_assert_true(gtk_widget_get_visible(window->ask_meaning));
    search(window, "/qqqq+/");
    g_assert_cmpstr(page(window->list_stack), ==, "nothing");
    search(window, "#nobody");
    g_assert_cmpstr(page(window->list_stack), ==, "nothing");
    /* the map has all its points still */
    g_assert_cmpuint(umk_app_scene_get_layout(window->scene)->points->n_points, >, 100);
    set_mode(window, "meaning");
    WAIT_FOR(window->asked != NULL && window->asked->ask == UMK_APP_ASK_MEANING &&
             window->asking == NULL);
    set_mode(window, "any");
    close_window(window);
}

/* Half a word is not searched for. */
static void
test_input_method(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    GtkEditable *text = gtk_editable_get_delegate(GTK_EDITABLE(window->search));

    g_signal_emit_by_name(text, "preedit-changed", "いn");
    gtk_editable_set_text(GTK_EDITABLE(window->search), "/犬/");
    spin(0.8);
    g_assert_null(window->question);
    g_signal_emit_by_name(text, "preedit-changed", "");
    WAIT_FOR(window->question != NULL && window->asking == NULL);
    close_window(window);
}

static void
test_paste_picture(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    g_autoptr(GBytes) pixels = g_bytes_new_take(g_malloc0(32 * 32 * 4), 32 * 32 * 4);
    g_autoptr(GdkTexture) texture =
        gdk_memory_texture_new(32, 32, GDK_MEMORY_R8G8B8A8, pixels, 32 * 4);
    g_autofree char *path = NULL;

    gdk_clipboard_set_texture(gtk_widget_get_clipboard(GTK_WIDGET(window)), texture);
    g_action_group_activate_action(G_ACTION_GROUP(window), "paste", NULL);
    WAIT_FOR(window->pasted != NULL && window->question != NULL);
    g_assert_cmpint(umk_item_get_modality(window->question), ==, UMK_MODALITY_IMAGE);
    path = g_strdup(window->pasted);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    WAIT_FOR(window->asking == NULL);
    close_window(window);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* Emits that a file was let go over the widget, as often as it has targets. */
static guint
drop_on(GtkWidget *widget, const char *path)
{
    g_autoptr(GListModel) all = gtk_widget_observe_controllers(widget);
    g_autoptr(GFile) file = g_file_new_for_path(path);
    GSList list = {file, NULL};
    GValue value = G_VALUE_INIT;
    guint n = 0;

    g_value_init(&value, GDK_TYPE_FILE_LIST);
    g_value_take_boxed(&value, gdk_file_list_new_from_list(&list));
    for (guint i = 0; i < g_list_model_get_n_items(all); i++) {
        g_autoptr(GtkEventController) target = g_list_model_get_item(all, i);
        gboolean taken;

        if (!GTK_IS_DROP_TARGET(target) ||
            !gdk_content_formats_contain_gtype(
                gtk_drop_target_get_formats(GTK_DROP_TARGET(target)), GDK_TYPE_FILE_LIST))
            continue;
        g_signal_emit_by_name(target, "drop", &value, 1.0, 1.0, &taken);
        n++;
    }
    g_value_unset(&value);
    return n;
}

/* A frame shows that something may be let go, and is gone when it was. */
static void
test_drop_frame(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    g_autofree char *picture = g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden",
                                                "pictures", "dog.png", NULL);
    GtkWidget *places[] = {GTK_WIDGET(window->search), GTK_WIDGET(window->toasts)};

    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        gtk_widget_add_css_class(GTK_WIDGET(window->toasts), "drop-here");
        g_assert_cmpuint(drop_on(places[i], picture), >, 0);
        g_assert_false(gtk_widget_has_css_class(GTK_WIDGET(window->toasts), "drop-here"));
        WAIT_FOR(window->question != NULL && window->asking == NULL &&
                 umk_item_get_path(window->question) != NULL);
    }
    close_window(window);
}

/* Whether a label below the widget says so. */
static gboolean
says(GtkWidget *widget, const char *text)
{
    if (GTK_IS_LABEL(widget) && g_str_equal(gtk_label_get_label(GTK_LABEL(widget)), text))
        return TRUE;
    for (GtkWidget *w = gtk_widget_get_first_child(widget); w != NULL;
         w = gtk_widget_get_next_sibling(w))
        if (says(w, text))
            return TRUE;
    return FALSE;
}

static void
test_neighbours(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    g_autoptr(UmkItem) item = umk_app_source_dup_item(window->source, 0);
    g_autofree char *title = umk_app_item_dup_title(item);
    g_autofree char *whose = g_strdup_printf("Neighbours of “%s”", title);
    GListModel *rows;
    guint kept = 0;

    _umk_app_window_inspect(window, 0);
    g_assert_true(says(GTK_WIDGET(window->neighbours), whose));
    WAIT_FOR(umk_app_neighbours_get_rows(window->neighbours) != NULL);
    rows = umk_app_neighbours_get_rows(window->neighbours);
    for (guint i = 0; i < g_list_model_get_n_items(rows); i++) {
        g_autoptr(UmkAppRow) row = g_list_model_get_item(rows, i);

        g_assert_cmpint(umk_app_row_get_kept(row), !=, -1);
        kept += umk_app_row_get_kept(row) > 0 ? 1 : 0;
    }
    g_assert_cmpuint(kept, >, 0);
    g_assert_cmpuint(kept, <=, g_list_model_get_n_items(rows));
    g_action_group_activate_action(G_ACTION_GROUP(window), "neighbours", NULL);
    g_assert_cmpstr(page(window->right_pages), ==, "neighbours");
    g_action_group_activate_action(G_ACTION_GROUP(window), "copy-name",
                                   g_variant_new_uint32(0));
    g_action_group_activate_action(G_ACTION_GROUP(window), "find-similar",
                                   g_variant_new_uint32(5));
    g_assert_cmpuint(umk_app_map_get_selected(window->map), ==, 5);
    spin(0.3);
    close_window(window);
}

static double
first_score(UmkAppWindow *window, char **text)
{
    g_autoptr(UmkAppRow) row =
        g_list_model_get_item(umk_app_neighbours_get_rows(window->neighbours), 0);
    UmkMetric metric = (UmkMetric) umk_app_row_get_metric(row);

    g_assert_cmpuint(metric, ==, umk_app_neighbours_get_metric(window->neighbours));
    *text = umk_app_metric_dup_text(metric, umk_app_row_get_score(row));
    return (double) umk_app_row_get_score(row);
}

static double
ask_by(UmkAppWindow *window, UmkMetric metric, char **text)
{
    GListModel *before = umk_app_neighbours_get_rows(window->neighbours);

    umk_app_neighbours_set_metric(window->neighbours, metric);
    WAIT_FOR(umk_app_neighbours_get_rows(window->neighbours) != before);
    return first_score(window, text);
}

/* The number beside a neighbour is what its metric says, a distance without a sign; the
 * metric stays while one walks. */
static void
test_neighbours_metric(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    g_autofree char *cosine = NULL, *distance = NULL, *dot = NULL, *again = NULL;
    GListModel *before;
    double c, d;

    g_assert_cmpuint(umk_app_neighbours_get_metric(window->neighbours), ==,
                     UMK_METRIC_COSINE);
    _umk_app_window_inspect(window, 3);
    WAIT_FOR(umk_app_neighbours_get_rows(window->neighbours) != NULL);
    c = first_score(window, &cosine);
    d = ask_by(window, UMK_METRIC_EUCLIDEAN, &distance);
    ask_by(window, UMK_METRIC_DOT, &dot);
    g_assert_cmpfloat(d, <, 0);
    g_assert_true(g_ascii_isdigit(*distance));
    /* the fixture's vectors have length one: d² = 2 - 2 c, to the float's digits */
    g_assert_cmpfloat_with_epsilon(d * d, 2 - 2 * c, 1e-5);
    g_assert_cmpstr(dot, ==, cosine);
    ask_by(window, UMK_METRIC_EUCLIDEAN, &again);
    before = umk_app_neighbours_get_rows(window->neighbours);
    _umk_app_window_inspect(window, 9);
    WAIT_FOR(umk_app_neighbours_get_rows(window->neighbours) != before);
    g_assert_cmpuint(umk_app_neighbours_get_metric(window->neighbours), ==,
                     UMK_METRIC_EUCLIDEAN);
    close_window(window);
}

/* Everything with one label. */
static UmkAppRows *
rows_with_label(UmkAppWindow *window, gint32 label)
{
    const gint32 *labels = umk_app_source_get_labels(window->source);
    gsize n = umk_app_source_get_n_items(window->source);
    g_autofree guint8 *keep = g_new0(guint8, n + 1);

    for (gsize i = 0; i < n; i++)
        keep[i] = labels[i] == label;
    return umk_app_rows_new_from_mask(n, keep);
}

static void
test_selection(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    g_autoptr(UmkAppRows) rows = rows_with_label(window, 0);
    g_autoptr(UmkAppRows) others = rows_with_label(window, 1);
    g_autoptr(UmkAppRows) both = umk_app_rows_unite(rows, others);
    const UmkAppSummary *summary;
    const UmkAppFinding *best;
    gsize before = umk_app_rows_get_n_chosen(rows);

    umk_app_scene_set_selection(window->scene, rows, "Select");
    WAIT_FOR(umk_app_selection_get_summary(window->selection) != NULL);
    summary = umk_app_selection_get_summary(window->selection);
    g_assert_cmpstr(page(window->right_pages), ==, "selection");
    g_assert_cmpuint(summary->n_chosen, ==, before);
    g_assert_cmpuint(summary->values->len, >, 0);
    best = &g_array_index(summary->values, UmkAppFinding, 0);
    g_assert_cmpstr(best->field, ==, "label");
    g_assert_cmpuint(best->contrast.n_in, ==, before);
    g_assert_cmpuint(best->contrast.n_out, ==, 0);
    g_assert_true(umk_app_contrast_is_sure(&best->contrast));
    umk_app_scene_set_selection(window->scene, both, "Select");
    umk_app_selection_narrow(window->selection, rows);
    g_assert_cmpuint(
        umk_app_rows_get_n_chosen(umk_app_scene_get_selection(window->scene)), ==,
        before);
    umk_app_scene_undo(window->scene);
    g_assert_true(umk_app_rows_equal(umk_app_scene_get_selection(window->scene), both));
    umk_app_scene_set_selection(window->scene, NULL, "Select");
    g_assert_cmpstr(page(window->right_pages), ==, "selection");
    before = search(window, "/^(dog|cat)$/");
    g_action_group_activate_action(G_ACTION_GROUP(window), "select-results", NULL);
    g_assert_cmpuint(
        umk_app_rows_get_n_chosen(umk_app_scene_get_selection(window->scene)), ==,
        before);
    WAIT_FOR(umk_app_selection_get_summary(window->selection) != NULL);
    g_action_group_activate_action(G_ACTION_GROUP(window), "add-to-selection",
                                   g_variant_new_uint32(0));
    close_window(window);
}

/* ---- tags ----------------------------------------------------------------------------
 */

static char *
tag_of(const char *path, gsize row)
{
    g_autoptr(UmkCollection) collection = umk_collection_open(path, UMK_OPEN_READ, NULL);
    g_auto(GStrv) column = umk_collection_dup_column(collection, "tags", NULL);

    return g_strdup(column != NULL ? column[row] : "");
}

#define ASSERT_TAG(path, row, expected)                                                  \
    G_STMT_START                                                                         \
    {                                                                                    \
        g_autofree char *tag_ = tag_of(path, row);                                       \
        g_assert_cmpstr(tag_, ==, expected);                                             \
    }                                                                                    \
    G_STMT_END

/* Another program tags an item meanwhile. */
static void
tag_elsewhere(const char *path, gsize row, const char *tag)
{
    g_autoptr(UmkCollection) collection = umk_collection_open(path, UMK_OPEN_WRITE, NULL);
    gsize n = umk_collection_get_n_items(collection);
    g_auto(GStrv) column = umk_collection_dup_column(collection, "tags", NULL);
    g_autofree const char **values = g_new0(const char *, n + 1);

    for (gsize i = 0; i < n; i++)
        values[i] = i == row ? tag : column != NULL && *column[i] ? column[i] : NULL;
    g_assert_true(umk_collection_set_column(collection, "tags", values, n, NULL));
    g_assert_true(umk_collection_commit(collection, NULL));
}

/* A field as the collection has it by now. */
static char *
dup_field(const char *path, const char *name, gsize row)
{
    g_autoptr(UmkCollection) collection = umk_collection_open(path, UMK_OPEN_READ, NULL);
    g_auto(GStrv) values = umk_collection_dup_column(collection, name, NULL);

    return g_strdup(values != NULL ? values[row] : "");
}

#define ASSERT_NOTE(path, row, expected)                                                 \
    G_STMT_START                                                                         \
    {                                                                                    \
        g_autofree char *note_ = dup_field(path, "note", row);                           \
        g_assert_cmpstr(note_, ==, expected);                                            \
    }                                                                                    \
    G_STMT_END

static void
count_loads(UmkAppBookmarks *bookmarks, gpointer session, guint *n)
{
    (*n)++;
}

/* A view is kept, left, and come back to in one step; names and removals survive a
 * closing, and what was taken away can be had back. */
static void
test_bookmarks(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    UmkAppBookmarks *marks = window->bookmarks;
    static const guint32 some[] = {2, 3, 5};
    gsize n = umk_app_source_get_n_items(window->source);
    g_autoptr(UmkAppRows) rows = umk_app_rows_new(n, some, 3);
    g_autoptr(UmkAppFilter) filter =
        umk_app_filter_with(umk_app_scene_get_filter(window->scene), "layer", NULL, rows);
    UmkAppLook look = *umk_app_scene_get_look(window->scene);
    guint n_loads = 0;
    g_autofree char *id = NULL;
    double x;

    g_signal_connect(marks, "loaded", G_CALLBACK(count_loads), &n_loads);
    g_assert_cmpuint(umk_app_bookmarks_get_n(marks), ==, 0);
    umk_app_scene_set_filter(window->scene, filter, "Filter");
    umk_app_scene_set_selection(window->scene, rows, "Select");
    look.density = TRUE;
    umk_app_scene_set_look(window->scene, &look, "Look");
    umk_app_map_centre_on(window->map, 0.25, 0.5);
    x = umk_app_map_get_view(window->map)->x;
    g_action_group_activate_action(G_ACTION_GROUP(window), "add-bookmark", NULL);
    WAIT_FOR(umk_app_bookmarks_get_n(marks) == 1);
    g_assert_cmpstr(umk_app_bookmarks_get_name(marks, 0), ==, "View 1");
    id = g_strdup(umk_app_bookmarks_get_id(marks, 0));
    g_assert_false(umk_app_bookmarks_rename(marks, id, " "));
    g_assert_false(umk_app_bookmarks_rename(marks, "b00000000", "nobody"));
    g_assert_true(umk_app_bookmarks_rename(marks, id, "three of them"));
    /* elsewhere, and back */
    for (guint i = 0; i < 3; i++)
        umk_app_scene_undo(window->scene);
    umk_app_map_fit(window->map);
    umk_app_bookmarks_load(marks, id);
    WAIT_FOR(n_loads == 1);
    WAIT_FOR(umk_app_map_get_view(window->map)->x == x);
    g_assert_cmpuint(
        umk_app_rows_get_n_chosen(umk_app_scene_get_selection(window->scene)), ==, 3);
    g_assert_cmpuint(
        umk_app_filter_get_n_conditions(umk_app_scene_get_filter(window->scene)), ==, 1);
    g_assert_true(umk_app_scene_get_look(window->scene)->density);
    g_assert_cmpstr(umk_app_scene_get_undo_deed(window->scene), ==, "Go to a Bookmark");
    umk_app_scene_undo(window->scene);
    g_assert_null(umk_app_scene_get_selection(window->scene));
    g_assert_false(umk_app_scene_get_look(window->scene)->density);
    g_assert_null(umk_app_scene_get_undo_deed(window->scene));
    umk_app_bookmarks_remove(marks, id);
    g_assert_cmpuint(umk_app_bookmarks_get_n(marks), ==, 0);
    g_action_group_activate_action(G_ACTION_GROUP(window), "restore-bookmark",
                                   g_variant_new_string(id));
    g_assert_cmpuint(umk_app_bookmarks_get_n(marks), ==, 1);
    close_window(window);
    window = open_window("fixture.ume");
    marks = window->bookmarks;
    g_assert_cmpuint(umk_app_bookmarks_get_n(marks), ==, 1);
    g_assert_cmpstr(umk_app_bookmarks_get_name(marks, 0), ==, "three of them");
    umk_app_bookmarks_remove(marks, id);
    close_window(window);
    window = open_window("fixture.ume");
    umk_app_bookmarks_restore(window->bookmarks, id);
    g_assert_cmpuint(umk_app_bookmarks_get_n(window->bookmarks), ==, 0);
    /* a name that leads out of the folder, a file that is not there */
    umk_app_bookmarks_load(window->bookmarks, "../../last");
    umk_app_bookmarks_load(window->bookmarks, "b00000000");
    spin(0.3);
    close_window(window);
}

static void
test_note_values(void)
{
    static const char *const column[] = {"", "one", " two\n\n", "\001", NULL};
    g_autoptr(UmkAppNotes) notes = umk_app_notes_new(4, column);
    g_autoptr(UmkAppNotes) more = umk_app_notes_with(notes, 0, "a\x01\tb\nc ");
    g_autoptr(UmkAppNotes) less = umk_app_notes_with(more, 1, " \n");
    g_autoptr(GArray) none = umk_app_notes_compare(notes, notes);
    g_autoptr(GArray) differing = umk_app_notes_compare(notes, less);
    g_autofree char *long_text = g_strnfill(100000, 'x');
    g_autofree char *tidy = umk_app_note_tidy(long_text);
    g_autofree char *broken = umk_app_note_tidy("a\xff");

    g_assert_cmpuint(umk_app_notes_get_n_notes(notes), ==, 2);
    g_assert_cmpstr(umk_app_notes_get(notes, 2), ==, "two");
    g_assert_null(umk_app_notes_get(notes, 3));
    g_assert_null(umk_app_notes_get(notes, 0));
    g_assert_cmpstr(umk_app_notes_get(more, 0), ==, "a\tb\nc");
    g_assert_null(umk_app_notes_get(less, 1));
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_cmpuint(differing->len, ==, 2); /* rows 0 and 1 */
    g_assert_cmpuint(strlen(tidy), ==, 20000);
    g_assert_true(g_utf8_validate(broken, -1, NULL));
    g_assert_null(umk_app_note_tidy(NULL));
}

/* Written, taken back, found by its words, exported, there the next time; and what the
 * window itself has written does not make its collection a stranger. */
static void
test_notes(void)
{
    g_autofree char *path = g_build_filename(folder, "notes.ume", NULL);
    g_autofree char *csv = g_build_filename(folder, "notes.csv", NULL);
    g_autofree char *garden =
        g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", NULL);
    UmkAppItemsStyle style = {0};
    UmkAppWindow *window;
    UmkAppNoteBox *box;
    g_autoptr(UmkCollection) again = NULL;
    g_autofree char *table = NULL, *shown = NULL, *back = NULL;

    g_assert_true(fixture_make(path, garden, 1, NULL));
    window = open_window("notes.ume");
    box = umk_app_inspector_get_note_box(window->inspector);
    WAIT_FOR(umk_app_tags_keeper_is_settled(window->tags));
    _umk_app_window_inspect(window, 2);
    umk_app_note_box_set_text(box, "  quagga, or so\n");
    umk_app_note_box_keep(box);
    g_assert_cmpstr(umk_app_scene_get_undo_deed(window->scene), ==, "Write a Note");
    WAIT_FOR(umk_app_tags_keeper_is_settled(window->tags));
    ASSERT_NOTE(path, 2, "quagga, or so");
    ASSERT_NOTE(path, 3, "");
    again = umk_app_source_open_again(window->source, NULL);
    g_assert_nonnull(again);
    /* another item has its own, and looking at it keeps what was being typed */
    _umk_app_window_inspect(window, 3);
    shown = umk_app_note_box_dup_text(box);
    g_assert_cmpstr(shown, ==, "");
    umk_app_note_box_set_text(box, "okapi");
    _umk_app_window_inspect(window, 2);
    back = umk_app_note_box_dup_text(box);
    g_assert_cmpstr(back, ==, "quagga, or so");
    WAIT_FOR(umk_app_tags_keeper_is_settled(window->tags));
    ASSERT_NOTE(path, 3, "okapi");
    gtk_editable_set_text(GTK_EDITABLE(window->search), "\"quagga\"");
    WAIT_FOR(window->answer != NULL && window->asking == NULL);
    g_assert_cmpuint(g_list_model_get_n_items(umk_app_answer_get_rows(window->answer)),
                     ==, 1);
    _umk_app_window_clear_search(window);
    umk_app_scene_set_selection(window->scene, NULL, NULL);
    _umk_app_window_write_items(window, csv, &style);
    WAIT_FOR(g_file_get_contents(csv, &table, NULL, NULL) &&
             umk_app_job_bar_get_n_jobs(window->jobs) == 0);
    g_assert_nonnull(strstr(table, ",note"));
    g_assert_nonnull(strstr(table, "\"quagga, or so\""));
    umk_app_scene_undo(window->scene);
    umk_app_scene_undo(window->scene);
    WAIT_FOR(umk_app_tags_keeper_is_settled(window->tags));
    ASSERT_NOTE(path, 2, "");
    ASSERT_NOTE(path, 3, "");
    umk_app_scene_redo(window->scene);
    WAIT_FOR(umk_app_tags_keeper_is_settled(window->tags));
    close_window(window);
    window = open_window("notes.ume");
    WAIT_FOR(umk_app_tags_keeper_is_settled(window->tags));
    g_assert_cmpstr(umk_app_notes_get(umk_app_scene_get_notes(window->scene), 2), ==,
                    "quagga, or so");
    close_window(window);
}

static void
test_tags(void)
{
    g_autofree char *path = g_build_filename(folder, "tags.ume", NULL);
    g_autofree char *garden =
        g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", NULL);
    static const guint32 some[] = {2, 3};
    UmkAppWindow *window;
    UmkAppTagBox *box;
    UmkCollection *other;
    g_autoptr(UmkAppRows) rows = NULL;

    g_assert_true(fixture_make(path, garden, 1, NULL));
    window = open_window("tags.ume");
    box = umk_app_selection_get_tag_box(window->selection);
    g_assert_false(umk_app_tag_box_add(box, "nobody"));
    rows = umk_app_rows_new(umk_app_source_get_n_items(window->source), some, 2);
    umk_app_scene_set_selection(window->scene, rows, "Select");
    g_assert_false(umk_app_tag_box_add(box, " , "));
    g_assert_true(umk_app_tag_box_add(box, "good"));
    g_assert_cmpuint(umk_app_tag_box_get_n_chips(box), ==, 1);
    WAIT_FOR(umk_app_tags_keeper_is_settled(window->tags));
    ASSERT_TAG(path, 2, "good");
    ASSERT_TAG(path, 4, "");
    tag_elsewhere(path, 4, "theirs");
    tag_elsewhere(path, 3, "good,theirs");
    umk_app_scene_undo(window->scene);
    g_assert_cmpuint(umk_app_tag_box_get_n_chips(box), ==, 0);
    WAIT_FOR(umk_app_tags_keeper_is_settled(window->tags));
    ASSERT_TAG(path, 2, "");
    ASSERT_TAG(path, 3, "theirs");
    ASSERT_TAG(path, 4, "theirs");
    umk_app_scene_redo(window->scene);
    WAIT_FOR(umk_app_tags_keeper_is_settled(window->tags));
    ASSERT_TAG(path, 3, "theirs,good");
    /* while somebody else writes it is tried again, and a collection that is opened anew
     * meanwhile has it all the same */
    other = umk_collection_open(path, UMK_OPEN_WRITE, NULL);
    g_assert_nonnull(other);
    umk_app_tag_box_remove(box, "good");
    spin(0.5);
    g_assert_false(umk_app_tags_keeper_is_settled(window->tags));
    g_clear_pointer(&other, umk_collection_unref);
    umk_app_window_open_path(window, path);
    WAIT_FOR(window->opening == NULL);
    WAIT_FOR(umk_app_tags_keeper_is_settled(window->tags));
    ASSERT_TAG(path, 3, "theirs");
    close_window(window);
}

/* ---- sounds --------------------------------------------------------------------------
 */

static guint32
find_sound(UmkAppWindow *window, guint skip)
{
    for (guint32 row = 0; row < umk_app_source_get_n_items(window->source); row++)
        if (umk_app_source_get_modality(window->source, row) == UMK_MODALITY_AUDIO &&
            skip-- == 0)
            return row;
    g_assert_not_reached();
}

static gboolean
is_playing(UmkAppWindow *window)
{
    return umk_app_player_is_playing(window->player);
}

static void
test_sound(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    UmkItem *item;

    _umk_app_window_inspect(window, find_sound(window, 0));
    item = umk_app_inspector_get_item(window->inspector);
    g_action_group_activate_action(G_ACTION_GROUP(window), "play", NULL);
    WAIT_FOR(is_playing(window) && umk_app_player_get_position(window->player) > 0);
    g_assert_true(umk_app_player_has(window->player, item));
    g_assert_null(umk_app_player_get_problem(window->player));
    g_action_group_change_action_state(G_ACTION_GROUP(window), "loop-sound",
                                       g_variant_new_boolean(TRUE));
    umk_app_player_seek(window->player, 0.98);
    spin(0.5);
    g_assert_true(is_playing(window));
    g_action_group_change_action_state(G_ACTION_GROUP(window), "loop-sound",
                                       g_variant_new_boolean(FALSE));
    g_action_group_change_action_state(G_ACTION_GROUP(window), "mute",
                                       g_variant_new_boolean(TRUE));
    g_assert_true(umk_app_player_get_muted(window->player));
    g_action_group_change_action_state(G_ACTION_GROUP(window), "mute",
                                       g_variant_new_boolean(FALSE));
    WAIT_FOR(!is_playing(window));
    /* a sound and its neighbour in turn */
    WAIT_FOR(umk_app_neighbours_get_rows(window->neighbours) != NULL);
    g_action_group_activate_action(G_ACTION_GROUP(window), "swap-sound", NULL);
    WAIT_FOR(is_playing(window));
    g_assert_false(umk_app_player_has(window->player, item));
    g_action_group_activate_action(G_ACTION_GROUP(window), "swap-sound", NULL);
    g_assert_true(umk_app_player_has(window->player, item));
    close_window(window);
}

static void
test_hover_play(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    guint32 row = find_sound(window, 1);

    g_signal_emit_by_name(window->map, "hovered", row);
    spin(0.4);
    g_assert_false(is_playing(window));
    g_action_group_change_action_state(G_ACTION_GROUP(window), "hover-play",
                                       g_variant_new_boolean(TRUE));
    g_signal_emit_by_name(window->map, "hovered", row);
    WAIT_FOR(is_playing(window));
    g_signal_emit_by_name(window->map, "hovered", UMK_APP_NO_ROW);
    WAIT_FOR(!is_playing(window));
    g_action_group_change_action_state(G_ACTION_GROUP(window), "hover-play",
                                       g_variant_new_boolean(FALSE));
    close_window(window);
}

/* A device that goes away, and one that is not there. */
typedef struct {
    UmkAppLost lost;
    gpointer data;
} Fragile;

static gpointer
fragile_open(UmkAppRender render, UmkAppLost lost, gpointer data, GError **error)
{
    Fragile *self = g_new0(Fragile, 1);

    self->lost = lost;
    self->data = data;
    return self;
}

static gboolean
fragile_start(gpointer output)
{
    Fragile *self = output;

    self->lost(self->data);
    return TRUE;
}

static void
fragile_stop(gpointer output)
{
}

static gpointer
absent_open(UmkAppRender render, UmkAppLost lost, gpointer data, GError **error)
{
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "No device");
    return NULL;
}

static void
test_devices(void)
{
    static const UmkAppOutput fragile = {"fragile",     TRUE,         fragile_open,
                                         fragile_start, fragile_stop, g_free};
    static const UmkAppOutput absent = {"absent",      TRUE,         absent_open,
                                        fragile_start, fragile_stop, g_free};
    g_autofree char *path = g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden",
                                             "sounds", "dog-en.ogg", NULL);
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_AUDIO, path);
    g_autoptr(UmkItem) gone =
        umk_item_new_for_file(UMK_MODALITY_AUDIO, "/nowhere/there-is.ogg");
    UmkAppPlayer *player = umk_app_player_new(&fragile);

    umk_app_player_play(player, item);
    WAIT_FOR(umk_app_player_get_problem(player) != NULL);
    WAIT_FOR(!umk_app_player_is_playing(player));
    umk_app_player_play(player, item);
    WAIT_FOR(!umk_app_player_is_playing(player));
    g_object_unref(player);

    player = umk_app_player_new(&absent);
    umk_app_player_play(player, item);
    WAIT_FOR(umk_app_player_get_position(player) > 0);
    g_assert_nonnull(umk_app_player_get_problem(player));
    umk_app_player_play(player, gone);
    WAIT_FOR(!umk_app_player_is_playing(player));
    g_assert_nonnull(umk_app_player_get_problem(player));
    g_object_unref(player);
    spin(0.1);
}

/* ---- nodes and pictures ---------------------------------------------------------------
 */

static void
make_graph(const char *path)
{
    static const float vectors[] = {1, 0, 0, 1, 1, 1};
    static const char *const names[] = {"dog", "cat", "animal"};
    g_autofree char *source = g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden",
                                               "graph.edgelist", NULL);
    g_autoptr(UmkSpace) space = umk_space_new("graph", 2, UMK_METRIC_COSINE);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) matrix = umk_matrix_new_from_data(3, 2, vectors, NULL);
    g_autoptr(UmkCollection) collection = NULL;

    g_assert_true(umk_space_join(space, "graph", 2, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(UmkItem) node = umk_item_new_for_node(names[i]);
        g_autofree char *id = g_strconcat("graph.edgelist#", names[i], NULL);

        umk_item_set_id(node, id);
        umk_item_set_caption(node, names[i]);
        umk_item_set_field(node, "source", source);
        umk_items_append(items, node);
    }
    collection = umk_collection_create(path, space, NULL);
    g_assert_true(umk_collection_add_model(collection, "graph", "graph", 2, "{}", NULL) &&
                  umk_collection_append(collection, "graph", items, matrix, NULL) &&
                  umk_collection_commit(collection, NULL));
}

static void
test_edges(void)
{
    g_autofree char *path = g_build_filename(folder, "graph.ume", NULL);
    UmkAppWindow *window;
    static const guint64 dog[] = {0};
    g_autoptr(GBytes) edges = NULL, weights = NULL;
    gsize size;

    make_graph(path);
    window = open_window("graph.ume");
    edges = umk_collection_dup_node_neighbours(
        umk_app_source_get_collection(window->source), dog, 1, &weights, NULL, NULL);
    g_assert_nonnull(edges);
    size = g_bytes_get_size(edges);
    g_assert_cmpuint(size % 16, ==, 0);
    g_assert_cmpuint(size / 16, >=, 1);
    g_assert_cmpuint(g_bytes_get_size(weights), ==, size / 4);
    _umk_app_window_inspect(window, 0);
    spin(0.5);
    close_window(window);
}

static void
test_picture(void)
{
    UmkAppZoomPicture *picture =
        g_object_ref_sink(g_object_new(UMK_APP_TYPE_ZOOM_PICTURE, NULL));
    g_autoptr(GBytes) pixels = g_bytes_new_take(g_malloc0(64 * 64 * 4), 64 * 64 * 4);
    g_autoptr(GdkTexture) texture =
        gdk_memory_texture_new(64, 64, GDK_MEMORY_R8G8B8A8, pixels, 64 * 4);

    umk_app_zoom_picture_show(picture, NULL, texture, 512, "A picture");
    g_assert_cmpfloat(umk_app_zoom_picture_get_zoom(picture), ==, 0);
    umk_app_zoom_picture_set_zoom(picture, 1);
    g_assert_cmpfloat(umk_app_zoom_picture_get_zoom(picture), ==, 1);
    umk_app_zoom_picture_set_zoom(picture, 1000);
    g_assert_cmpfloat(umk_app_zoom_picture_get_zoom(picture), <=, 16);
    umk_app_zoom_picture_set_zoom(picture, 0);
    umk_app_zoom_picture_show(picture, NULL, NULL, 0, NULL);
    g_object_unref(picture);
}

static void
remove_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        if (g_file_test(inner, G_FILE_TEST_IS_DIR))
            remove_folder(inner);
        else
            g_unlink(inner);
    }
    g_rmdir(path);
}

static void
activate(GtkApplication *unused)
{
}

int
main(int argc, char **argv)
{
    g_autofree char *path = NULL, *garden = NULL;
    int code;

    umk_app_application_set_locale();
    gtk_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("umekomi-find-XXXXXX", NULL);
    path = g_build_filename(folder, "fixture.ume", NULL);
    garden = g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", NULL);
    g_assert_true(fixture_make(path, garden, 1, NULL));
    application = GTK_APPLICATION(umk_app_application_new(G_APPLICATION_NON_UNIQUE));
    g_signal_connect(application, "activate", G_CALLBACK(activate), NULL);
    g_application_set_default(G_APPLICATION(application));
    g_assert_true(g_application_register(G_APPLICATION(application), NULL, NULL));
    g_application_hold(G_APPLICATION(application));
    g_test_add_func("/find/modes", test_modes);
    g_test_add_func("/find/vector", test_vector);
    g_test_add_func("/find/vector-file", test_vector_file);
    g_test_add_func("/find/problem", test_problem);
    g_test_add_func("/find/first-letter", test_first_letter);
    g_test_add_func("/find/found-on-map", test_found_on_map);
    g_test_add_func("/find/nothing-found", test_nothing_found);
    g_test_add_func("/find/input-method", test_input_method);
    g_test_add_func("/find/paste-picture", test_paste_picture);
    g_test_add_func("/find/drop-frame", test_drop_frame);
    g_test_add_func("/find/neighbours", test_neighbours);
    g_test_add_func("/find/neighbours-metric", test_neighbours_metric);
    g_test_add_func("/find/selection", test_selection);
    g_test_add_func("/find/note-values", test_note_values);
    g_test_add_func("/find/notes", test_notes);
    g_test_add_func("/find/bookmarks", test_bookmarks);
    g_test_add_func("/find/tags", test_tags);
    g_test_add_func("/find/sound", test_sound);
    g_test_add_func("/find/hover-play", test_hover_play);
    g_test_add_func("/find/devices", test_devices);
    g_test_add_func("/find/edges", test_edges);
    g_test_add_func("/find/picture", test_picture);
    code = g_test_run();
    g_application_release(G_APPLICATION(application));
    g_object_unref(application);
    remove_folder(folder);
    g_free(folder);
    return code;
}
