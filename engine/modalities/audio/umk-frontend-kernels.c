/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inner loops of the front end: no allocation, no logging, finite input.
 *
 * Each function is compiled for plain x86-64, AVX2 and AVX-512 and chosen once at load
 * time. Contraction is off, so the three give the same bits. The logarithm is the usual
 * split into exponent and mantissa with a degree-9 polynomial (Cephes logf), good to one
 * unit in the last place. */
#include "umk-frontend-kernels-private.h"

#include <math.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define UMK_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define UMK_CLONES
#endif

typedef float Lanes __attribute__((vector_size(UMK_LANES * sizeof(float))));
typedef gint32 IntLanes __attribute__((vector_size(UMK_LANES * sizeof(gint32))));

static inline __attribute__((always_inline)) void
log_lanes(Lanes *value)
{
    Lanes x = *value;
    IntLanes bits = (IntLanes) x;
    IntLanes exponent = (bits >> 23) - 126;
    bits = (bits & 0x007fffff) | 0x3f000000;
    Lanes m = (Lanes) bits; /* 0.5 <= m < 1 */
    IntLanes small = m < 0.707106781186547524f;
    exponent += small; /* true is -1 */
    m = m + (Lanes) ((IntLanes) m & small) - 1.0f;
    Lanes e = __builtin_convertvector(exponent, Lanes);
    Lanes z = m * m;
    Lanes y = m * 7.0376836292e-2f - 1.1514610310e-1f;
    y = y * m + 1.1676998740e-1f;
    y = y * m - 1.2420140846e-1f;
    y = y * m + 1.4249322787e-1f;
    y = y * m - 1.6668057665e-1f;
    y = y * m + 2.0000714765e-1f;
    y = y * m - 2.4999993993e-1f;
    y = y * m + 3.3333331174e-1f;
    y = y * m * z;
    y += e * -2.12194440e-4f;
    y -= z * 0.5f;
    *value = m + y + e * 0.693359375f;
}

UMK_CLONES void
_umk_kernel_window(const float *in, const double *weight, gsize n, double *out)
{
    for (gsize i = 0; i < n; i++)
        out[i] = (double) in[i] * weight[i];
}

/* Eight partial sums, so that the loop may be vectorised without changing its result. */
static inline __attribute__((always_inline)) double
sum_lanes(const float *x, gsize n, double mean, gboolean squared)
{
    double part[8] = {0};
    gsize i = 0;
    for (; i + 8 <= n; i += 8)
        for (gsize j = 0; j < 8; j++) {
            double v = (double) x[i + j] - mean;
            part[j] += squared ? v * v : v;
        }
    for (gsize j = 0; i < n; i++, j++) {
        double v = (double) x[i] - mean;
        part[j] += squared ? v * v : v;
    }
    return ((part[0] + part[4]) + (part[1] + part[5])) +
           ((part[2] + part[6]) + (part[3] + part[7]));
}

UMK_CLONES void
_umk_kernel_prepare(const float *in,
                    const double *weight,
                    gsize n,
                    gboolean remove_dc,
                    double preemphasis,
                    double *energy,
                    double *out)
{
    double mean = remove_dc ? sum_lanes(in, n, 0, FALSE) / (double) n : 0;
    if (energy != NULL)
        *energy = sum_lanes(in, n, mean, TRUE);
    double first = (double) in[0] - mean;
    out[0] = (first - preemphasis * first) * weight[0];
    for (gsize i = 1; i < n; i++) {
        double before = (double) in[i - 1] - mean, here = (double) in[i] - mean;
        out[i] = (here - preemphasis * before) * weight[i];
    }
}

UMK_CLONES void
_umk_kernel_power(const double *spectrum, gsize n_bins, gboolean magnitude, float *power)
{
    for (gsize k = 0; k < n_bins; k++) {
        double re = spectrum[2 * k], im = spectrum[2 * k + 1];
        power[k * UMK_LANES] = (float) (re * re + im * im);
    }
    if (magnitude)
        for (gsize k = 0; k < n_bins; k++)
            power[k * UMK_LANES] = sqrtf(power[k * UMK_LANES]);
}

UMK_CLONES void
_umk_kernel_bands(const UmkMelBank *bank,
                  const float *power,
                  float floor,
                  gboolean add_floor,
                  float log_factor,
                  float *bands)
{
    for (gsize m = 0; m < bank->n_bands; m++) {
        const Lanes *p = (const Lanes *) power + bank->first[m];
        const float *w = bank->weights + bank->start[m];
        Lanes sum = {0};
        for (guint32 k = 0; k < bank->count[m]; k++)
            sum += w[k] * p[k];
        if (add_floor) {
            sum += floor;
        } else {
            IntLanes keep = sum > floor;
            Lanes low = (Lanes){0} + floor;
            sum = (Lanes) (((IntLanes) sum & keep) | ((IntLanes) low & ~keep));
        }
        if (log_factor != 0.0f) {
            log_lanes(&sum);
            sum *= log_factor;
        }
        ((Lanes *) bands)[m] = sum;
    }
}

UMK_CLONES void
_umk_kernel_transform(
    const float *matrix, gsize n_out, gsize n_in, const float *in, float *out)
{
    const Lanes *x = (const Lanes *) in;
    for (gsize r = 0; r < n_out; r++) {
        Lanes even = {0}, odd = {0};
        gsize i = 0;
        for (; i + 2 <= n_in; i += 2) {
            even += matrix[i] * x[i];
            odd += matrix[i + 1] * x[i + 1];
        }
        if (i < n_in)
            even += matrix[i] * x[i];
        ((Lanes *) out)[r] = even + odd;
        matrix += n_in;
    }
}
