/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows: scripted ones under a watchdog of the main loop, two hundred random ones that
 * must end without a warning and without growing, and material that is bad on purpose. */
#include "flow.h"

#include "watchdog.h"

#include <glib/gstdio.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The window may be away for 50 ms of processor time. Other work on the machine takes
 * caches and a share of the core, which only ever adds: so the best of some attempts
 * counts. */
#define MOST_STALL 50.0
#define N_ATTEMPTS 4u
#define N_FLOWS    200u
#define WARM       100u /* flows after which caches are full */
/* Heap that may be left a flow once warm: the toolkit keeps some of each window's style
 * and accessibility data. A window that is not freed costs ten times as much. */
#define MOST_GROWTH (100 << 10)

static gboolean
is_idle(UmkAppWindow *window)
{
    return umk_app_job_bar_get_n_jobs(window->jobs) == 0 && window->opening == NULL;
}

static void
close_dialogs(UmkAppWindow *window)
{
    g_autoptr(GListModel) windows = g_object_ref(gtk_window_get_toplevels());

    for (guint i = g_list_model_get_n_items(windows); i-- > 0;) {
        g_autoptr(GtkWindow) one = g_list_model_get_item(windows, i);

        if (one != NULL && one != GTK_WINDOW(window) &&
            gtk_widget_get_visible(GTK_WIDGET(one)))
            gtk_window_close(one);
    }
}

/* numbers: n x 2, item by item. */
static UmkAppLayout *
make_layout(const char *id, const char *title, const float *numbers, gsize n)
{
    g_autofree guint64 *rows = g_new(guint64, n);
    g_autoptr(GBytes) of = NULL, places = NULL;
    g_autoptr(UmkMatrix) coords = NULL;

    for (gsize i = 0; i < n; i++)
        rows[i] = i;
    of = g_bytes_new(rows, n * sizeof *rows);
    places = g_bytes_new(numbers, 2 * n * sizeof *numbers);
    coords = umk_matrix_new_from_bytes(n, 2, places, NULL);
    g_assert_nonnull(coords);
    return umk_app_layout_new(id, title, coords, of, n);
}

/* ---- watchdog ------------------------------------------------------------------------
 */

typedef void (*Flow)(UmkAppWindow *window);

/* large: whether the window shows the large collection before the flow begins. */
static void
watch(const char *name, gboolean large, Flow flow)
{
    double best = G_MAXDOUBLE;

    for (guint i = 0; i < N_ATTEMPTS && best >= MOST_STALL; i++) {
        UmkAppWindow *window = large ? flow_open("large.ume") : flow_make_window();
        WatchdogResult worst;

        flow_spin(1);
        watchdog_start();
        flow(window);
        worst = watchdog_stop();
        best = MIN(best, worst.cpu);
        g_test_message("%s: away for %.0f ms of work at most (%.0f ms by the clock), %u "
                       "times above 50 ms",
                       name, worst.cpu, worst.clock, worst.n_long);
        flow_close(window);
    }
    g_assert_cmpfloat(best, <, MOST_STALL);
}

static void
select_some(UmkAppWindow *window, guint step)
{
    gsize n = umk_app_source_get_n_items(window->source), k = 0;
    g_autofree guint32 *rows = g_new(guint32, n + 1);
    g_autoptr(UmkAppRows) chosen = NULL;

    for (gsize i = 0; i < n; i += step)
        rows[k++] = (guint32) i;
    chosen = umk_app_rows_new(n, rows, k);
    umk_app_scene_set_selection(window->scene, chosen, "Select");
}

static void
flow_of_opening(UmkAppWindow *window)
{
    g_autofree char *path = flow_path("large.ume");

    umk_app_window_open_path(window, path);
    WAIT_FOR(window->source != NULL && is_idle(window));
    flow_spin(0.5);
}

static void
flow_of_walking(UmkAppWindow *window)
{
    UmkAppClasses *classes;

    for (guint32 row = 0; row < 40; row += 10) {
        _umk_app_window_inspect(window, row);
        flow_spin(0.15);
        flow_act(window, "zoom-in", NULL);
        flow_spin(0.1);
    }
    flow_act(window, "fit", NULL);
    for (guint step = 2; step < 6; step++) {
        select_some(window, step);
        flow_spin(0.1);
    }
    while (umk_app_scene_get_undo_deed(window->scene) != NULL)
        umk_app_scene_undo(window->scene);
    classes = umk_app_classes_new_by_label(window->source);
    umk_app_scene_set_classes(window->scene, classes, NULL);
    umk_app_classes_unref(classes);
    flow_spin(0.3);
}

/* The list is filled, and leafed through: it jumps. */
static void
flow_of_leafing(UmkAppWindow *window)
{
    gtk_stack_set_visible_child_name(window->left_pages, "items");
    flow_spin(1);
    umk_app_item_list_reveal(window->list, 8000);
    flow_spin(0.5);
    umk_app_item_list_reveal(window->list, 3);
    flow_spin(0.5);
}

static void
flow_of_asking(UmkAppWindow *window)
{
    gtk_stack_set_visible_child_name(window->left_pages, "items");
    gtk_editable_set_text(GTK_EDITABLE(window->search), "/dog/");
    WAIT_FOR(window->answer != NULL && is_idle(window));
    flow_spin(0.3);
    flow_act(window, "clear-search", NULL);
    flow_spin(0.5);
}

static void
flow_of_panels(UmkAppWindow *window)
{
    for (guint i = 0; i < 4; i++) {
        flow_act(window, i % 2 ? "toggle-left" : "toggle-right", NULL);
        flow_spin(0.2);
    }
    flow_act(window, "audit", NULL);
    flow_spin(0.4);
    flow_act(window, "audit", NULL);
    flow_spin(0.2);
}

static void
flow_of_exporting(UmkAppWindow *window)
{
    UmkAppFigureStyle picture = {.names = TRUE};
    UmkAppItemsStyle items = {.everything = TRUE, .vectors = TRUE, .places = TRUE};
    g_autofree char *svg = flow_path("watched.svg");
    g_autofree char *csv = flow_path("watched.csv");

    _umk_app_window_write_picture(window, svg, &picture);
    _umk_app_window_write_items(window, csv, &items);
    WAIT_FOR(is_idle(window));
    flow_spin(0.2);
}

static void
test_watch_open(void)
{
    watch("open 16 550 items", FALSE, flow_of_opening);
}

static void
test_watch_walk(void)
{
    watch("walk, zoom, select, undo, colour", TRUE, flow_of_walking);
}

static void
test_watch_list(void)
{
    watch("leaf through the list", TRUE, flow_of_leafing);
}

static void
test_watch_search(void)
{
    watch("search and show all again", TRUE, flow_of_asking);
}

static void
test_watch_panels(void)
{
    watch("panels and audit", TRUE, flow_of_panels);
}

static void
test_watch_export(void)
{
    watch("export picture and items", TRUE, flow_of_exporting);
}

/* ---- random flows --------------------------------------------------------------------
 */

/* Those that ask the desktop, or end the program, are left to people. */
static const char *const actions[] = {
    "fit",           "zoom-in",      "zoom-out",       "back",        "forward",
    "undo",          "redo",         "focus-map",      "focus-list",  "neighbours",
    "toggle-left",   "toggle-right", "audit",          "search",      "clear-search",
    "play",          "export-items", "export-picture", "reopen-last", "reload",
    "cancel-opening"};

static void
random_action(UmkAppWindow *window, GRand *rand)
{
    const char *name = actions[g_rand_int_range(rand, 0, G_N_ELEMENTS(actions))];

    g_test_message("  action %s", name);
    if (g_action_group_has_action(G_ACTION_GROUP(window), name) &&
        g_action_group_get_action_enabled(G_ACTION_GROUP(window), name) &&
        g_action_group_get_action_parameter_type(G_ACTION_GROUP(window), name) == NULL)
        g_action_group_activate_action(G_ACTION_GROUP(window), name, NULL);
}

/* Whether the pointer would meet it: drawn, on the screen, under nothing else. */
static gboolean
can_be_met(GtkWidget *widget)
{
    GtkWidget *window = GTK_WIDGET(gtk_widget_get_root(widget)), *there;
    graphene_rect_t bounds;

    if (!gtk_widget_compute_bounds(widget, window, &bounds) || bounds.size.width < 1 ||
        bounds.size.height < 1)
        return FALSE;
    there = gtk_widget_pick(window, bounds.origin.x + bounds.size.width / 2,
                            bounds.origin.y + bounds.size.height / 2, GTK_PICK_DEFAULT);
    return there == widget || (there != NULL && gtk_widget_is_ancestor(there, widget));
}

static void
collect(GtkWidget *widget, GPtrArray *found)
{
    if (!gtk_widget_get_mapped(widget) || !gtk_widget_is_sensitive(widget))
        return;
    if ((GTK_IS_TOGGLE_BUTTON(widget) || GTK_IS_SWITCH(widget) ||
         (GTK_IS_BUTTON(widget) &&
          gtk_actionable_get_action_name(GTK_ACTIONABLE(widget)) == NULL)) &&
        gtk_widget_get_focusable(widget) &&
        gtk_widget_get_ancestor(widget, GTK_TYPE_WINDOW_CONTROLS) == NULL &&
        can_be_met(widget))
        g_ptr_array_add(found, widget);
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        collect(child, found);
}

/* As with the pointer, at once. Activating a button presses a key on it that nobody lets
 * go of: the click comes a quarter of a second later, when the flow has gone on. */
static void
random_click(UmkAppWindow *window, GRand *rand)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    const char *tip;
    GtkWidget *widget;

    collect(GTK_WIDGET(window->stack), found);
    if (found->len == 0)
        return;
    widget = found->pdata[g_rand_int_range(rand, 0, (gint32) found->len)];
    tip = gtk_widget_get_tooltip_text(widget);
    g_test_message("  click %s in %s: %s", G_OBJECT_TYPE_NAME(widget),
                   G_OBJECT_TYPE_NAME(gtk_widget_get_parent(widget)), tip ? tip : "");
    if (GTK_IS_BUTTON(widget))
        g_signal_emit_by_name(widget, "clicked");
    else
        gtk_widget_activate(widget);
}

static void
random_key(UmkAppWindow *window, GRand *rand)
{
    static const GtkDirectionType ways[] = {GTK_DIR_TAB_FORWARD, GTK_DIR_TAB_BACKWARD,
                                            GTK_DIR_DOWN, GTK_DIR_RIGHT};

    if (g_rand_boolean(rand))
        umk_app_map_move_cursor(window->map,
                                (UmkAppDirection) g_rand_int_range(rand, 0, 4));
    else
        gtk_widget_child_focus(GTK_WIDGET(window), ways[g_rand_int_range(rand, 0, 4)]);
}

static void
random_drop(UmkAppWindow *window, GRand *rand)
{
    static const char *const names[] = {"fixture.ume", "bad.npy", "odd.csv", "gone.png",
                                        "none.ume",    "one.ume", "same.ume"};
    g_autofree char *path =
        flow_path(names[g_rand_int_range(rand, 0, G_N_ELEMENTS(names))]);
    const char *const paths[] = {path, NULL};

    g_test_message("  drop %s", path);
    _umk_app_window_take(window, paths);
}

static void
random_change(UmkAppWindow *window, GRand *rand)
{
    gsize n = window->source ? umk_app_source_get_n_items(window->source) : 0;
    UmkAppLook look = *umk_app_scene_get_look(window->scene);

    gint32 what;

    if (n == 0)
        return;
    what = g_rand_int_range(rand, 0, 4);
    g_test_message("  change %d", what);
    switch (what) {
    case 0:
        select_some(window, 1 + (guint) g_rand_int_range(rand, 0, 7));
        break;
    case 1:
        look.density = !look.density;
        look.labels = !look.labels;
        umk_app_scene_set_look(window->scene, &look, "Look");
        break;
    case 2:
        _umk_app_window_inspect(window, (guint32) g_rand_int_range(rand, 0, (gint32) n));
        break;
    default:
        gtk_editable_set_text(GTK_EDITABLE(window->search),
                              g_rand_boolean(rand) ? "dog" : "");
    }
}

static void
random_flow(guint32 seed)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    UmkAppWindow *window = flow_make_window();
    g_autofree char *path = flow_path(seed % 5 == 0 ? "same.ume" : "fixture.ume");

    if (seed % 8 != 0)
        umk_app_window_open_path(window, path);
    for (guint step = 0; step < 10; step++) {
        switch (g_rand_int_range(rand, 0, 7)) {
        case 0:
        case 1:
            random_action(window, rand);
            break;
        case 2:
            random_click(window, rand);
            break;
        case 3:
            random_key(window, rand);
            break;
        case 4:
            random_drop(window, rand);
            break;
        case 5:
            umk_app_job_bar_cancel_all(window->jobs);
            break;
        default:
            random_change(window, rand);
        }
        flow_spin(g_rand_double_range(rand, 0, 0.02));
        if (g_rand_int_range(rand, 0, 3) == 0)
            close_dialogs(window);
    }
    close_dialogs(window); /* some flows end in the middle of a job */
    flow_close(window);
}

/* UMEKOMI_FLOWS=FIRST-LAST runs those alone, to look at one that failed. */
static void
get_flows(guint32 *first, guint32 *n)
{
    const char *wish = g_getenv("UMEKOMI_FLOWS");
    guint from, to;

    *first = 0;
    *n = N_FLOWS;
    if (wish == NULL)
        return;
    g_assert_cmpint(sscanf(wish, "%u-%u", &from, &to), ==, 2);
    g_assert_cmpuint(from, <=, to);
    *first = from;
    *n = to - from + 1;
}

static void
test_random(void)
{
    size_t warm = 0, end;
    guint32 first, n;

    get_flows(&first, &n);
    for (guint32 i = 0; i < n; i++) {
        g_test_message("flow %u", first + i);
        random_flow(first + i);
        if (i == WARM - 1) {
            flow_spin(1);
            warm = mallinfo2().uordblks;
        }
    }
    if (n <= WARM)
        return;
    flow_spin(1);
    end = mallinfo2().uordblks;
    g_test_message("heap: %zu KiB after %u flows, %zu KiB after %u", warm >> 10, WARM,
                   end >> 10, n);
    g_assert_cmpint((gint64) end - (gint64) warm, <, (gint64) MOST_GROWTH * (n - WARM));
}

/* ---- popovers ------------------------------------------------------------------------
 */

static void
collect_openers(GtkWidget *widget, GPtrArray *found)
{
    if (!gtk_widget_get_mapped(widget) || !gtk_widget_is_sensitive(widget))
        return;
    if (GTK_IS_MENU_BUTTON(widget) || GTK_IS_DROP_DOWN(widget))
        g_ptr_array_add(found, widget);
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        collect_openers(child, found);
}

/* What takes the button away that a popover points to, while it is open or about to be.
 */
static void
take_away(UmkAppWindow *window, guint way)
{
    static const char *const names[] = {"toggle-left", "toggle-right", "audit",
                                        "reopen-last"};

    if (way == G_N_ELEMENTS(names)) {
        gtk_window_destroy(GTK_WINDOW(window));
        return;
    }
    for (guint i = 0; i < 2; i++) {
        if (g_action_group_get_action_enabled(G_ACTION_GROUP(window), names[way]))
            flow_act(window, names[way], NULL);
        flow_spin(0.15);
    }
    flow_close(window);
}

static void
test_popovers(void)
{
    for (guint way = 0; way <= 4; way++)
        for (guint nth = 0, n = 1; nth < n; nth++)
            for (guint late = 0; late < 2; late++) {
                g_autoptr(UmkAppWindow) window = g_object_ref(flow_open("fixture.ume"));
                g_autoptr(GPtrArray) found = g_ptr_array_new();
                GtkWidget *opener;

                flow_spin(0.2);
                collect_openers(GTK_WIDGET(window), found);
                n = found->len;
                g_assert_cmpuint(nth, <, n);
                opener = found->pdata[nth];
                g_test_message("way %u, %s %u%s", way, G_OBJECT_TYPE_NAME(opener), nth,
                               late ? ", late" : "");
                gtk_widget_activate(opener);
                gtk_widget_activate(gtk_widget_get_first_child(opener));
                flow_spin(late ? 0.4 : 0.02);
                take_away(window, way);
                flow_spin(late ? 0 : 0.3);
            }
}

/* The focus goes on through everything there is, by each key that moves it. */
static void
walk_focus(UmkAppWindow *window, guint n)
{
    for (GtkDirectionType way = GTK_DIR_TAB_FORWARD; way <= GTK_DIR_RIGHT; way++)
        for (guint i = 0; i < n; i++)
            gtk_widget_child_focus(GTK_WIDGET(window), way);
}

static void
test_focus(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    g_autoptr(GPtrArray) found = g_ptr_array_new();

    _umk_app_window_inspect(window, 0);
    flow_spin(0.3);
    walk_focus(window, 60);
    collect_openers(GTK_WIDGET(window), found);
    for (guint i = 0; i < found->len; i++) {
        g_test_message("%s %u", G_OBJECT_TYPE_NAME(found->pdata[i]), i);
        gtk_widget_activate(found->pdata[i]);
        gtk_widget_activate(gtk_widget_get_first_child(found->pdata[i]));
        flow_spin(0.4);
        walk_focus(window, 40);
        _umk_app_window_close_menus(window);
        flow_spin(0.3);
    }
    flow_close(window);
}

static void
count_emission(UmkAppMap *map, UmkAppJob *job, const char *problem, guint *n)
{
    (*n)++;
}

static void
wait_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *over)
{
    while (!g_cancellable_is_cancelled(over))
        g_usleep(5000);
}

/* Work that takes every thread there is until over is cancelled: other jobs wait. */
static void
take_threads(GCancellable *over)
{
    for (guint i = 0; i < 200; i++) {
        g_autoptr(GTask) task = g_task_new(NULL, over, NULL, NULL);

        g_task_set_priority(task, G_PRIORITY_HIGH);
        g_task_run_in_thread(task, wait_in_thread);
    }
}

static UmkAppLayout *
make_line(gsize n)
{
    g_autofree float *numbers = g_new(float, 2 * n);

    for (gsize i = 0; i < n; i++)
        numbers[2 * i] = numbers[2 * i + 1] = (float) i;
    return make_layout("line", "Line", numbers, n);
}

/* A window closes while names are sought for its map, which the foot of the window shows.
 * Children of a window go one by one: a map that still spoke then would be heard by a
 * foot that is freed. */
static void
test_naming(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    g_autoptr(UmkAppLayout) line = make_line(umk_app_source_get_n_items(window->source));
    g_autoptr(GCancellable) over = g_cancellable_new();
    guint n_emitted = 0;

    WAIT_FOR(is_idle(window));
    take_threads(over);
    umk_app_scene_set_layout(window->scene, line, "Project");
    WAIT_FOR(umk_app_job_bar_get_n_jobs(window->jobs) > 0);
    g_signal_connect(window->map, "job-done", G_CALLBACK(count_emission), &n_emitted);
    gtk_window_destroy(GTK_WINDOW(window));
    g_cancellable_cancel(over);
    flow_spin(0.5);
    g_assert_cmpuint(n_emitted, ==, 0);
}

/* The pointer rests on the screen. A window that closes while a tooltip is about to be
 * shown takes it along. */
static void
test_tooltip(void)
{
    for (guint i = 0; i < 3; i++) {
        g_autoptr(UmkAppWindow) window = g_object_ref(flow_make_window());

        gtk_widget_set_tooltip_text(GTK_WIDGET(window->toasts), "Tip");
        flow_spin(0.3);
        gtk_widget_trigger_tooltip_query(GTK_WIDGET(window));
        flow_spin(0.1 * i);
        if (i == 2)
            gtk_window_destroy(GTK_WINDOW(window));
        else
            flow_close(window);
        flow_spin(0.8);
    }
}

/* A popover has closed, its tooltip has not come yet, and the window closes. */
static void
test_tooltip_of_popover(void)
{
    g_autoptr(UmkAppWindow) window = g_object_ref(flow_make_window());
    GtkWidget *large = gtk_label_new("under the pointer");
    g_autoptr(GtkWidget) popover = g_object_ref_sink(gtk_popover_new());

    gtk_widget_set_size_request(large, 1200, 800);
    gtk_widget_set_tooltip_text(large, "Tip");
    gtk_popover_set_child(GTK_POPOVER(popover), large);
    gtk_widget_set_parent(popover, GTK_WIDGET(window->stack));
    gtk_popover_popup(GTK_POPOVER(popover));
    flow_spin(0.5);
    gtk_widget_trigger_tooltip_query(large);
    gtk_popover_popdown(GTK_POPOVER(popover));
    flow_close(window);
    flow_spin(0.8);
    gtk_widget_unparent(popover);
}

/* ---- bad material --------------------------------------------------------------------
 */

typedef void (*Vector)(float *vector, guint row);

static void
same_place(float *vector, guint row)
{
    for (guint d = 0; d < 8; d++)
        vector[d] = 0.5f;
}

static void
spread(float *vector, guint row)
{
    for (guint d = 0; d < 8; d++)
        vector[d] = (float) ((row * 31 + d * 17) % 23) / 23 + 0.01f;
}

/* text: of the first item, or NULL. */
static void
make_bad(const char *name, guint n, Vector vector, const char *text)
{
    g_autofree char *path = flow_path(name);
    g_autoptr(UmkSpace) space = umk_space_new("bad", 8, UMK_METRIC_COSINE);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autofree float *numbers = g_new0(float, n * 8 + 1);
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;
    GError *error = NULL;

    g_assert_true(umk_space_join(space, "bad", 8, NULL));
    collection = umk_collection_create(path, space, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < n; i++) {
        g_autofree char *id = g_strdup_printf("item %u", i);
        g_autoptr(UmkItem) item = umk_item_new_for_text(i == 0 && text ? text : id);

        umk_item_set_id(item, id);
        if (i == 0 && text != NULL)
            umk_item_set_label(item, text);
        umk_items_append(items, item);
        vector(numbers + i * 8, i);
    }
    matrix = umk_matrix_new_from_data(n, 8, numbers, NULL);
    umk_collection_add_model(collection, "bad", "bad", 8, "{\"version\": \"1\"}", &error);
    g_assert_no_error(error);
    if (n > 0)
        umk_collection_append(collection, "bad", items, matrix, &error);
    g_assert_no_error(error);
    umk_collection_commit(collection, &error);
    g_assert_no_error(error);
}

static void
look_around(UmkAppWindow *window)
{
    UmkAppFigureStyle picture = {.names = TRUE};
    UmkAppItemsStyle items = {.everything = TRUE, .vectors = TRUE, .places = TRUE};
    g_autofree char *svg = flow_path("bad.svg");
    g_autofree char *csv = flow_path("bad.csv");
    g_autoptr(UmkAppClasses) by_label = umk_app_classes_new_by_label(window->source);

    umk_app_scene_set_classes(window->scene, by_label, NULL);
    for (guint way = 0; way < 4; way++)
        umk_app_map_move_cursor(window->map, (UmkAppDirection) way);
    if (umk_app_source_get_n_items(window->source) > 0)
        _umk_app_window_inspect(window, 0);
    flow_act(window, "zoom-in", NULL);
    flow_act(window, "fit", NULL);
    flow_spin(0.3);
    _umk_app_window_write_picture(window, svg, &picture);
    _umk_app_window_write_items(window, csv, &items);
    WAIT_FOR(is_idle(window));
    g_assert_true(g_file_test(svg, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(csv, G_FILE_TEST_EXISTS));
    g_unlink(svg);
    g_unlink(csv);
}

static void
test_bad(gconstpointer name)
{
    UmkAppWindow *window = flow_open(name);

    look_around(window);
    flow_close(window);
}

/* Coordinates that are no numbers: such points are not drawn, the others are. */
static void
test_bad_coordinates(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    gsize n = umk_app_source_get_n_items(window->source);
    g_autofree float *numbers = g_new(float, 2 * n);
    g_autoptr(UmkAppLayout) layout = NULL;

    for (gsize i = 0; i < n; i++) {
        numbers[2 * i] = i % 3 == 0 ? NAN : (float) i;
        numbers[2 * i + 1] = i % 5 == 0 ? INFINITY : (float) (i % 7);
    }
    layout = make_layout("columns", "Columns", numbers, n);
    g_assert_cmpuint(layout->points->n_points, <, n);
    umk_app_scene_set_layout(window->scene, layout, "Project");
    flow_spin(0.3);
    look_around(window);
    flow_close(window);
}

/* Begins as a picture does, and is none. */
static const guint8 malformed[] = {
    0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0,
    0,    40,  0,   0,   0,    40,   8,    2,    0, 0, 0, 1,  2,   3,   4,   0,   0, 0,
    9,    'I', 'D', 'A', 'T',  1,    2,    3,    4, 5, 6, 7,  8,   9,   0,   0};

static void
count_warning(const char *domain, GLogLevelFlags level, const char *text, gpointer n)
{
    if (level & G_LOG_LEVEL_WARNING) {
        g_atomic_int_inc((gint *) n);
        g_printerr("%s: %s\n", domain, text);
    }
}

/* Pictures that the decoder refuses, and one that vanishes while it is shown. */
static void
test_bad_pictures(void)
{
    g_autofree char *path = flow_path("pictures.ume");
    g_autofree char *broken = flow_path("broken.png");
    g_autofree char *torn = flow_path("malformed.png");
    g_autofree char *gone = flow_path("vanishes.png");
    g_autoptr(UmkSpace) space = umk_space_new("bad", 8, UMK_METRIC_COSINE);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) a = umk_item_new_for_file(UMK_MODALITY_IMAGE, broken);
    g_autoptr(UmkItem) b = umk_item_new_for_file(UMK_MODALITY_IMAGE, gone);
    g_autoptr(UmkItem) c = umk_item_new_for_file(UMK_MODALITY_AUDIO, broken);
    g_autoptr(UmkItem) d = umk_item_new_for_file(UMK_MODALITY_IMAGE, torn);
    float numbers[32] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    g_autoptr(UmkMatrix) matrix = umk_matrix_new_from_data(4, 8, numbers, NULL);
    g_autoptr(UmkCollection) collection = NULL;
    UmkAppWindow *window;
    gint n_warnings = 0;
    /* Those of the decoder are fatal where warnings are, whoever catches them; so for now
     * they are not, and none may come through. */
    GLogLevelFlags fatal =
        g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
    GLogFunc handler = g_log_set_default_handler(count_warning, &n_warnings);

    g_assert_true(g_file_set_contents(broken, "this is no picture", -1, NULL));
    g_assert_true(
        g_file_set_contents(torn, (const char *) malformed, sizeof malformed, NULL));
    g_assert_true(g_file_set_contents(gone, "x", -1, NULL));
    umk_item_set_id(d, "d");
    numbers[24] = 1;
    umk_item_set_id(a, "a");
    umk_item_set_id(b, "b");
    umk_item_set_id(c, "c");
    umk_items_append(items, a);
    umk_items_append(items, b);
    umk_items_append(items, c);
    umk_items_append(items, d);
    g_assert_true(umk_space_join(space, "bad", 8, NULL));
    collection = umk_collection_create(path, space, NULL);
    g_assert_true(umk_collection_add_model(collection, "bad", "bad", 8, "{}", NULL) &&
                  umk_collection_append(collection, "bad", items, matrix, NULL) &&
                  umk_collection_commit(collection, NULL));
    window = flow_open("pictures.ume");
    g_unlink(gone);
    for (guint32 row = 0; row < 4; row++) {
        _umk_app_window_inspect(window, row);
        flow_spin(0.3);
    }
    flow_close(window);
    g_log_set_default_handler(handler, NULL);
    g_log_set_always_fatal(fatal);
    g_assert_cmpint(g_atomic_int_get(&n_warnings), ==, 0);
}

static void
make_large(void)
{
    g_autofree char *path = flow_path("large.ume");
    g_autofree char *garden =
        g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", NULL);

    g_assert_true(fixture_make(path, garden, 10, NULL));
}

static void
make_long(void)
{
    g_autofree char *text = g_strnfill(10 << 20, 'a');

    make_bad("long.ume", 6, spread, text);
}

int
main(int argc, char **argv)
{
    g_autofree char *bad = NULL, *odd = NULL;

    flow_start(&argc, &argv);
    make_large();
    make_long();
    make_bad("none.ume", 0, spread, NULL);
    make_bad("one.ume", 1, spread, NULL);
    make_bad("two.ume", 2, spread, NULL);
    make_bad("same.ume", 300, same_place, NULL);
    make_bad("strange.ume", 40, spread,
             "\xe2\x80\xae"
             "abc \x01\x02\x1b[31m שלום مرحبا \n\r\t <b>&amp;</b> %s %n");
    bad = flow_path("bad.npy");
    odd = flow_path("odd.csv");
    g_assert_true(g_file_set_contents(bad, "\223NUMPY", -1, NULL));
    g_assert_true(g_file_set_contents(odd, "a,b\n\"x", -1, NULL));
    g_test_add_data_func("/flows/bad/none", "none.ume", test_bad);
    g_test_add_data_func("/flows/bad/one", "one.ume", test_bad);
    g_test_add_data_func("/flows/bad/two", "two.ume", test_bad);
    g_test_add_data_func("/flows/bad/same-place", "same.ume", test_bad);
    g_test_add_data_func("/flows/bad/long-name", "long.ume", test_bad);
    g_test_add_data_func("/flows/bad/strange-names", "strange.ume", test_bad);
    g_test_add_func("/flows/bad/coordinates", test_bad_coordinates);
    g_test_add_func("/flows/bad/pictures", test_bad_pictures);
    g_test_add_func("/flows/watchdog/open", test_watch_open);
    g_test_add_func("/flows/watchdog/walk", test_watch_walk);
    g_test_add_func("/flows/watchdog/list", test_watch_list);
    g_test_add_func("/flows/watchdog/search", test_watch_search);
    g_test_add_func("/flows/watchdog/panels", test_watch_panels);
    g_test_add_func("/flows/watchdog/export", test_watch_export);
    g_test_add_func("/flows/popovers", test_popovers);
    g_test_add_func("/flows/focus", test_focus);
    g_test_add_func("/flows/naming", test_naming);
    g_test_add_func("/flows/tooltip/window", test_tooltip);
    g_test_add_func("/flows/tooltip/popover", test_tooltip_of_popover);
    g_test_add_func("/flows/random", test_random);
    return flow_run();
}
