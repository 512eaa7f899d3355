/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs networks of convolutions. A network is one function over maps; it is called twice,
 * first without memory, to learn what it needs, then for the numbers. */
#pragma once

#include "nn/umk-conv-private.h"

G_BEGIN_DECLS

#define UMK_MAP_BUFFERS 4

typedef struct {
    gsize height, width, channels;
    float *data; /* (height, width, channels); NULL in the first call */
} UmkMap;

typedef struct {
    gboolean dry;  /* the first call */
    gboolean fits; /* no kernel was larger than its map */
    gsize n_map, n_scratch;
    float *buffers[UMK_MAP_BUFFERS];
    float *scratch;
} UmkMapWork;

/* Writes result, which lies in one of the buffers. Whatever touches the data of a map
 * itself does nothing while work->dry. */
typedef void (*UmkMapNetwork)(gconstpointer network,
                              UmkMapWork *work,
                              const UmkMap *pixels,
                              UmkMap *result);

/* The result lies in the arena. */
gboolean _umk_map_run(UmkMapNetwork function,
                      gconstpointer network,
                      const UmkMap *pixels,
                      UmkArena *arena,
                      UmkMap *result,
                      GError **error);

/* The parts that networks are made of; out lies in the buffer of that number, which must
 * not be that of in. */
void _umk_map_conv(UmkMapWork *work,
                   const UmkConv *conv,
                   UmkActivation activation,
                   const UmkMap *in,
                   guint buffer,
                   UmkMap *out);
void _umk_map_pool_max(UmkMapWork *work,
                       const UmkConvPool *pool,
                       const UmkMap *in,
                       guint buffer,
                       UmkMap *out);
void _umk_map_pool_adaptive(UmkMapWork *work,
                            const UmkMap *in,
                            gsize height,
                            gsize width,
                            guint buffer,
                            UmkMap *out);
/* x = activation (x + y) */
void _umk_map_add(UmkMapWork *work, UmkMap *x, const UmkMap *y, UmkActivation activation);

G_END_DECLS
