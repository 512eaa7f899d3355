/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests that drive the window share: an application, a folder with a fixture, and
 * waiting without blocking the main loop. */
#pragma once

#include "fixture.h"

#include "umk-app-application.h"
#include "umk-app-map-parts.h"
#include "umk-app-window-parts.h"

#define FLOW_PATIENCE 60.0 /* seconds */

/* Registers the application and makes "fixture.ume" in a folder of its own. */
void flow_start(int *argc, char ***argv);
int flow_run(void);
GtkApplication *flow_application(void);
char *flow_path(const char *name);
void flow_spin(double seconds);
UmkAppWindow *flow_make_window(void);
UmkAppWindow *flow_open(const char *name);
void flow_close(UmkAppWindow *window);
void flow_act(UmkAppWindow *window, const char *name, GVariant *target);

#define WAIT_FOR(condition)                                                              \
    G_STMT_START                                                                         \
    {                                                                                    \
        g_autoptr(GTimer) timer_ = g_timer_new();                                        \
        while (!(condition) && g_timer_elapsed(timer_, NULL) < FLOW_PATIENCE)            \
            if (!g_main_context_iteration(NULL, FALSE))                                  \
                g_usleep(2000);                                                          \
        g_assert_true(condition);                                                        \
    }                                                                                    \
    G_STMT_END
