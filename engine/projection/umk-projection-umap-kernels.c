/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which copy of UMAP's inner loop this processor runs. */
#include "projection/umk-projection-umap-kernel-private.h"

static const UmkUmapKernels *chosen;

static const UmkUmapKernels *
best(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
        return &_umk_umap_kernels_avx512;
    if (__builtin_cpu_supports("avx2"))
        return &_umk_umap_kernels_avx2;
#endif
    return &_umk_umap_kernels_plain;
}

const UmkUmapKernels *
_umk_umap_get_kernels(void)
{
    return chosen != NULL ? chosen : best();
}

/* NULL: the best again. Not while a layout is being made. */
void
_umk_umap_set_kernels(const UmkUmapKernels *kernels)
{
    chosen = kernels;
}
