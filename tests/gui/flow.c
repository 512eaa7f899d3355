/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See flow.h. */
#include "flow.h"

#include <execinfo.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

static struct {
    GtkApplication *application;
    char *folder;
} flow;

static void
activate(GtkApplication *unused)
{
}

/* A warning of the toolkit ends the program, and says where it was: it may not come again
 * on a machine that one can look into. */
static void
say_where(int number)
{
    void *frames[64];

    backtrace_symbols_fd(frames, backtrace(frames, G_N_ELEMENTS(frames)), STDERR_FILENO);
    signal(number, SIG_DFL);
    raise(number);
}

void
flow_start(int *argc, char ***argv)
{
    g_autofree char *garden = NULL;
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    static const int numbers[] = {SIGTRAP, SIGABRT, SIGSEGV};

    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        signal(numbers[i], say_where);
    umk_app_application_set_locale();
    gtk_test_init(argc, argv, NULL);
    flow.folder = g_dir_make_tmp("umekomi-flow-XXXXXX", NULL);
    path = flow_path("fixture.ume");
    garden = g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", NULL);
    if (!fixture_make(path, garden, 1, &error))
        g_error("%s", error->message);
    flow.application = GTK_APPLICATION(umk_app_application_new(G_APPLICATION_NON_UNIQUE));
    g_signal_connect(flow.application, "activate", G_CALLBACK(activate), NULL);
    g_application_set_default(G_APPLICATION(flow.application));
    if (!g_application_register(G_APPLICATION(flow.application), NULL, &error))
        g_error("%s", error->message);
    g_application_hold(G_APPLICATION(flow.application));
}

int
flow_run(void)
{
    int result = g_test_run();

    g_application_release(G_APPLICATION(flow.application));
    g_object_unref(flow.application);
    return result;
}

GtkApplication *
flow_application(void)
{
    return flow.application;
}

char *
flow_path(const char *name)
{
    return g_build_filename(flow.folder, name, NULL);
}

void
flow_spin(double seconds)
{
    g_autoptr(GTimer) timer = g_timer_new();

    while (g_timer_elapsed(timer, NULL) < seconds)
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(2000);
}

UmkAppWindow *
flow_make_window(void)
{
    UmkAppWindow *window = umk_app_window_new(flow.application);

    gtk_window_present(GTK_WINDOW(window));
    WAIT_FOR(gtk_widget_get_mapped(GTK_WIDGET(window)));
    return window;
}

UmkAppWindow *
flow_open(const char *name)
{
    g_autofree char *path = flow_path(name);
    UmkAppWindow *window = flow_make_window();

    umk_app_window_open_path(window, path);
    WAIT_FOR(window->source != NULL && window->opening == NULL);
    return window;
}

void
flow_close(UmkAppWindow *window)
{
    gtk_window_close(GTK_WINDOW(window));
    WAIT_FOR(gtk_application_get_windows(flow.application) == NULL);
    flow_spin(0.05);
}

void
flow_act(UmkAppWindow *window, const char *name, GVariant *target)
{
    g_assert_true(g_action_group_get_action_enabled(G_ACTION_GROUP(window), name));
    g_action_group_activate_action(G_ACTION_GROUP(window), name, target);
}
