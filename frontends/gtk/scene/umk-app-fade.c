/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A short list and one byte a row. */
#include "umk-app-fade.h"

#include "umk-app-looks.h"

#include <math.h>

static void
layer_clear(gpointer data)
{
    g_free(((UmkAppFadeLayer *) data)->key);
}

UmkAppFade *
umk_app_fade_new(gsize n_rows, guint8 *levels)
{
    UmkAppFade *self = g_new0(UmkAppFade, 1);

    g_atomic_ref_count_init(&self->references);
    self->n_rows = n_rows;
    self->levels = levels;
    self->layers = g_array_new(FALSE, FALSE, sizeof(UmkAppFadeLayer));
    g_array_set_clear_func(self->layers, layer_clear);
    return self;
}

void
umk_app_fade_add(UmkAppFade *self, const char *key, double opacity)
{
    UmkAppFadeLayer layer = {g_strdup(key), opacity};

    g_array_append_val(self->layers, layer);
}

UmkAppFade *
umk_app_fade_ref(UmkAppFade *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_fade_unref(UmkAppFade *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references))
        return;
    g_array_unref(self->layers);
    g_free(self->levels);
    g_free(self);
}

double
umk_app_fade_get(const UmkAppFade *self, const char *key)
{
    for (guint i = 0; self != NULL && i < self->layers->len; i++) {
        const UmkAppFadeLayer *layer = &g_array_index(self->layers, UmkAppFadeLayer, i);

        if (g_str_equal(layer->key, key))
            return layer->opacity;
    }
    return 1;
}

guint8
umk_app_fade_level(double opacity)
{
    double level = (1 - opacity) * UMK_APP_N_FAINT;

    return (guint8) CLAMP(lround(level), 0, (long) UMK_APP_N_FAINT - 1);
}

double
umk_app_fade_opacity(guint8 level)
{
    return 1 - (double) level / UMK_APP_N_FAINT;
}
