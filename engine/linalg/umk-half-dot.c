/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain product of a float query with rows of half precision, and the choice among
 * the variants; the fast ones are in umk-half-dot-x86.c. */
#include "linalg/umk-half-dot-private.h"

#include "core/umk-half-private.h"

#include <math.h>

#define LANES UMK_HALF_LANES

static float
plain_row(const float *query, const guint16 *row, gsize stride)
{
    float lanes[LANES] = {0.0f};

    for (gsize i = 0; i < stride; i += LANES)
        for (gsize lane = 0; lane < LANES; lane++)
            lanes[lane] =
                fmaf(query[i + lane], _umk_half_to_float(row[i + lane]), lanes[lane]);
    for (gsize width = LANES / 2; width > 0; width /= 2)
        for (gsize lane = 0; lane < width; lane++)
            lanes[lane] += lanes[lane + width];
    return lanes[0];
}

static void
plain_dot(const float *query, const guint16 *rows, gsize stride, gsize n_rows, float *out)
{
    for (gsize i = 0; i < n_rows; i++)
        out[i] = plain_row(query, rows + i * stride, stride);
}

UmkHalfDotLevel
_umk_half_dot_best_level(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx512f"))
        return UMK_HALF_DOT_AVX512;
    if (_umk_half_best_level() == UMK_HALF_F16C && __builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma"))
        return UMK_HALF_DOT_F16C;
#endif
    return UMK_HALF_DOT_PLAIN;
}

UmkHalfDot
_umk_half_dot(UmkHalfDotLevel level)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (level == UMK_HALF_DOT_AVX512)
        return _umk_half_dot_avx512;
    if (level == UMK_HALF_DOT_F16C)
        return _umk_half_dot_f16c;
#endif
    return plain_dot;
}
