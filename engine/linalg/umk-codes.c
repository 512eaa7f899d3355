/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making compact codes, the plain products of them, and the choice among the variants;
 * the fast ones are in umk-codes-x86.c. */
#include "linalg/umk-codes-private.h"

#include <math.h>
#include <string.h>

static gint32
plain_dot(const gint8 *a, const gint8 *b, gsize stride)
{
    gint32 sum = 0;

    for (gsize i = 0; i < stride; i++)
        sum += (gint32) a[i] * b[i];
    return sum;
}

static void
plain_dot_run(
    const gint8 *query, const gint8 *codes, gsize stride, gsize n_rows, gint32 *out)
{
    for (gsize i = 0; i < n_rows; i++)
        out[i] = plain_dot(query, codes + i * stride, stride);
}

static void
plain_dot_some(const gint8 *query,
               const gint8 *codes,
               gsize pitch,
               gsize stride,
               const guint32 *ids,
               gsize n_ids,
               gint32 *out)
{
    for (gsize i = 0; i < n_ids; i++)
        out[i] = plain_dot(query, codes + ids[i] * pitch, stride);
}

static void
plain_differ_run(
    const guint64 *query, const guint64 *rows, gsize n_words, gsize n_rows, guint16 *out)
{
    for (gsize i = 0; i < n_rows; i++) {
        guint n = 0;

        for (gsize w = 0; w < n_words; w++)
            n += (guint) __builtin_popcountll(query[w] ^ rows[i * n_words + w]);
        out[i] = (guint16) n;
    }
}

static const UmkCodeKernels plain_kernels = {
    .dot_run = plain_dot_run,
    .dot_some = plain_dot_some,
    .differ_run = plain_differ_run,
};

UmkCodesLevel
_umk_codes_best_level(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
        return UMK_CODES_VNNI;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"))
        return UMK_CODES_AVX2;
#endif
    return UMK_CODES_PLAIN;
}

const UmkCodeKernels *
_umk_codes_kernels(UmkCodesLevel level)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (level == UMK_CODES_VNNI)
        return &_umk_code_kernels_vnni;
    if (level == UMK_CODES_AVX2)
        return &_umk_code_kernels_avx2;
#endif
    return &plain_kernels;
}

float
_umk_code_from_floats(const float *x, gsize n_dims, gint8 *code)
{
    float largest = 0.0f, inverse;

    memset(code, 0, _umk_code_stride(n_dims));
    for (gsize i = 0; i < n_dims; i++)
        largest = fmaxf(largest, fabsf(x[i]));
    inverse = 127.0f / largest;
    if (!(largest > 0.0f) || !isfinite(inverse) || !isfinite(largest))
        return 0.0f;
    for (gsize i = 0; i < n_dims; i++)
        code[i] = (gint8) CLAMP(lrintf(x[i] * inverse), -127, 127);
    return largest / 127.0f;
}

gint32
_umk_code_square(const gint8 *code, gsize stride)
{
    return plain_dot(code, code, stride);
}

void
_umk_code_bits(const float *x, gsize n_dims, guint64 *words)
{
    memset(words, 0, (n_dims + 63) / 64 * sizeof *words);
    for (gsize i = 0; i < n_dims; i++)
        words[i / 64] |= (guint64) (x[i] > 0.0f) << (i % 64);
}
