/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wide kernels of one instruction set; umk-kernels.c chooses among the copies. */
#pragma once

#include "linalg/umk-kernels-private.h"

typedef struct {
    void (*activate)(UmkActivation activation, float *x, gsize stride, gsize m, gsize n);
    void (*exp)(float *x, gsize n);
    void (*exp_parts)(
        float *x, gsize stride, gsize m, gsize n, float scale, float *inverse);
    void (*layer_norm)(const float *x,
                       gsize m,
                       gsize n,
                       const float *weight,
                       const float *bias,
                       float eps,
                       float *out);
    void (*rms_norm)(
        const float *x, gsize m, gsize n, const float *weight, float eps, float *out);
    void (*multiply)(float *x, const float *y, gsize n);
    void (*scale)(float *x, gsize stride, gsize m, gsize n, const float *factors);
    void (*scale_add)(float *x, gsize n, float scale, const float *y, float factor);
    void (*add_scaled)(float *x, const float *y, const float *weight, gsize n);
} UmkRowKernels;

/* The last two where the processor family has them. */
extern const UmkRowKernels _umk_row_kernels_plain;
extern const UmkRowKernels _umk_row_kernels_avx2;
extern const UmkRowKernels _umk_row_kernels_avx512;
