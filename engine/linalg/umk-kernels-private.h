/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Element-wise and row-wise kernels of neural networks. They allocate nothing, assume
 * finite input and always add in the same order: sixteen interleaved partial sums, folded
 * pairwise. Processors that fuse multiplication and addition all give the same bits; the
 * plain copy rounds twice a step. Errors, measured by tests/unit/test-kernels.c against
 * double precision: exp 1e-7 relative, GELU 2.4e-7 absolute for |x| <= 4 (half an ulp of
 * the result). */
#pragma once

#include <umekomi/umk-types.h>

typedef enum {
    UMK_ACTIVATION_NONE,
    UMK_ACTIVATION_GELU,       /* x Phi(x), by the error function */
    UMK_ACTIVATION_GELU_TANH,  /* the tanh approximation ("gelu_new") */
    UMK_ACTIVATION_QUICK_GELU, /* x sigmoid(1.702 x) */
    UMK_ACTIVATION_RELU,
    UMK_ACTIVATION_SILU,
    UMK_ACTIVATION_TANH
} UmkActivation;

/* Functions that end in _rows do the same with m rows, which lie stride apart. */
void _umk_kernel_activate(UmkActivation activation, float *x, gsize n);
void _umk_kernel_activate_rows(
    UmkActivation activation, float *x, gsize stride, gsize m, gsize n);
void _umk_kernel_exp(float *x, gsize n);
/* x = exp(scale (x - max x)); returns 1 / sum, by which the caller multiplies when it
 * likes. scale >= 0. */
float _umk_kernel_exp_parts(float *x, gsize n, float scale);
void _umk_kernel_exp_parts_rows(
    float *x, gsize stride, gsize m, gsize n, float scale, float *inverse);
/* x = softmax(scale x) */
void _umk_kernel_softmax(float *x, gsize n, float scale);
/* Rows of x (m, n) to out (m, n); out may be x. weight and bias may be NULL. */
void _umk_kernel_layer_norm(const float *x,
                            gsize m,
                            gsize n,
                            const float *weight,
                            const float *bias,
                            float eps,
                            float *out);
/* Likewise x / sqrt(mean x^2 + eps) * weight (Zhang and Sennrich 2019). */
void _umk_kernel_rms_norm(
    const float *x, gsize m, gsize n, const float *weight, float eps, float *out);
/* Rows of x (m, 2 n) hold what is activated, then what that is multiplied with (GLU
 * variants, Shazeer 2020) -> out (m, n); x is used up, and out may be x. */
void _umk_kernel_gate(UmkActivation activation, float *x, gsize m, gsize n, float *out);
/* The same where the second half is the gate. */
void
_umk_kernel_gate_last(UmkActivation activation, float *x, gsize m, gsize n, float *out);
void _umk_kernel_add(float *x, const float *y, gsize n);
/* Rows of x (m, n) += rows of y times weight (n), or plain where weight is NULL. */
void
_umk_kernel_add_scaled(float *x, const float *y, const float *weight, gsize m, gsize n);
/* x = scale x + factor y */
void _umk_kernel_scale_add(float *x, gsize n, float scale, const float *y, float factor);
void _umk_kernel_scale(float *x, gsize n, float factor);
/* Each row by its own factor, of m. */
void
_umk_kernel_scale_rows(float *x, gsize stride, gsize m, gsize n, const float *factors);
void _umk_kernel_max(float *x, const float *y, gsize n);
double _umk_kernel_norm(const float *x, gsize n);
/* Leaves a zero vector as it is, and says so by FALSE. */
gboolean _umk_kernel_normalize(float *x, gsize n);
