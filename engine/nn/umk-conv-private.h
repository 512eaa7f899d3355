/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolutions and pooling over maps stored (height, width, channels): the output of one
 * is the input of the next, and row by row it is also a list of tokens. A patch embedding
 * is a convolution whose stride equals its kernel; a sound or a list of frames is a map
 * of height 1. The products stay in single precision whatever that of a model's encoder.
 */
#pragma once

#include "nn/umk-layers-private.h"

typedef struct {
    /* Set by the caller before binding; axis 0 is the height, 1 the width. */
    gsize kernel[2];
    gsize stride[2];
    gsize padding[2];  /* zeros on both sides */
    gsize extra[2];    /* further zeros at the bottom and at the right */
    gsize dilation[2]; /* 0 stands for 1 */
    gsize groups;      /* 0 stands for 1 */
    gboolean same;     /* zeros so that out = ceil (in / stride), an odd one at the end;
                        * padding and extra are not looked at */
    gboolean is_1d;    /* the weight has three axes: (out, in / groups, kernel[1]) */

    /* Set by binding. */
    gsize in_channels;
    gsize out_channels;
    gsize n_window;      /* numbers under the kernel in one group */
    UmkPacked **weights; /* (groups), each (out / groups, kernel_h * kernel_w * in) */
    float *taps; /* one channel a group: (kernel_h * kernel_w, channels) instead */
    float *bias; /* NULL: none */
} UmkConv;

/* name.weight has the shape (out, in / groups, kernel_h, kernel_w). */
gboolean _umk_conv_bind(UmkConv *self,
                        const UmkTensors *tensors,
                        const char *name,
                        gsize out_channels,
                        gsize in_channels,
                        UmkBias bias,
                        GError **error);
/* A convolution and the batch norm behind it (norm.weight, bias, running_mean,
 * running_var) as one: at inference both are linear. */
gboolean _umk_conv_bind_normed(UmkConv *self,
                               const UmkTensors *tensors,
                               const char *name,
                               const char *norm,
                               gsize out_channels,
                               gsize in_channels,
                               double eps,
                               GError **error);
/* weight in the order above, bias or NULL are copied. */
gboolean _umk_conv_set(UmkConv *self,
                       const float *weight,
                       const float *bias,
                       gsize out_channels,
                       gsize in_channels,
                       GError **error);
void _umk_conv_clear(UmkConv *self);

/* Size of the output; 0 when the kernel does not fit. */
gsize _umk_conv_out_size(const UmkConv *self, guint axis, gsize in_size);
/* Floats of scratch that forward needs. */
gsize _umk_conv_scratch_size(const UmkConv *self, gsize height, gsize width);
/* x (height, width, in) -> out (out_height, out_width, out) */
void _umk_conv_forward(const UmkConv *self,
                       const float *x,
                       gsize height,
                       gsize width,
                       UmkActivation activation,
                       float *scratch,
                       float *out);

/* Windows over a map, each channel for itself. What hangs over the border counts neither
 * for the largest nor for the mean. */
typedef struct {
    gsize kernel[2];
    gsize stride[2];
    gsize padding[2];
    gboolean ceil; /* a window that begins inside but hangs over the end counts too */
} UmkConvPool;

gsize _umk_conv_pool_out_size(const UmkConvPool *self, guint axis, gsize in_size);
/* x (height, width, channels) -> out (out_height, out_width, channels) */
void _umk_conv_pool_max(const UmkConvPool *self,
                        const float *x,
                        gsize height,
                        gsize width,
                        gsize channels,
                        float *out);
void _umk_conv_pool_mean(const UmkConvPool *self,
                         const float *x,
                         gsize height,
                         gsize width,
                         gsize channels,
                         float *out);
/* x (height, width, channels) -> out (out_height, out_width, channels): windows that
 * share the map as evenly as they can, overlapping where it does not divide. */
void _umk_conv_pool_adaptive(const float *x,
                             gsize height,
                             gsize width,
                             gsize channels,
                             gsize out_height,
                             gsize out_width,
                             float *out);

/* (channels, n) -> (n, channels), n = height * width */
void _umk_channels_last(const float *x, gsize channels, gsize n, float *out);
