/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bicubic interpolation of position embeddings (Keys' kernel), in the two conventions of
 * the published vision transformers. Sums are taken in double, one axis after another. */

#include "umk-positions-private.h"

#include <math.h>
#include <string.h>

#define CHANNELS 64 /* at a time, for memory's sake */

/* Which rows of the old grid make one of the new, and how much of each. */
typedef struct {
    gsize n;
    gsize *at;
    double *weights;
} Mix;

static double
keys(double x, double a)
{
    x = fabs(x);
    if (x <= 1.0)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2.0 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0.0;
}

/* Four neighbours; beyond the border the last one stands for those that are missing. */
static void
mix_plain(Mix *mix, gsize i, gsize n_from, gsize n_to)
{
    double position = ((double) i + 0.5) * (double) n_from / (double) n_to - 0.5;
    double floored = floor(position);

    mix->n = 4;
    for (int j = 0; j < 4; j++) {
        mix->at[j] = (gsize) CLAMP(floored + j - 1, 0.0, (double) (n_from - 1));
        mix->weights[j] = keys(position - floored - (j - 1), -0.75);
    }
}

/* All within reach, their weights made to add up to 1. */
static void
mix_antialiased(Mix *mix, gsize i, gsize n_from, gsize n_to)
{
    double scale = (double) n_from / (double) n_to, stretch = fmax(scale, 1.0);
    double centre = scale * ((double) i + 0.5), sum = 0.0;
    gsize begin = (gsize) fmax(floor(centre - 2 * stretch + 0.5), 0.0);
    gsize end = (gsize) fmin(floor(centre + 2 * stretch + 0.5), (double) n_from);

    mix->n = end - begin;
    for (gsize j = 0; j < mix->n; j++) {
        mix->at[j] = begin + j;
        mix->weights[j] = keys(((double) (begin + j) - centre + 0.5) / stretch, -0.5);
        sum += mix->weights[j];
    }
    for (gsize j = 0; j < mix->n; j++)
        mix->weights[j] /= sum;
}

/* from (n_from, d_in) -> to (n_to, d_in), d_in numbers a row */
static void
interpolate_axis(
    const double *from, gsize n_from, double *to, gsize n_to, gsize d, gboolean antialias)
{
    /* Four rows, or as many as lie under a kernel that has grown by n_from / n_to. */
    gsize most = 4 * (n_from / n_to + 2);
    Mix mix = {.at = g_new(gsize, most), .weights = g_new(double, most)};

    for (gsize i = 0; i < n_to; i++, to += d) {
        if (antialias)
            mix_antialiased(&mix, i, n_from, n_to);
        else
            mix_plain(&mix, i, n_from, n_to);
        memset(to, 0, d * sizeof *to);
        for (gsize j = 0; j < mix.n; j++) {
            const double *row = from + mix.at[j] * d;

            for (gsize k = 0; k < d; k++)
                to[k] += mix.weights[j] * row[k];
        }
    }
    g_free(mix.at);
    g_free(mix.weights);
}

/* Channels first … first + n - 1 of all places. */
static void
interpolate_channels(const float *from,
                     gsize from_h,
                     gsize from_w,
                     float *to,
                     gsize to_h,
                     gsize to_w,
                     gsize d,
                     gsize first,
                     gsize n,
                     gboolean antialias)
{
    g_autofree double *wide = g_new(double, from_h *from_w *n);
    g_autofree double *rows = g_new(double, from_h *to_w *n);
    g_autofree double *result = g_new(double, to_h *to_w *n);

    for (gsize i = 0; i < from_h * from_w * n; i++)
        wide[i] = (double) from[i / n * d + first + i % n];
    for (gsize y = 0; y < from_h; y++)
        interpolate_axis(wide + y * from_w * n, from_w, rows + y * to_w * n, to_w, n,
                         antialias);
    interpolate_axis(rows, from_h, result, to_h, to_w * n, antialias);
    for (gsize i = 0; i < to_h * to_w * n; i++)
        to[i / n * d + first + i % n] = (float) result[i];
}

void
_umk_positions_interpolate(const float *from,
                           gsize from_h,
                           gsize from_w,
                           float *to,
                           gsize to_h,
                           gsize to_w,
                           gsize d,
                           gboolean antialias)
{
    if (from_h == to_h && from_w == to_w) {
        memcpy(to, from, from_h * from_w * d * sizeof *to);
        return;
    }
    for (gsize first = 0; first < d; first += CHANNELS)
        interpolate_channels(from, from_h, from_w, to, to_h, to_w, d, first,
                             MIN(CHANNELS, d - first), antialias);
}
