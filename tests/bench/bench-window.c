/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window as a person waits for it, under a virtual display: from the start of the
 * process to its first frame, from "open" to the drawn map, and the time of a frame while
 * the map is zoomed. JSON lines. */
#include "fixture.h"

#include "umk-app-application.h"
#include "umk-app-window-parts.h"

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

int
main(int argc, char **argv)
{
    static const guint copies[] = {1, 60};
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
    gtk_window_present(GTK_WINDOW(window));
    wait_for_frame(window);
    printf("{\"bench\": \"window-first-frame\", \"seconds\": %.3f}\n",
           seconds_since_start());
    for (guint i = 0; i < G_N_ELEMENTS(copies); i++)
        measure_map(window, folder, garden, copies[i]);
    gtk_window_close(GTK_WINDOW(window));
    return 0;
}
