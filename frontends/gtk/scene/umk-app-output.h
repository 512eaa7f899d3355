/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where samples go: a table of functions for each way out. One channel of floats; the
 * other side asks for them in a thread of its own. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define UMK_APP_OUTPUT_RATE 48000u

/* Fills n samples; any thread, never two at once. */
typedef void (*UmkAppRender)(float *samples, gsize n, gpointer data);
/* The device has gone; any thread. */
typedef void (*UmkAppLost)(gpointer data);

typedef struct {
    const char *name;
    gboolean is_heard; /* by anybody */
    /* May take as long as a sound server does to answer. */
    gpointer (*open)(UmkAppRender render, UmkAppLost lost, gpointer data, GError **error);
    gboolean (*start)(gpointer output);
    void (*stop)(gpointer output);
    void (*close)(gpointer output); /* stops first; render is not called after */
} UmkAppOutput;

/* Asks for samples as fast as a device would, and throws them away. */
const UmkAppOutput *umk_app_output_get_silent(void);
/* PipeWire, PulseAudio or ALSA; NULL if it was not built in. */
const UmkAppOutput *umk_app_output_get_device(void);

G_END_DECLS
