/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the copy of the wide kernels that this processor runs best, and what is built
 * of them. */
#include "linalg/umk-kernels-private.h"

#include <math.h>
#include <string.h>

#include "linalg/umk-row-kernels-private.h"

static const UmkRowKernels *kernels = &_umk_row_kernels_plain;

static void __attribute__((constructor)) choose_kernels(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        kernels = &_umk_row_kernels_avx512;
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        kernels = &_umk_row_kernels_avx2;
#endif
}

void
_umk_kernel_activate(UmkActivation activation, float *x, gsize n)
{
    kernels->activate(activation, x, n, 1, n);
}

void
_umk_kernel_activate_rows(
    UmkActivation activation, float *x, gsize stride, gsize m, gsize n)
{
    kernels->activate(activation, x, stride, m, n);
}

void
_umk_kernel_exp(float *x, gsize n)
{
    kernels->exp(x, n);
}

float
_umk_kernel_exp_parts(float *x, gsize n, float scale)
{
    float inverse;

    kernels->exp_parts(x, n, 1, n, scale, &inverse);
    return inverse;
}

void
_umk_kernel_exp_parts_rows(
    float *x, gsize stride, gsize m, gsize n, float scale, float *inverse)
{
    kernels->exp_parts(x, stride, m, n, scale, inverse);
}

void
_umk_kernel_softmax(float *x, gsize n, float scale)
{
    _umk_kernel_scale(x, n, _umk_kernel_exp_parts(x, n, scale));
}

void
_umk_kernel_layer_norm(const float *x,
                       gsize m,
                       gsize n,
                       const float *weight,
                       const float *bias,
                       float eps,
                       float *out)
{
    kernels->layer_norm(x, m, n, weight, bias, eps, out);
}

void
_umk_kernel_rms_norm(
    const float *x, gsize m, gsize n, const float *weight, float eps, float *out)
{
    kernels->rms_norm(x, m, n, weight, eps, out);
}

void
_umk_kernel_gate(UmkActivation activation, float *x, gsize m, gsize n, float *out)
{
    for (gsize row = 0; row < m; row++, x += 2 * n) {
        kernels->activate(activation, x, n, 1, n);
        kernels->multiply(x, x + n, n);
        memmove(out + row * n, x, n * sizeof(float));
    }
}

void
_umk_kernel_gate_last(UmkActivation activation, float *x, gsize m, gsize n, float *out)
{
    for (gsize row = 0; row < m; row++, x += 2 * n) {
        kernels->activate(activation, x + n, n, 1, n);
        kernels->multiply(x, x + n, n);
        memmove(out + row * n, x, n * sizeof(float));
    }
}

void
_umk_kernel_add(float *x, const float *y, gsize n)
{
    kernels->add_scaled(x, y, NULL, n);
}

void
_umk_kernel_add_scaled(float *x, const float *y, const float *weight, gsize m, gsize n)
{
    for (gsize row = 0; row < m; row++)
        kernels->add_scaled(x + row * n, y + row * n, weight, n);
}

void
_umk_kernel_scale_add(float *x, gsize n, float scale, const float *y, float factor)
{
    kernels->scale_add(x, n, scale, y, factor);
}

void
_umk_kernel_scale(float *x, gsize n, float factor)
{
    kernels->scale(x, n, 1, n, &factor);
}

void
_umk_kernel_scale_rows(float *x, gsize stride, gsize m, gsize n, const float *factors)
{
    kernels->scale(x, stride, m, n, factors);
}

void
_umk_kernel_max(float *x, const float *y, gsize n)
{
    for (gsize i = 0; i < n; i++)
        x[i] = MAX(x[i], y[i]);
}

double
_umk_kernel_norm(const float *x, gsize n)
{
    double sum = 0;

    for (gsize i = 0; i < n; i++)
        sum += (double) x[i] * (double) x[i];
    return sqrt(sum);
}

gboolean
_umk_kernel_normalize(float *x, gsize n)
{
    double norm = _umk_kernel_norm(x, n);

    if (!(norm > 0))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        x[i] = (float) ((double) x[i] / norm);
    return TRUE;
}
