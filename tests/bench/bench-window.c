/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window as a person waits for it, under a virtual display: from the start of the
 * process to its first frame, from "open" to the drawn map, and the time of a frame while
 * the map is zoomed or dragged, to 10 million points. JSON lines. --large [FOLDER] and
 * --drag POINTS measure one thing only. */
#include "fixture.h"

#include "umk-app-application.h"
#include "umk-app-stored.h"
#include "umk-app-map-parts.h"
#include "umk-app-window-parts.h"

#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static GtkApplication *application;

/* Seconds since this process was started, loading of libraries included. */
static double
seconds_since_start(void)
{
    g_autofree char *stat = NULL;
    const char *rest;
    unsigned long long ticks = 0;
    struct timespec now;

    if (!g_file_get_contents("/proc/self/stat", &stat, NULL, NULL) ||
        (rest = strrchr(stat, ')')) == NULL)
        return -1;
    for (guint field = 0; field < 20; field++)
        if ((rest = strchr(rest + 1, ' ')) == NULL)
            return -1;
    sscanf(rest, "%llu", &ticks);
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9 -
           (double) ticks / (double) sysconf(_SC_CLK_TCK);
}

static void
painted(GdkFrameClock *clock, gboolean *done)
{
    *done = TRUE;
}

static void
wait_for_frame(UmkAppWindow *window)
{
    GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(window));
    gboolean done = FALSE;
    gulong handler = g_signal_connect(clock, "after-paint", G_CALLBACK(painted), &done);

    gtk_widget_queue_draw(GTK_WIDGET(window));
    while (!done)
        g_main_context_iteration(NULL, TRUE);
    g_signal_handler_disconnect(clock, handler);
}

static void
measure_map(UmkAppWindow *window, const char *folder, const char *garden, guint copies)
{
    g_autofree char *name = g_strdup_printf("bench-%u.ume", copies);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;
    UmkAppSource *before = window->source;
    gint64 start;
    double opened, frame;
    guint64 drawn;

    if (!fixture_make(path, garden, copies, &error))
        g_error("%s", error->message);
    start = g_get_monotonic_time();
    umk_app_window_open_path(window, path);
    while (window->source == before)
        g_main_context_iteration(NULL, TRUE);
    wait_for_frame(window);
    opened = (double) (g_get_monotonic_time() - start) / 1000;
    drawn = umk_app_map_get_n_frames(window->map);
    start = g_get_monotonic_time();
    for (guint i = 0; i < 20; i++) {
        umk_app_map_zoom(window->map, i % 2 == 0 ? 1.1 : 1 / 1.1);
        wait_for_frame(window);
    }
    frame = (double) (g_get_monotonic_time() - start) / 20000;
    drawn = umk_app_map_get_n_frames(window->map) - drawn;
    printf("{\"bench\": \"window-open\", \"n_items\": %zu, \"open_ms\": %.1f, "
           "\"frame_ms\": %.1f, "
           "\"drawn_anew\": %u}\n",
           umk_app_source_get_n_items(window->source), opened, frame, (guint) drawn);
}

/* As many points in 40 clusters; an item of the collection stands for several. */
static UmkAppLayout *
make_layout(gsize n, gsize n_items)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    guint64 *rows = g_new(guint64, n);
    float *coords = g_new(float, 2 * n);
    g_autoptr(GBytes) bytes = g_bytes_new_take(coords, 2 * n * sizeof *coords);
    g_autoptr(GBytes) of = g_bytes_new_take(rows, n * sizeof *rows);
    g_autoptr(UmkMatrix) matrix = NULL;
    double middles[40][2];

    for (guint c = 0; c < 40; c++) {
        middles[c][0] = g_rand_double_range(rand, -1.6, 1.6);
        middles[c][1] = g_rand_double_range(rand, -1, 1);
    }
    for (gsize i = 0; i < n; i++) {
        double reach = 0.4 * g_rand_double(rand), turn = g_rand_double(rand) * 2 * G_PI;

        rows[i] = i % n_items;
        coords[2 * i] = (float) (middles[i % 40][0] + reach * cos(turn));
        coords[2 * i + 1] = (float) (middles[i % 40][1] + reach * sin(turn));
    }
    matrix = umk_matrix_new_from_bytes(n, 2, bytes, NULL);
    return umk_app_layout_new("columns", "Columns", matrix, of, n_items);
}

static gboolean
passed(gpointer over)
{
    *(gboolean *) over = TRUE;
    return G_SOURCE_REMOVE;
}

/* As a person leaves a window alone: what was begun beside the map comes to its end. */
static void
leave_alone(guint seconds)
{
    gboolean over = FALSE;

    g_timeout_add_seconds(seconds, passed, &over);
    while (!over)
        g_main_context_iteration(NULL, TRUE);
}

static double
processor_ms(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (double) time.tv_sec * 1e3 + (double) time.tv_nsec / 1e6;
}

/* A hand drags the map once what was begun beside it is done: what a frame takes by the
 * clock and of the processors, and the longest of them. */
static void
measure_drag(UmkAppWindow *window, gsize n)
{
    UmkAppMap *map = window->map;
    g_autoptr(UmkAppLayout) layout =
        make_layout(n, umk_app_source_get_n_items(window->source));
    gint64 start = g_get_monotonic_time(), was, longest = 0;
    double first, frame, own, work;
    guint64 drawn;

    umk_app_scene_set_layout(map->scene, layout, NULL);
    while (!_umk_app_map_points_is_done(map))
        g_main_context_iteration(NULL, TRUE);
    wait_for_frame(window);
    first = (double) (g_get_monotonic_time() - start) / 1000;
    leave_alone(n > 1000000 ? 8 : 4);
    own = processor_ms(CLOCK_THREAD_CPUTIME_ID);
    work = processor_ms(CLOCK_PROCESS_CPUTIME_ID);
    drawn = umk_app_map_get_n_frames(map);
    start = g_get_monotonic_time();
    for (guint i = 0; i < 60; i++) {
        was = g_get_monotonic_time();
        umk_app_view_pan(&map->view, i < 30 ? 7 : -7, i % 14 < 7 ? 3 : -3);
        _umk_app_map_moved(map);
        wait_for_frame(window);
        longest = MAX(longest, g_get_monotonic_time() - was);
    }
    frame = (double) (g_get_monotonic_time() - start) / 60000;
    drawn = umk_app_map_get_n_frames(map) - drawn;
    own = (processor_ms(CLOCK_THREAD_CPUTIME_ID) - own) / 60;
    work = (processor_ms(CLOCK_PROCESS_CPUTIME_ID) - work) / 60;
    while (!_umk_app_map_points_is_done(map))
        g_main_context_iteration(NULL, TRUE);
    printf(
        "{\"bench\": \"window-drag\", \"n_points\": %zu, \"first_picture_ms\": "
        "%.1f, \"frame_ms\": %.1f, \"frames_a_second\": %.0f, \"longest_ms\": "
        "%.1f, \"drawn_anew\": %u, \"main_thread_ms\": %.2f, \"all_threads_ms\": %.2f}\n",
        n, first, frame, 1000 / frame, (double) longest / 1000, (guint) drawn, own, work);
}

/* --large [FOLDER]: a collection of a million items of 384 dimensions with a layout that
 * was made before, from "open" to the first picture. It takes 1.7 GB of disk for as long.
 */
static void
make_large(const char *path, gsize n, gsize d)
{
    g_autoptr(UmkSpace) space = umk_space_new("large", d, UMK_METRIC_COSINE);
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkAppLayout) layout = NULL;
    const gsize part = 50000;
    g_autofree float *values = g_new(float, part *d);

    umk_space_join(space, "large", d, NULL);
    collection = umk_collection_create(path, space, NULL);
    umk_collection_add_model(collection, "large", "large", d, "{}", NULL);
    for (gsize first = 0; first < n; first += part) {
        g_autoptr(UmkItems) items = umk_items_new();
        g_autoptr(UmkMatrix) vectors = NULL;

        for (gsize i = 0; i < part; i++) {
            g_autofree char *name = g_strdup_printf("item %zu", first + i);
            UmkItem *item = umk_item_new_for_text(name);

            umk_item_set_id(item, name);
            umk_items_append(items, item);
            umk_item_unref(item);
        }
        for (gsize i = 0; i < part * d; i++)
            values[i] = (float) (i * 2654435761u % 1000) / 1000 - 0.5f;
        vectors = umk_matrix_new_from_data(part, d, values, NULL);
        if (!umk_collection_append(collection, "large", items, vectors, NULL))
            g_error("the collection could not be made");
    }
    umk_collection_commit(collection, NULL);
    g_clear_pointer(&collection, umk_collection_unref);
    layout = make_layout(n, n);
    if (!umk_app_stored_save(path, layout, NULL))
        g_error("the layout could not be kept");
}

static double
open_and_see(UmkAppWindow *window, const char *path)
{
    UmkAppSource *before = window->source;
    gint64 start = g_get_monotonic_time();
    guint64 frames;

    umk_app_window_open_path(window, path);
    while (window->source == before)
        g_main_context_iteration(NULL, TRUE);
    frames = umk_app_map_get_n_frames(window->map);
    while (umk_app_map_get_n_frames(window->map) == frames)
        g_main_context_iteration(NULL, TRUE);
    wait_for_frame(window);
    return (double) (g_get_monotonic_time() - start) / 1000;
}

/* What the system keeps of a file in memory is let go of, so that it is read anew. */
static int
let_go(const char *path, const struct stat *unused, int type, struct FTW *at)
{
    int file = type == FTW_F ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (file >= 0) {
        fdatasync(file);
        posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
        close(file);
    }
    return 0;
}

/* Opened three times from the disk and three times from memory by turns, a small
 * collection between. kept: a folder that holds the large one from an earlier run, or
 * will; or NULL. */
static void
measure_large(UmkAppWindow *window,
              const char *folder,
              const char *garden,
              const char *kept)
{
    g_autofree char *path =
        g_build_filename(kept != NULL ? kept : folder, "large.ume", NULL);
    g_autofree char *small = g_build_filename(folder, "small.ume", NULL);
    g_autoptr(GError) error = NULL;

    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        make_large(path, 1000000, 384);
    if (!fixture_make(small, garden, 1, &error))
        g_error("%s", error->message);
    for (guint round = 0; round < 6; round++) {
        gboolean cold = round % 2 == 0;

        open_and_see(window, small);
        leave_alone(6);
        if (cold)
            nftw(path, let_go, 8, FTW_PHYS);
        printf("{\"bench\": \"window-open-large\", \"n_items\": 1000000, \"dims\": 384, "
               "\"cold\": %s, \"first_picture_ms\": %.1f}\n",
               cold ? "true" : "false", open_and_see(window, path));
    }
}

static int
drop(const char *path, const struct stat *unused, int type, struct FTW *at)
{
    return remove(path);
}

int
main(int argc, char **argv)
{
    static const guint copies[] = {1, 60};
    static const gsize sizes[] = {100000, 1000000, 5000000, 10000000};
    g_autofree char *folder = g_dir_make_tmp("umekomi-bench-XXXXXX", NULL);
    g_autofree char *garden =
        g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", NULL);
    UmkAppWindow *window;

    umk_app_application_set_locale();
    application = GTK_APPLICATION(umk_app_application_new(G_APPLICATION_NON_UNIQUE));
    g_application_set_default(G_APPLICATION(application));
    if (!g_application_register(G_APPLICATION(application), NULL, NULL))
        return 1;
    g_application_hold(G_APPLICATION(application));
    window = umk_app_window_new(application);
    gtk_window_set_default_size(GTK_WINDOW(window), 1600, 1000);
    gtk_window_present(GTK_WINDOW(window));
    wait_for_frame(window);
    printf("{\"bench\": \"window-first-frame\", \"seconds\": %.3f}\n",
           seconds_since_start());
    if (argc > 1 && g_str_equal(argv[1], "--large")) {
        measure_large(window, folder, garden, argc > 2 ? argv[2] : NULL);
        gtk_window_close(GTK_WINDOW(window));
        return nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS);
    }
    if (argc > 2 && g_str_equal(argv[1], "--drag")) {
        measure_map(window, folder, garden, 1);
        for (guint i = 0; i < 5; i++)
            measure_drag(window, strtoul(argv[2], NULL, 10));
        gtk_window_close(GTK_WINDOW(window));
        return nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS);
    }
    for (guint i = 0; i < G_N_ELEMENTS(copies); i++)
        measure_map(window, folder, garden, copies[i]);
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
        measure_drag(window, sizes[i]);
    gtk_window_close(GTK_WINDOW(window));
    return nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS);
}
