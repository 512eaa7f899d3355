/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Twelve chains of dependent operations keep every multiplier of the cores known today
 * busy. The best of several short rounds counts: other work on the machine can only make
 * a round slower. The 8-bit loops are in assembly, because compilers put register copies
 * between the instructions and would measure those. */
#include "linalg/umk-peak-private.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define N_CHAINS 12
#define N_ROUNDS 20
#define N_STEPS  1000000 /* of a round: a few milliseconds */

#if defined(__x86_64__)
#define PEAK_LOOP(vector, zero, step, operations)                                        \
    vector sums[N_CHAINS], x = zero;                                                     \
                                                                                         \
    for (guint i = 0; i < N_CHAINS; i++)                                                 \
        sums[i] = zero;                                                                  \
    for (gsize round = 0; round < n; round++) {                                          \
        for (guint i = 0; i < N_CHAINS; i++)                                             \
            step(sums[i], x);                                                            \
        __asm__ volatile("" : "+x"(x));                                                  \
    }                                                                                    \
    for (guint i = 0; i < N_CHAINS; i++)                                                 \
        __asm__ volatile("" : : "x"(sums[i]));                                           \
    return (double) n * N_CHAINS * (operations)

#define FAST __attribute__((optimize("O3", "unroll-loops")))

#define STEP_F32_512(sum, x)  sum = _mm512_fmadd_ps(x, x, sum)
#define STEP_F32_256(sum, x)  sum = _mm256_fmadd_ps(x, x, sum)
#define STEP_VNNI(sum, x)     __asm__("vpdpbusd %1, %1, %0" : "+x"(sum) : "x"(x))
#define STEP_AVX_VNNI(sum, x) __asm__("%{vex%} vpdpbusd %1, %1, %0" : "+x"(sum) : "x"(x))
/* without dot product instructions: bytes to 16 bits, those to 32, added */
#define STEP_MADD(sum, x)                                                                \
    do {                                                                                 \
        __m256i pairs;                                                                   \
                                                                                         \
        __asm__("vpmaddubsw %2, %2, %1\n\t"                                              \
                "vpmaddwd %2, %1, %1\n\t"                                                \
                "vpaddd %1, %0, %0"                                                      \
                : "+x"(sum), "=&x"(pairs)                                                \
                : "x"(x));                                                               \
    } while (0)

FAST __attribute__((target("avx512f"))) static double
f32_avx512(gsize n)
{
    PEAK_LOOP(__m512, _mm512_setzero_ps(), STEP_F32_512, 32);
}

FAST __attribute__((target("avx2,fma"))) static double
f32_avx2(gsize n)
{
    PEAK_LOOP(__m256, _mm256_setzero_ps(), STEP_F32_256, 16);
}

FAST __attribute__((target("avx512f,avx512vnni"))) static double
int8_avx512_vnni(gsize n)
{
    PEAK_LOOP(__m512i, _mm512_setzero_si512(), STEP_VNNI, 128);
}

FAST __attribute__((target("avx2"))) static double
int8_avx_vnni(gsize n)
{
    PEAK_LOOP(__m256i, _mm256_setzero_si256(), STEP_AVX_VNNI, 64);
}

FAST __attribute__((target("avx2"))) static double
int8_avx2(gsize n)
{
    PEAK_LOOP(__m256i, _mm256_setzero_si256(), STEP_MADD, 64);
}

/* AVX-VNNI: leaf 7, subleaf 1, EAX bit 4; GCC 12 has no name for it in cpu_supports. */
static gboolean
has_avx_vnni(void)
{
    guint32 a = 7, b = 0, c = 1, d = 0;

    if (__builtin_cpu_supports("avx2") == 0)
        return FALSE;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (a >> 4 & 1) != 0;
}
#endif

typedef double (*PeakLoop)(gsize n);

static double
measure(PeakLoop loop)
{
    double best = 0;

    for (guint i = 0; loop != NULL && i < N_ROUNDS; i++) {
        gint64 from = g_get_monotonic_time();
        double operations = loop(N_STEPS);
        gint64 micros = g_get_monotonic_time() - from;

        best = MAX(best, operations / (double) MAX(micros, 1) * 1e6);
    }
    return best;
}

double
_umk_peak_measure_f32(void)
{
    PeakLoop loop = NULL;

#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        loop = f32_avx512;
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        loop = f32_avx2;
#endif
    return measure(loop);
}

double
_umk_peak_measure_int8(void)
{
    PeakLoop loop = NULL;

#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512vnni"))
        loop = int8_avx512_vnni;
    else if (has_avx_vnni())
        loop = int8_avx_vnni;
    else if (__builtin_cpu_supports("avx2"))
        loop = int8_avx2;
#endif
    return measure(loop);
}
