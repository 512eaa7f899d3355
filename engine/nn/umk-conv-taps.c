/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Written once on vectors of 16 floats, as linalg/umk-kernels.c is; the compiler makes a
 * copy for each kind of processor. Products are rounded before they are added, and the
 * taps are taken in their order, so the copies agree bit for bit. */
#include "nn/umk-conv-taps-private.h"

#include <string.h>

/* Vectors are passed only between functions that are inlined into one another. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define LANES 16
#define BODY  static inline __attribute__((always_inline))

typedef float V __attribute__((vector_size(64), aligned(4), may_alias));
typedef gint32 I __attribute__((vector_size(64), aligned(4), may_alias));

BODY V
load(const float *x, gsize n)
{
    V v = {0};

    memcpy(&v, x, MIN(n, LANES) * sizeof(float));
    return v;
}

BODY V
load_full(const float *x)
{
    V v;

    memcpy(&v, x, sizeof v);
    return v;
}

BODY void
store(float *x, gsize n, V v)
{
    memcpy(x, &v, MIN(n, LANES) * sizeof(float));
}

/* Four vectors at a time, so that one sum need not wait for another. */
BODY void
sum_wide(const float *const *pixels,
         gsize n,
         const float *taps,
         const float *bias,
         gsize channels,
         gsize at,
         float *out)
{
    V sum[4] = {{0}};

    if (bias != NULL)
        memcpy(sum, bias + at, sizeof sum);
    for (gsize i = 0; i < n; i++) {
        const float *pixel = pixels[i], *tap = taps + i * channels + at;

        if (pixel == NULL)
            continue;
        for (int j = 0; j < 4; j++)
            sum[j] += load_full(tap + j * LANES) * load_full(pixel + at + j * LANES);
    }
    memcpy(out + at, sum, sizeof sum);
}

BODY void
sum_body(const float *const *pixels,
         gsize n,
         const float *taps,
         const float *bias,
         gsize channels,
         float *out)
{
    gsize at = 0;

    for (; at + 4 * LANES <= channels; at += 4 * LANES)
        sum_wide(pixels, n, taps, bias, channels, at, out);
    for (; at < channels; at += LANES) {
        gsize left = channels - at;
        V sum = {0};

        if (bias != NULL)
            sum = load(bias + at, left);
        for (gsize i = 0; i < n; i++) {
            if (pixels[i] != NULL)
                sum += load(taps + i * channels + at, left) * load(pixels[i] + at, left);
        }
        store(out + at, left, sum);
    }
}

BODY void
max_body(const float *const *pixels, gsize n, gsize channels, float *out)
{
    for (gsize at = 0; at < channels; at += LANES) {
        gsize left = channels - at;
        V most = load(pixels[0] + at, left);

        for (gsize i = 1; i < n; i++) {
            V v = load(pixels[i] + at, left);
            I larger = v > most;

            most = (V) ((larger & (I) v) | (~larger & (I) most));
        }
        store(out + at, left, most);
    }
}

BODY void
mean_body(const float *const *pixels, gsize n, gsize channels, float *out)
{
    for (gsize at = 0; at < channels; at += LANES) {
        gsize left = channels - at;
        V sum = load(pixels[0] + at, left);

        for (gsize i = 1; i < n; i++)
            sum += load(pixels[i] + at, left);
        store(out + at, left, sum / (float) n);
    }
}

typedef struct {
    void (*sum)(const float *const *pixels,
                gsize n,
                const float *taps,
                const float *bias,
                gsize channels,
                float *out);
    void (*max)(const float *const *pixels, gsize n, gsize channels, float *out);
    void (*mean)(const float *const *pixels, gsize n, gsize channels, float *out);
} Kernels;

#define COPY(suffix, attribute)                                                          \
    attribute static void sum_##suffix(const float *const *pixels, gsize n,              \
                                       const float *taps, const float *bias,             \
                                       gsize channels, float *out)                       \
    {                                                                                    \
        sum_body(pixels, n, taps, bias, channels, out);                                  \
    }                                                                                    \
    attribute static void max_##suffix(const float *const *pixels, gsize n,              \
                                       gsize channels, float *out)                       \
    {                                                                                    \
        max_body(pixels, n, channels, out);                                              \
    }                                                                                    \
    attribute static void mean_##suffix(const float *const *pixels, gsize n,             \
                                        gsize channels, float *out)                      \
    {                                                                                    \
        mean_body(pixels, n, channels, out);                                             \
    }                                                                                    \
    static const Kernels kernels_##suffix = {sum_##suffix, max_##suffix, mean_##suffix}

COPY(plain, );
#if defined(__x86_64__) && defined(__GNUC__)
COPY(avx2, __attribute__((target("avx2"))));
COPY(avx512, __attribute__((target("avx512f,avx512dq"))));
#endif

static const Kernels *kernels = &kernels_plain;

static void __attribute__((constructor)) choose_kernels(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        kernels = &kernels_avx512;
    else if (__builtin_cpu_supports("avx2"))
        kernels = &kernels_avx2;
#endif
}

void
_umk_conv_taps_sum(const float *const *pixels,
                   gsize n,
                   const float *taps,
                   const float *bias,
                   gsize channels,
                   float *out)
{
    kernels->sum(pixels, n, taps, bias, channels, out);
}

void
_umk_conv_taps_max(const float *const *pixels, gsize n, gsize channels, float *out)
{
    kernels->max(pixels, n, channels, out);
}

void
_umk_conv_taps_mean(const float *const *pixels, gsize n, gsize channels, float *out)
{
    kernels->mean(pixels, n, channels, out);
}
