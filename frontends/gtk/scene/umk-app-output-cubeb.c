/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device through cubeb, which speaks to PulseAudio and PipeWire and, without a server,
 * to ALSA. The library is opened when the first sound is played: linked, it would bring
 * twenty others to every start. */
#include "umk-app-output.h"

#include <glib/gi18n.h>

#if UMK_APP_HAVE_CUBEB

#include <cubeb/cubeb.h>
#include <gmodule.h>

#define LIBRARY "libcubeb.so.0"
#define LATENCY (UMK_APP_OUTPUT_RATE / 20) /* frames: 50 ms */

typedef struct {
    int (*init)(cubeb **context, char const *name, char const *backend);
    void (*destroy)(cubeb *context);
    int (*stream_init)(cubeb *context,
                       cubeb_stream **stream,
                       char const *name,
                       cubeb_devid input_device,
                       cubeb_stream_params *input_params,
                       cubeb_devid output_device,
                       cubeb_stream_params *output_params,
                       unsigned int latency,
                       cubeb_data_callback data_callback,
                       cubeb_state_callback state_callback,
                       void *user_data);
    int (*stream_start)(cubeb_stream *stream);
    int (*stream_stop)(cubeb_stream *stream);
    void (*stream_destroy)(cubeb_stream *stream);
} Library;

typedef struct {
    GModule *module;
    Library cubeb;
    cubeb *context;
    cubeb_stream *stream;
    UmkAppRender render;
    UmkAppLost lost;
    gpointer data;
} Device;

static long
give(cubeb_stream *stream, void *user_data, void const *input, void *output, long n)
{
    Device *self = user_data;

    self->render(output, (gsize) n, self->data);
    return n;
}

static void
state_changed(cubeb_stream *stream, void *user_data, cubeb_state state)
{
    Device *self = user_data;

    if (state == CUBEB_STATE_ERROR)
        self->lost(self->data);
}

static gboolean
load(Device *self, GError **error)
{
    const struct {
        const char *name;
        gpointer *function;
    } symbols[] = {
        {"cubeb_init", (gpointer *) &self->cubeb.init},
        {"cubeb_destroy", (gpointer *) &self->cubeb.destroy},
        {"cubeb_stream_init", (gpointer *) &self->cubeb.stream_init},
        {"cubeb_stream_start", (gpointer *) &self->cubeb.stream_start},
        {"cubeb_stream_stop", (gpointer *) &self->cubeb.stream_stop},
        {"cubeb_stream_destroy", (gpointer *) &self->cubeb.stream_destroy},
    };

    self->module = g_module_open(LIBRARY, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
    for (guint i = 0; i < G_N_ELEMENTS(symbols) && self->module != NULL; i++)
        if (!g_module_symbol(self->module, symbols[i].name, symbols[i].function)) {
            g_module_close(self->module);
            self->module = NULL;
        }
    if (self->module != NULL)
        return TRUE;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                /* Translators: the file name of a library */
                _("The library “%s” is not installed"), LIBRARY);
    return FALSE;
}

static void
device_close(gpointer output)
{
    Device *self = output;

    if (self->stream != NULL) {
        self->cubeb.stream_stop(self->stream);
        self->cubeb.stream_destroy(self->stream);
    }
    if (self->context != NULL)
        self->cubeb.destroy(self->context);
    /* The library stays: those that it opened may have threads of their own. */
    g_free(self);
}

static gpointer
device_open(UmkAppRender render, UmkAppLost lost, gpointer data, GError **error)
{
    Device *self = g_new0(Device, 1);
    cubeb_stream_params format = {.format = CUBEB_SAMPLE_FLOAT32NE,
                                  .rate = UMK_APP_OUTPUT_RATE,
                                  .channels = 1,
                                  .layout = CUBEB_LAYOUT_MONO,
                                  .prefs = CUBEB_STREAM_PREF_NONE};

    self->render = render;
    self->lost = lost;
    self->data = data;
    if (!load(self, error)) {
        g_free(self);
        return NULL;
    }
    if (self->cubeb.init(&self->context, "Umekomi", NULL) == CUBEB_OK &&
        self->cubeb.stream_init(self->context, &self->stream, "Umekomi", NULL, NULL, NULL,
                                &format, LATENCY, give, state_changed, self) == CUBEB_OK)
        return self;
    device_close(self);
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                        _("No sound device was found"));
    return NULL;
}

static gboolean
device_start(gpointer output)
{
    Device *self = output;

    return self->cubeb.stream_start(self->stream) == CUBEB_OK;
}

static void
device_stop(gpointer output)
{
    Device *self = output;

    self->cubeb.stream_stop(self->stream);
}

const UmkAppOutput *
umk_app_output_get_device(void)
{
    static const UmkAppOutput device = {"cubeb",      TRUE,        device_open,
                                        device_start, device_stop, device_close};

    return &device;
}

#else

const UmkAppOutput *
umk_app_output_get_device(void)
{
    return NULL;
}

#endif
