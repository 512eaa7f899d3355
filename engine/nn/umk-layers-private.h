/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small parts networks are built of: scratch memory, tensors looked up by name,
 * linear maps and layer norms. Binding happens once, while a model loads; what is bound
 * is immutable and may be used by any number of threads at once. */
#pragma once

#include <umekomi/umk-types.h>

#include "linalg/umk-gemm-private.h"
#include "linalg/umk-kernels-private.h"

/* Where weights come from. This layer knows no file format: io/umk-weights-private.h
 * gives functions that fit. get borrows from the source; release says that a borrowed
 * tensor has been copied and its memory is not needed any more. */
typedef struct {
    gpointer source;
    const char *prefix; /* put before every name; may be "" */
    gboolean (*has)(gpointer source, const char *name);
    const float *(*get)(gpointer source,
                        const char *name,
                        const gsize *shape,
                        guint n_axes,
                        GError **error);
    void (*release)(gpointer source, const float *data);
    gboolean transposed; /* weights of linear maps are stored (n_in, n_out), as GPT-2's */
} UmkTensors;

gboolean _umk_tensors_has(const UmkTensors *self, const char *name);
const float *_umk_tensors_get(const UmkTensors *self,
                              const char *name,
                              const gsize *shape,
                              guint n_axes,
                              GError **error);
void _umk_tensors_release(const UmkTensors *self, const float *data);
/* A copy that outlives the source; release with g_free. */
float *_umk_tensors_dup_vector(const UmkTensors *self,
                               const char *name,
                               gsize n,
                               GError **error);

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

typedef enum { UMK_BIAS_NONE, UMK_BIAS_REQUIRED, UMK_BIAS_OPTIONAL } UmkBias;

typedef struct {
    gsize n_in;
    gsize n_out;
    UmkPacked *weight;
    float *bias; /* NULL: none */
} UmkLinear;

/* name without ".weight" and ".bias" */
gboolean _umk_linear_bind(UmkLinear *self,
                          const UmkTensors *tensors,
                          const char *name,
                          gsize n_out,
                          gsize n_in,
                          UmkBias bias,
                          GError **error);
/* Several maps of one input side by side (query, key, value), names NULL-terminated;
 * n_outs has one number a name. */
gboolean _umk_linear_bind_joined(UmkLinear *self,
                                 const UmkTensors *tensors,
                                 const char *const *names,
                                 const gsize *n_outs,
                                 gsize n_in,
                                 UmkBias bias,
                                 GError **error);
/* weight (n_out, n_in), bias or NULL are copied. */
gboolean _umk_linear_set(UmkLinear *self,
                         const float *weight,
                         const float *bias,
                         gsize n_out,
                         gsize n_in,
                         GError **error);
void _umk_linear_clear(UmkLinear *self);
/* x (m, n_in) -> out (m, n_out); out must not overlap x */
void _umk_linear_forward(
    const UmkLinear *self, const float *x, gsize m, UmkActivation activation, float *out);

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
