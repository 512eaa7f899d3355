/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps, the buffers they lie in, and the two calls of a network. */
#include "umk-map-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <umekomi/umekomi.h>

static void
place(UmkMapWork *work, UmkMap *map, guint buffer)
{
    gsize n = map->height * map->width * map->channels;

    work->fits = work->fits && n > 0;
    work->n_map = MAX(work->n_map, n);
    map->data = work->buffers[buffer];
}

void
_umk_map_conv(UmkMapWork *work,
              const UmkConv *conv,
              UmkActivation activation,
              const UmkMap *in,
              guint buffer,
              UmkMap *out)
{
    gsize n_scratch = _umk_conv_scratch_size(conv, in->height, in->width);

    out->height = _umk_conv_out_size(conv, 0, in->height);
    out->width = _umk_conv_out_size(conv, 1, in->width);
    out->channels = conv->out_channels;
    work->n_scratch = MAX(work->n_scratch, n_scratch);
    place(work, out, buffer);
    if (!work->dry)
        _umk_conv_forward(conv, in->data, in->height, in->width, activation,
                          work->scratch, out->data);
}

void
_umk_map_pool_max(UmkMapWork *work,
                  const UmkConvPool *pool,
                  const UmkMap *in,
                  guint buffer,
                  UmkMap *out)
{
    out->height = _umk_conv_pool_out_size(pool, 0, in->height);
    out->width = _umk_conv_pool_out_size(pool, 1, in->width);
    out->channels = in->channels;
    place(work, out, buffer);
    if (!work->dry)
        _umk_conv_pool_max(pool, in->data, in->height, in->width, in->channels,
                           out->data);
}

void
_umk_map_pool_adaptive(UmkMapWork *work,
                       const UmkMap *in,
                       gsize height,
                       gsize width,
                       guint buffer,
                       UmkMap *out)
{
    out->height = height;
    out->width = width;
    out->channels = in->channels;
    place(work, out, buffer);
    if (!work->dry)
        _umk_conv_pool_adaptive(in->data, in->height, in->width, in->channels, height,
                                width, out->data);
}

void
_umk_map_add(UmkMapWork *work, UmkMap *x, const UmkMap *y, UmkActivation activation)
{
    gsize n = x->height * x->width * x->channels;

    if (work->dry)
        return;
    _umk_kernel_add(x->data, y->data, n);
    _umk_kernel_activate(activation, x->data, n);
}

gboolean
_umk_map_run(UmkMapNetwork function,
             gconstpointer network,
             const UmkMap *pixels,
             UmkArena *arena,
             UmkMap *result,
             GError **error)
{
    UmkMapWork work = {.dry = TRUE, .fits = TRUE};
    gsize n_map;
    float *memory;

    function(network, &work, pixels, result);
    if (!work.fits) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("An image of %zux%zu pixels is too small for the model"),
                    pixels->width, pixels->height);
        return FALSE;
    }
    n_map = _umk_arena_round(work.n_map);
    memory = _umk_arena_reserve(arena, UMK_MAP_BUFFERS * n_map + work.n_scratch, error);
    if (!memory)
        return FALSE;
    for (guint i = 0; i < UMK_MAP_BUFFERS; i++)
        work.buffers[i] = memory + i * n_map;
    work.scratch = memory + UMK_MAP_BUFFERS * n_map;
    work.dry = FALSE;
    function(network, &work, pixels, result);
    return TRUE;
}
