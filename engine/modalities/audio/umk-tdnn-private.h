/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A time-delay network and statistics pooling, the body of x-vectors (Snyder et al.
 * 2018): dilated convolutions over frames without padding, each followed by ReLU and
 * perhaps a batch norm; then mean and deviation of every channel over the clip. */
#pragma once

#include "nn/umk-conv-private.h"

#include <json-glib/json-glib.h>

#define UMK_TDNN_MAX_LAYERS 16

typedef struct {
    gsize n_layers;
    gsize channels[UMK_TDNN_MAX_LAYERS];
    gsize kernel[UMK_TDNN_MAX_LAYERS];
    gsize dilation[UMK_TDNN_MAX_LAYERS];
} UmkTdnnConfig;

typedef struct {
    UmkTdnnConfig config;
    gsize n_in;
    UmkConv conv[UMK_TDNN_MAX_LAYERS];
    float *scale[UMK_TDNN_MAX_LAYERS]; /* batch norm; NULL: none */
    float *shift[UMK_TDNN_MAX_LAYERS];
} UmkTdnn;

/* tdnn_dim, tdnn_kernel and tdnn_dilation of a config.json, by default those of the
 * x-vector paper. */
gboolean _umk_tdnn_read_config(UmkTdnnConfig *self, JsonObject *object, GError **error);
/* Tensors tdnn.N.conv.weight (out, in, kernel), tdnn.N.conv.bias and, where it is there,
 * tdnn.N.norm; or tdnn.N.kernel (out, kernel * in) as transformers' heads have it. */
gboolean _umk_tdnn_bind(UmkTdnn *self,
                        const UmkTdnnConfig *config,
                        gsize n_in,
                        const UmkTensors *tensors,
                        GError **error);
void _umk_tdnn_clear(UmkTdnn *self);
/* Frames that one output frame is made of; fewer cannot be run. */
gsize _umk_tdnn_n_needed(const UmkTdnn *self);
/* Mean and deviation: twice the last layer's channels. */
gsize _umk_tdnn_n_out(const UmkTdnn *self);
gsize _umk_tdnn_scratch_size(const UmkTdnn *self, gsize n_frames);
/* x (n_frames, n_in) -> out (n_out), means before deviations. */
void _umk_tdnn_forward(
    const UmkTdnn *self, const float *x, gsize n_frames, float *scratch, float *out);
