/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small parts networks are built of: scratch memory and layer norms; tensors looked
 * up by name and linear maps come with them. Binding happens once, while a model loads;
 * what is bound is immutable and may be used by any number of threads at once. */
#pragma once

#include <umekomi/umk-types.h>

#include "linalg/umk-gemm-private.h"
#include "linalg/umk-kernels-private.h"
#include "nn/umk-linear-private.h"
#include "nn/umk-tensors-private.h"

/* Scratch of one session: it grows to the largest size ever asked for and stays. */
typedef struct {
    float *data; /* 64-byte aligned */
    gsize n_floats;
    guint n_grown; /* how often it had to allocate */
} UmkArena;

float *_umk_arena_reserve(UmkArena *self, gsize n_floats, GError **error);
void _umk_arena_clear(UmkArena *self);
/* n rounded up so that what follows in an arena stays aligned. */
gsize _umk_arena_round(gsize n_floats);

gboolean
_umk_activation_parse(const char *name, UmkActivation *activation, GError **error);

typedef enum {
    UMK_NORM_LAYER,          /* layer norm with weight and bias (Ba et al. 2016) */
    UMK_NORM_LAYER_UNBIASED, /* layer norm with a weight alone */
    UMK_NORM_RMS             /* root mean square norm (Zhang and Sennrich 2019) */
} UmkNormKind;

typedef struct {
    UmkNormKind kind;
    gsize n;
    float eps;
    float *weight;
    float *bias; /* NULL: none */
} UmkNorm;

/* name without ".weight"; the old names ".gamma" and ".beta" are understood too. */
gboolean _umk_norm_bind(UmkNorm *self,
                        const UmkTensors *tensors,
                        const char *name,
                        gsize n,
                        float eps,
                        GError **error);
gboolean _umk_norm_bind_kind(UmkNorm *self,
                             UmkNormKind kind,
                             const UmkTensors *tensors,
                             const char *name,
                             gsize n,
                             float eps,
                             GError **error);
void _umk_norm_clear(UmkNorm *self);
/* out may be x */
void _umk_norm_forward(const UmkNorm *self, const float *x, gsize m, float *out);
