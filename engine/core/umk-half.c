/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Half precision to float and back, with run-time dispatch; what is promised stands in
 * the header. Kernels only: nothing here allocates. */
#include "core/umk-half-private.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define UMK_HALF_X86 1
#include <immintrin.h>
#ifdef __clang__ /* which cannot be asked for it; what has AVX2 has it */
#define HAS_F16C __builtin_cpu_supports("avx2")
#else
#define HAS_F16C __builtin_cpu_supports("f16c")
#endif
#else
#define UMK_HALF_X86 0
#endif

UmkHalfLevel
_umk_half_best_level(void)
{
#if UMK_HALF_X86
    if (__builtin_cpu_supports("avx") && HAS_F16C)
        return UMK_HALF_F16C;
#endif
    return UMK_HALF_PLAIN;
}

float
_umk_half_to_float(guint16 half)
{
    guint32 sign = (guint32) (half & 0x8000u) << 16, exponent = half >> 10 & 31u;
    guint32 fraction = half & 0x3ffu, bits;
    float result;

    if (exponent == 0)
        return (sign ? -1.0f : 1.0f) * ((float) fraction * 0x1p-24f);
    if (exponent == 31 && fraction != 0)
        fraction |= 0x200u;
    bits = sign | fraction << 13 | (exponent == 31 ? 255u : exponent + 112u) << 23;
    memcpy(&result, &bits, sizeof result);
    return result;
}

guint16
_umk_half_from_float(float value)
{
    guint32 bits, sign, rest;
    int exponent;

    memcpy(&bits, &value, sizeof bits);
    sign = bits >> 16 & 0x8000u;
    exponent = (int) (bits >> 23 & 255u) - 112;
    rest = bits & 0x7fffffu;
    if (exponent == 143 && rest != 0)
        return (guint16) (sign | 0x7e00u | rest >> 13);
    if (exponent >= 31)
        return (guint16) (sign | 0x7c00u);
    if (exponent <= 0) {
        double scaled = fabs((double) value) * 0x1p24;

        return (guint16) (sign | (guint32) nearbyint(scaled));
    }
    rest |= (guint32) exponent << 23;
    rest += 0xfffu + (rest >> 13 & 1u);
    return (guint16) (sign | rest >> 13);
}

static void
plain_to_floats(const guint8 *halves, gsize n, float *floats)
{
    for (gsize i = 0; i < n; i++) {
        guint16 half;

        memcpy(&half, halves + 2 * i, sizeof half);
        floats[i] = _umk_half_to_float(half);
    }
}

static void
plain_from_floats(const float *floats, gsize n, guint8 *halves)
{
    for (gsize i = 0; i < n; i++) {
        guint16 half = _umk_half_from_float(floats[i]);

        memcpy(halves + 2 * i, &half, sizeof half);
    }
}

#if UMK_HALF_X86

#define TARGET_F16C __attribute__((target("avx,f16c")))

TARGET_F16C static gsize
f16c_to_floats(const guint8 *halves, gsize n, float *floats)
{
    gsize i = 0;

    for (; i + 8 <= n; i += 8) {
        __m128i eight =
            _mm_loadu_si128((const __m128i *) (gconstpointer) (halves + 2 * i));

        _mm256_storeu_ps(floats + i, _mm256_cvtph_ps(eight));
    }
    return i;
}

TARGET_F16C static gsize
f16c_from_floats(const float *floats, gsize n, guint8 *halves)
{
    gsize i = 0;

    for (; i + 8 <= n; i += 8) {
        __m128i eight =
            _mm256_cvtps_ph(_mm256_loadu_ps(floats + i), _MM_FROUND_TO_NEAREST_INT);

        _mm_storeu_si128((__m128i *) (gpointer) (halves + 2 * i), eight);
    }
    return i;
}

#endif

void
_umk_half_to_floats(UmkHalfLevel level, gconstpointer halves, gsize n, float *floats)
{
    gsize done = 0;

#if UMK_HALF_X86
    if (level == UMK_HALF_F16C)
        done = f16c_to_floats(halves, n, floats);
#endif
    plain_to_floats((const guint8 *) halves + 2 * done, n - done, floats + done);
}

void
_umk_half_from_floats(UmkHalfLevel level, const float *floats, gsize n, gpointer halves)
{
    gsize done = 0;

#if UMK_HALF_X86
    if (level == UMK_HALF_F16C)
        done = f16c_from_floats(floats, n, halves);
#endif
    plain_from_floats(floats + done, n - done, (guint8 *) halves + 2 * done);
}
