/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A feed-forward part of several experts (Shazeer et al. 2017): a router weighs them for
 * each token, the best few are run and their results summed by weight. */
#pragma once

#include "nn/umk-layers-private.h"

#define UMK_EXPERTS_MAX 256

typedef struct {
    gsize n_experts;
    gsize n_used; /* of them for each token */
    gsize n_dims;
    gsize n_ffn;
    UmkLinear router; /* n_dims -> n_experts, by softmax */
    UmkLinear *up;    /* (n_experts) n_dims -> n_ffn */
    UmkLinear *down;  /* (n_experts) n_ffn -> n_dims */
    float *bias;      /* (n_dims), shared and added once */
} UmkExperts;

/* Full tensor names but for the router, which is without ".weight". up and down hold all
 * experts' weights one after another, (n_experts * n_ffn, n_dims) both. The sizes of self
 * are set by the caller. */
gboolean _umk_experts_bind(UmkExperts *self,
                           const UmkTensors *tensors,
                           const char *router,
                           const char *up,
                           const char *down,
                           const char *bias,
                           GError **error);
void _umk_experts_clear(UmkExperts *self);
gsize _umk_experts_scratch_size(const UmkExperts *self, gsize m);
/* x (m, n_dims) -> out (m, n_dims); out must not overlap x. A row's result does not
 * depend on the others. */
void _umk_experts_forward(const UmkExperts *self,
                          const float *x,
                          gsize m,
                          UmkActivation activation,
                          float *scratch,
                          float *out);
