/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear maps, x W^T + b, with weights packed once in one of three precisions. What is
 * bound is immutable and may be used by any number of threads at once. */
#pragma once

#include "linalg/umk-gemm-bf16-private.h"
#include "linalg/umk-gemm-int8-private.h"
#include "linalg/umk-gemm-private.h"
#include "linalg/umk-kernels-private.h"
#include "nn/umk-tensors-private.h"

typedef enum { UMK_BIAS_NONE, UMK_BIAS_REQUIRED, UMK_BIAS_OPTIONAL } UmkBias;

/* One of the three weights is there. */
typedef struct {
    gsize n_in;
    gsize n_out;
    UmkPacked *weight;
    UmkPackedBf16 *bf16;
    UmkPackedInt8 *int8;
    float *bias; /* NULL: none */
} UmkLinear;

/* name without ".weight" and ".bias". The precision is that of the tensors. */
gboolean _umk_linear_bind(UmkLinear *self,
                          const UmkTensors *tensors,
                          const char *name,
                          gsize n_out,
                          gsize n_in,
                          UmkBias bias,
                          GError **error);
/* Several maps of one input side by side (query, key, value), names NULL-terminated;
 * n_outs has one number a name. They are all f32 if one of them is to be. */
gboolean _umk_linear_bind_joined(UmkLinear *self,
                                 const UmkTensors *tensors,
                                 const char *const *names,
                                 const gsize *n_outs,
                                 gsize n_in,
                                 UmkBias bias,
                                 GError **error);
/* weight (n_out, n_in), bias or NULL are copied; the map is f32. */
gboolean _umk_linear_set(UmkLinear *self,
                         const float *weight,
                         const float *bias,
                         gsize n_out,
                         gsize n_in,
                         GError **error);

/* For binding in a way of one's own: memory for the weights and for a bias of zeros, rows
 * of weights as they come, then the bias or its removal. */
gboolean _umk_linear_allocate(
    UmkLinear *self, gsize n_out, gsize n_in, UmkPrecision precision, GError **error);
/* w (n_rows, n_in): the weights of outputs first … first + n_rows - 1 */
void _umk_linear_fill(UmkLinear *self, gsize first, const float *w, gsize n_rows);
/* name.bias into self->bias + first; *found says whether there was one. */
gboolean _umk_linear_bind_bias(UmkLinear *self,
                               const UmkTensors *tensors,
                               const char *name,
                               gsize first,
                               gsize n,
                               UmkBias kind,
                               gboolean *found,
                               GError **error);

void _umk_linear_clear(UmkLinear *self);
UmkPrecision _umk_linear_get_precision(const UmkLinear *self);
/* x (m, n_in) -> out (m, n_out); out must not overlap x */
void _umk_linear_forward(
    const UmkLinear *self, const float *x, gsize m, UmkActivation activation, float *out);
/* The same with rows of x and of out at distances of their own, in floats. */
void _umk_linear_forward_rows(const UmkLinear *self,
                              const float *x,
                              gsize x_stride,
                              gsize m,
                              UmkActivation activation,
                              float *out,
                              gsize out_stride);
/* inout (m, n_out) = inout + (x W^T + b), each sum finished before it is added; rows of x
 * lie x_stride floats apart */
void _umk_linear_forward_add(
    const UmkLinear *self, const float *x, gsize x_stride, gsize m, float *inout);
