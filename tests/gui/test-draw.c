/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of the points as the map shows it: drawn beside the main loop, whole when
 * the view rests, kept and moved along while it does not; density, contours, context; a
 * layout of three columns that is turned. */
#include "fixture.h"
#include "watchdog.h"

#include "umk-app-application.h"
#include "umk-app-lens.h"
#include "umk-app-map-parts.h"
#include "umk-app-window-parts.h"

#include <glib/gstdio.h>
#include <math.h>

#define PATIENCE 60.0 /* seconds */
/* Seconds of processor time that one turn of the main loop may take: 50 ms, and half as
 * much again for a machine slower than the one it is promised for (as in test-flows.c).
 */
#define STALL (0.05 * 1.5)

static GtkApplication *application;
static char *folder;
static UmkAppWindow *window;

#define WAIT_FOR(condition)                                                              \
    G_STMT_START                                                                         \
    {                                                                                    \
        g_autoptr(GTimer) timer_ = g_timer_new();                                        \
        while (!(condition) && g_timer_elapsed(timer_, NULL) < PATIENCE)                 \
            if (!g_main_context_iteration(NULL, FALSE))                                  \
                g_usleep(1000);                                                          \
        g_assert_true(condition);                                                        \
    }                                                                                    \
    G_STMT_END

static void
wait_for_whole(void)
{
    gtk_widget_queue_draw(GTK_WIDGET(window->map));
    WAIT_FOR(_umk_app_map_points_is_done(window->map));
}

/* n points in a few heaps, of 2 or 3 columns. A row of the collection may stand for
 * several of them, so that there can be more points than items. */
static UmkAppLayout *
make_layout(gsize n, guint n_dims)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(4);
    g_autofree guint64 *rows = g_new(guint64, n);
    gsize n_items = umk_app_source_get_n_items(window->source);
    float *coords = g_new(float, n *n_dims);
    g_autoptr(GBytes) bytes = NULL, of = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;

    for (gsize i = 0; i < n; i++) {
        rows[i] = i % n_items;
        for (guint d = 0; d < n_dims; d++)
            coords[i * n_dims + d] =
                (float) (g_rand_double_range(rand, -1, 1) * g_rand_double(rand) +
                         (double) ((i % 5 * (d + 2)) % 5));
    }
    bytes = g_bytes_new_take(coords, n * n_dims * sizeof *coords);
    of = g_bytes_new(rows, n * sizeof *rows);
    matrix = umk_matrix_new_from_bytes(n, n_dims, bytes, NULL);
    return umk_app_layout_new("columns", "Columns", matrix, of, n_items);
}

static void
set_look(const UmkAppLook *look)
{
    umk_app_scene_set_look(window->map->scene, look, NULL);
}

static void
test_whole_at_rest(void)
{
    UmkAppMap *map = window->map;
    UmkAppView view;
    gboolean steady = TRUE;
    guint64 before;

    wait_for_whole();
    before = umk_app_map_get_n_frames(map);
    umk_app_map_zoom(map, 1.5);
    g_assert_false(_umk_app_map_points_is_done(map));
    wait_for_whole();
    g_assert_cmpuint(umk_app_map_get_n_frames(map), >, before);
    before = umk_app_map_get_n_frames(map);
    view = map->view;
    gtk_widget_queue_draw(GTK_WIDGET(map));
    for (guint i = 0; i < 50; i++) {
        g_main_context_iteration(NULL, FALSE);
        steady &= umk_app_view_equal(&map->view, &view);
        g_usleep(4000);
    }
    /* what has not changed is not drawn again; work that is told in the foot of the
     * window after a second makes the map smaller until it is done */
    if (steady)
        g_assert_cmpuint(umk_app_map_get_n_frames(map), ==, before);
    umk_app_map_fit(map);
}

static void
test_layers(void)
{
    UmkAppMap *map = window->map;
    UmkAppLook look = *umk_app_scene_get_look(map->scene), before = look;
    guint32 chosen[] = {1, 2, 3, 500};
    gsize n = umk_app_source_get_n_items(window->source);
    g_autoptr(UmkAppRows) rows = umk_app_rows_new(n, chosen, 4);
    guint64 drawn;

    for (guint kind = 0; kind < 16; kind++) {
        look.points = kind & 1;
        look.density = (kind & 2) != 0;
        look.contours = (kind & 4) != 0;
        look.context = (kind & 8) != 0;
        drawn = umk_app_map_get_n_frames(map);
        umk_app_scene_set_selection(map->scene, kind % 3 ? rows : NULL, NULL);
        set_look(&look);
        wait_for_whole();
        g_assert_cmpuint(umk_app_map_get_n_frames(map), >, drawn);
    }
    umk_app_scene_set_selection(map->scene, NULL, NULL);
    set_look(&before);
    wait_for_whole();
}

static void
test_turntable(void)
{
    UmkAppMap *map = window->map;
    gsize n = umk_app_source_get_n_items(window->source);
    g_autoptr(UmkAppLayout) before =
        umk_app_layout_ref(umk_app_scene_get_layout(map->scene));
    g_autoptr(UmkAppLayout) layout = make_layout(n, 3);
    guint n_found = 0;

    g_assert_false(umk_app_map_can_turn(map));
    umk_app_scene_set_layout(map->scene, layout, NULL);
    g_assert_true(umk_app_map_can_turn(map));
    wait_for_whole();
    umk_app_map_turn(map, 0.7, 0.4);
    g_assert_cmpfloat(map->view.yaw, ==, umk_app_scene_get_look(map->scene)->yaw);
    g_assert_false(_umk_app_map_points_is_done(map));
    wait_for_whole();
    for (guint32 row = 0; row < 200; row++) { /* found where it is seen */
        double x, y, sx, sy;
        guint32 found;

        g_assert_true(umk_app_points_see(map->points, &map->view, row, &x, &y));
        umk_app_view_to_screen(&map->view, x, y, &sx, &sy);
        if (umk_app_pick_at(map->points, map->looks, &map->view, sx, sy, 2, &found) &&
            found == row)
            n_found++;
    }
    g_assert_cmpuint(n_found, >, 150);
    umk_app_map_turn(map, 0, 99); /* no further than from straight above */
    g_assert_cmpfloat_with_epsilon(map->view.pitch, G_PI_2, 1e-9);
    umk_app_scene_set_layout(map->scene, before, NULL);
    g_assert_false(umk_app_map_can_turn(map));
    wait_for_whole();
}

static void
wait_for_frame(void)
{
    guint64 before = umk_app_map_get_n_frames(window->map);
    g_autoptr(GTimer) timer = g_timer_new();

    while (umk_app_map_get_n_frames(window->map) == before &&
           g_timer_elapsed(timer, NULL) < 20)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpuint(umk_app_map_get_n_frames(window->map), >, before);
}

/* While the map is dragged one picture does as far as it reaches; where it does not
 * another is drawn; and at rest there is the one of just what is seen. */
static void
test_margin(void)
{
    UmkAppMap *map = window->map;
    guint64 before;

    wait_for_whole();
    umk_app_view_pan(&map->view, 5, 0);
    _umk_app_map_moved(map);
    wait_for_frame();
    g_assert_cmpfloat(map->drawn.width, >, map->view.width);
    g_assert_cmpfloat(map->drawn.height, >, map->view.height);
    g_assert_false(_umk_app_map_points_is_done(map));
    before = umk_app_map_get_n_frames(map);
    for (guint i = 0; i < 8; i++) { /* faster than it settles */
        umk_app_view_pan(&map->view, 5, -4);
        _umk_app_map_moved(map);
        gtk_widget_queue_draw(GTK_WIDGET(map));
        g_main_context_iteration(NULL, FALSE);
    }
    umk_app_view_pan(&map->view, 200, 0);
    _umk_app_map_moved(map);
    wait_for_frame();
    wait_for_whole();
    g_assert_true(umk_app_view_equal(&map->view, &map->drawn));
    /* one beyond the edge, the whole, one that a slow machine asked for, and two for a
     * foot that appeared meanwhile; without a margin there are ten */
    g_assert_cmpuint(umk_app_map_get_n_frames(map) - before, <=, 6);
    umk_app_map_fit(map);
    wait_for_whole();
}

/* The longest turn of the main loop while the map is dragged and zoomed. */
static double
drag_about(UmkAppMap *map)
{
    struct timespec was, now;
    double longest = 0;

    for (guint step = 0; step < 60; step++) {
        umk_app_view_pan(&map->view, step % 20 < 10 ? 9 : -9, 3);
        if (step % 7 == 0)
            umk_app_map_zoom(map, step % 2 ? 1.2 : 1 / 1.2);
        _umk_app_map_moved(map);
        for (guint i = 0; i < 12; i++) {
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &was);
            g_main_context_iteration(NULL, FALSE);
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
            longest = MAX(longest, (double) (now.tv_sec - was.tv_sec) +
                                       (double) (now.tv_nsec - was.tv_nsec) / 1e9);
            g_usleep(1000);
        }
    }
    wait_for_whole();
    return longest;
}

/* Many points are dragged about: the loop never waits for them to be drawn. A stall that
 * is in the program is there every time, so the best of three counts. */
static void
test_no_stall(void)
{
    UmkAppMap *map = window->map;
    g_autoptr(UmkAppLayout) layout = make_layout(1000000, 2);
    g_autoptr(UmkAppLayout) before =
        umk_app_layout_ref(umk_app_scene_get_layout(map->scene));
    double longest = INFINITY;

    umk_app_scene_set_layout(map->scene, layout, NULL);
    wait_for_whole();
    for (guint round = 0; round < 3 && longest >= STALL; round++)
        longest = MIN(longest, drag_about(map));
    g_test_message("longest turn of the main loop: %.1f ms", longest * 1000);
    g_assert_cmpfloat(longest, <, STALL);
    umk_app_scene_set_layout(map->scene, before, NULL);
    wait_for_whole();
}

/* Colours, filters, selections and other places of many points: the loop hands the work
 * to others. UMEKOMI_MANY says how many points. */
static void
test_many_looks(void)
{
    UmkAppMap *map = window->map;
    const char *many = g_getenv("UMEKOMI_MANY");
    gsize n = many != NULL ? (gsize) g_ascii_strtoull(many, NULL, 10) : 3000000;
    gsize n_items = umk_app_source_get_n_items(window->source), k = 0;
    g_autofree guint32 *half = g_new(guint32, n_items);
    UmkAppLook look = *umk_app_scene_get_look(map->scene), before_look = look;
    g_autoptr(UmkAppLayout) before =
        umk_app_layout_ref(umk_app_scene_get_layout(map->scene));
    g_autoptr(UmkAppLayout) layout = make_layout(n, 2);
    g_autoptr(UmkAppClasses) before_classes =
        umk_app_classes_ref(umk_app_scene_get_classes(map->scene));
    g_autoptr(UmkAppClasses) classes = umk_app_classes_new_by_label(window->source);
    g_autoptr(UmkAppRows) rows = NULL;
    WatchdogResult worst;

    for (guint32 i = 0; i < n_items; i += 2)
        half[k++] = i;
    rows = umk_app_rows_new(n_items, half, k);
    watchdog_start();
    umk_app_scene_set_layout(map->scene, layout, NULL);
    umk_app_scene_set_classes(map->scene, classes, NULL);
    wait_for_whole();
    g_assert_cmpuint(map->looks->n_points, ==, n);
    for (gsize i = 0; i < n; i += 997)
        g_assert_cmpuint(map->looks->colour[i], ==,
                         classes->colour_of_row[layout->points->row[i]]);
    umk_app_scene_set_selection(map->scene, rows, NULL);
    g_assert_false(_umk_app_map_points_is_done(map));
    wait_for_whole();
    g_assert_cmpuint(map->looks->n_marked, >, n / 3);
    look.context = FALSE;
    set_look(&look);
    umk_app_scene_set_classes(map->scene, before_classes, NULL);
    umk_app_scene_set_selection(map->scene, NULL, NULL); /* before that is ready */
    wait_for_whole();
    g_assert_cmpuint(map->looks->n_marked, ==, 0);
    g_assert_cmpuint(map->looks->n_hidden, ==, 0);
    umk_app_scene_set_selection(map->scene, rows, NULL);
    umk_app_scene_set_layout(map->scene, before, NULL); /* while they are filled */
    wait_for_whole();
    g_assert_cmpuint(map->looks->n_points, ==, before->points->n_points);
    umk_app_scene_set_selection(map->scene, NULL, NULL);
    set_look(&before_look);
    worst = watchdog_stop();
    g_test_message("%zu points: away for %.0f ms of work at most (%.0f ms by the clock)",
                   n, worst.cpu, worst.clock);
    g_assert_cmpfloat(worst.cpu, <, 50);
    wait_for_whole();
}

/* A stroke from corner to corner with the largest brush, while the loop turns: what the
 * loop was away for at most, in milliseconds of work. */
static double
paint_across(UmkAppMap *map)
{
    double w = map->view.width, h = map->view.height;
    WatchdogResult worst;

    watchdog_start();
    _umk_app_map_tool_begin(map, 0, 0, 0);
    for (guint i = 1; i <= 30; i++) {
        _umk_app_map_tool_update(map, i * w / 30, i * h / 30);
        for (guint turn = 0; turn < 10; turn++)
            g_main_context_iteration(NULL, FALSE);
    }
    g_assert_nonnull(map->painted);
    worst = watchdog_stop();
    _umk_app_map_tool_end(map, 0);
    _umk_app_map_tool_cancel(map);
    wait_for_whole();
    g_assert_cmpuint(map->looks->n_marked, >, 0);
    umk_app_scene_undo(map->scene);
    wait_for_whole();
    g_assert_cmpuint(map->looks->n_marked, ==, 0);
    return worst.cpu;
}

/* Painting over a million points: as above, a stall of the program is there every time.
 */
static void
test_many_brush(void)
{
    UmkAppMap *map = window->map;
    g_autoptr(UmkAppLayout) layout = make_layout(1000000, 2);
    g_autoptr(UmkAppLayout) before =
        umk_app_layout_ref(umk_app_scene_get_layout(map->scene));
    double worst = INFINITY;

    umk_app_scene_set_layout(map->scene, layout, NULL);
    wait_for_whole();
    umk_app_map_set_tool(map, UMK_APP_TOOL_BRUSH);
    umk_app_map_set_brush_size(map, 200);
    for (guint round = 0; round < 3 && worst >= 50; round++)
        worst = MIN(worst, paint_across(map));
    g_test_message("painting: away for %.1f ms of work at most", worst);
    g_assert_cmpfloat(worst, <, 50);
    umk_app_map_set_tool(map, UMK_APP_TOOL_PAN);
    umk_app_scene_set_layout(map->scene, before, NULL);
    wait_for_whole();
}

/* Nothing, one point, all at one place, no places at all. */
static void
test_odd_layouts(void)
{
    UmkAppMap *map = window->map;
    g_autoptr(UmkAppLayout) before =
        umk_app_layout_ref(umk_app_scene_get_layout(map->scene));
    static const float values[4] = {1, NAN, INFINITY, -3e38f};

    for (guint kind = 0; kind < 12; kind++) {
        gsize n = kind % 3 == 0 ? 1 : kind % 3 == 1 ? 2 : 300;
        g_autofree guint64 *rows = g_new0(guint64, n);
        float *coords = g_new(float, n * 3);
        g_autoptr(GBytes) bytes = NULL, of = NULL;
        g_autoptr(UmkMatrix) matrix = NULL;
        g_autoptr(UmkAppLayout) layout = NULL;

        for (gsize i = 0; i < 3 * n; i++)
            coords[i] = values[kind / 3];
        for (gsize i = 0; i < n; i++)
            rows[i] = i;
        bytes = g_bytes_new_take(coords, n * 3 * sizeof *coords);
        of = g_bytes_new(rows, n * sizeof *rows);
        matrix = umk_matrix_new_from_bytes(n, 3, bytes, NULL);
        layout = umk_app_layout_new("columns", "Columns", matrix, of,
                                    umk_app_source_get_n_items(window->source));
        umk_app_scene_set_layout(map->scene, layout, NULL);
        umk_app_map_turn(map, 0.3, 0.1);
        if (layout->points->n_points > 0)
            wait_for_whole();
    }
    umk_app_scene_set_layout(map->scene, before, NULL);
    wait_for_whole();
}

/* The window goes while a picture is being drawn. */
static void
test_close_while_drawing(void)
{
    umk_app_map_zoom(window->map, 1.3);
    gtk_widget_queue_draw(GTK_WIDGET(window->map));
    for (guint i = 0; i < 5; i++)
        g_main_context_iteration(NULL, FALSE);
    gtk_window_close(GTK_WINDOW(window));
    WAIT_FOR(gtk_application_get_windows(application) == NULL);
    for (guint i = 0; i < 50; i++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(2000);
    }
}

int
main(int argc, char **argv)
{
    g_autofree char *garden =
        g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", NULL);
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;

    g_test_init(&argc, &argv, NULL);
    umk_app_application_set_locale();
    folder = g_dir_make_tmp("umekomi-draw-XXXXXX", NULL);
    path = g_build_filename(folder, "fixture.ume", NULL);
    g_assert_true(fixture_make(path, garden, 1, &error));
    application = GTK_APPLICATION(umk_app_application_new(G_APPLICATION_NON_UNIQUE));
    g_application_set_default(G_APPLICATION(application));
    g_assert_true(g_application_register(G_APPLICATION(application), NULL, NULL));
    g_application_hold(G_APPLICATION(application));
    window = umk_app_window_new(application);
    gtk_window_present(GTK_WINDOW(window));
    umk_app_window_open_path(window, path);
    WAIT_FOR(window->source != NULL);
    g_test_add_func("/draw/whole-at-rest", test_whole_at_rest);
    g_test_add_func("/draw/margin", test_margin);
    g_test_add_func("/draw/layers", test_layers);
    g_test_add_func("/draw/turntable", test_turntable);
    g_test_add_func("/draw/odd-layouts", test_odd_layouts);
    g_test_add_func("/draw/no-stall", test_no_stall);
    g_test_add_func("/draw/many-looks", test_many_looks);
    g_test_add_func("/draw/many-brush", test_many_brush);
    g_test_add_func("/draw/close-while-drawing", test_close_while_drawing);
    return g_test_run();
}
