/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers that attention adds to its scores by head and by how far the key lies from the
 * query: the buckets of T5 (Raffel et al. 2020, MPNet, WavLM) and the slopes of ALiBi
 * (Press et al. 2022, both ways as JinaBERT has them). WavLM's gate (Chi et al. 2022,
 * eq. 3-5) scales them by what the query's token holds. */
#pragma once

#include "nn/umk-layers-private.h"

typedef struct {
    gsize n_heads;
    gsize reach;  /* what lies further away counts as this far */
    float *table; /* (n_heads, 2 reach + 1): [head][reach + key - query] */
} UmkRelativeBias;

/* weights (n_buckets, n_heads), as checkpoints store them; half of the buckets are for
 * keys after the query. exact: distances below n_buckets / 4 have a bucket of their own,
 * further ones share logarithmic ones up to max_distance. */
UmkRelativeBias *_umk_relative_bias_new_buckets(const float *weights,
                                                gsize n_buckets,
                                                gsize n_heads,
                                                gsize max_distance);
/* reach: the longest sequence that will ever be asked for, minus one. NULL when the
 * memory is not there. */
UmkRelativeBias *_umk_relative_bias_new_slopes(gsize n_heads, gsize reach);
void _umk_relative_bias_free(UmkRelativeBias *self);
/* scores (n) of one query and the keys first … first + n - 1 become
 * scale * score + gate * bias */
void _umk_relative_bias_apply(const UmkRelativeBias *self,
                              gsize head,
                              gsize query,
                              gsize first,
                              gsize n,
                              float scale,
                              float gate,
                              float *scores);

typedef struct {
    UmkLinear linear; /* head_dims -> 8 */
    float *constants; /* (n_heads) */
    gsize n_heads;
    gsize head_dims;
} UmkRelativeGate;

/* linear and constant: tensor names, the first without ".weight" */
gboolean _umk_relative_gate_bind(UmkRelativeGate *self,
                                 const UmkTensors *tensors,
                                 const char *linear,
                                 const char *constant,
                                 gsize n_heads,
                                 gsize head_dims,
                                 GError **error);
void _umk_relative_gate_clear(UmkRelativeGate *self);
/* x (m, n_heads * head_dims), the input of attention -> gates (m, n_heads) */
void _umk_relative_gate_forward(const UmkRelativeGate *self,
                                const float *x,
                                gsize m,
                                float *gates);
