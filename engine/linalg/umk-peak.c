/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Twelve chains of dependent operations keep every multiplier of the cores known today
 * busy. The best of several short rounds counts: other work on the machine can only make
 * a round slower. The 8-bit loops are in assembly, all chains in one piece: compilers put
 * copies between the instructions and would measure those. */
#include "linalg/umk-peak-private.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define N_CHAINS 12
#define N_ROUNDS 20
#define N_STEPS  1000000 /* of a round: a few milliseconds */

#if defined(__x86_64__)
#define FAST __attribute__((optimize("O3", "unroll-loops")))

#define F32_LOOP(vector, zero, fused, operations)                                        \
    vector sums[N_CHAINS], x = zero;                                                     \
                                                                                         \
    for (guint i = 0; i < N_CHAINS; i++)                                                 \
        sums[i] = zero;                                                                  \
    for (gsize round = 0; round < n; round++) {                                          \
        for (guint i = 0; i < N_CHAINS; i++)                                             \
            sums[i] = fused(x, x, sums[i]);                                              \
        __asm__ volatile("" : "+x"(x));                                                  \
    }                                                                                    \
    for (guint i = 0; i < N_CHAINS; i++)                                                 \
        __asm__ volatile("" : : "x"(sums[i]));                                           \
    return (double) n * N_CHAINS * (operations)

FAST __attribute__((target("avx512f"))) static double
f32_avx512(gsize n)
{
    F32_LOOP(__m512, _mm512_setzero_ps(), _mm512_fmadd_ps, 32);
}

FAST __attribute__((target("avx2,fma"))) static double
f32_avx2(gsize n)
{
    F32_LOOP(__m256, _mm256_setzero_ps(), _mm256_fmadd_ps, 16);
}

/* Whole numbers take as long whatever they are, so nobody sets the registers. */
#define INT8_LOOP(step, operations)                                                      \
    for (gsize round = 0; round < n; round++)                                            \
        __asm__ volatile(step(0) step(1) step(2) step(3) step(4) step(5) step(6) step(7) \
                             step(8) step(9) step(10) step(11)                           \
                         :                                                               \
                         :                                                               \
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",       \
                           "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13");  \
    return (double) n * N_CHAINS * (operations)

#define STEP_VNNI(i)     "vpdpbusd %%zmm12, %%zmm12, %%zmm" #i "\n\t"
#define STEP_AVX_VNNI(i) "%{vex%} vpdpbusd %%ymm12, %%ymm12, %%ymm" #i "\n\t"
/* without dot product instructions: bytes to 16 bits, those to 32, added */
#define STEP_MADD(i)                                                                     \
    "vpmaddubsw %%ymm12, %%ymm12, %%ymm13\n\t"                                           \
    "vpmaddwd %%ymm12, %%ymm13, %%ymm13\n\t"                                             \
    "vpaddd %%ymm13, %%ymm" #i ", %%ymm" #i "\n\t"

__attribute__((target("avx512f"))) static double
int8_avx512_vnni(gsize n)
{
    INT8_LOOP(STEP_VNNI, 128);
}

__attribute__((target("avx2"))) static double
int8_avx_vnni(gsize n)
{
    INT8_LOOP(STEP_AVX_VNNI, 64);
}

__attribute__((target("avx2"))) static double
int8_avx2(gsize n)
{
    INT8_LOOP(STEP_MADD, 64);
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
