/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mel scales and banks of triangular bands. About 98 % of a dense bank is zero, so only
 * the run of bins under each triangle is kept.
 *
 * The warp of the band centres is HTK's (HSigP, WarpFreq); the bands themselves follow
 * librosa/torchaudio (straight in Hz), Kaldi (straight in mel) or HTK. */
#include "umk-mel-private.h"

#include <math.h>

/* Slaney: 200/3 Hz a mel below 1 kHz, then 27 steps for a factor of 6.4. */
#define SLANEY_STEP  (200.0 / 3.0)
#define SLANEY_BREAK 1000.0

double
_umk_mel_from_hz(int scale, double hz)
{
    if (scale == UMK_MEL_HTK)
        return 1127.0 * log(1.0 + hz / 700.0);
    if (hz < SLANEY_BREAK)
        return hz / SLANEY_STEP;
    return SLANEY_BREAK / SLANEY_STEP + log(hz / SLANEY_BREAK) / (log(6.4) / 27.0);
}

double
_umk_mel_to_hz(int scale, double mel)
{
    if (scale == UMK_MEL_HTK)
        return 700.0 * (exp(mel / 1127.0) - 1.0);
    double at_break = SLANEY_BREAK / SLANEY_STEP;
    if (mel < at_break)
        return mel * SLANEY_STEP;
    return SLANEY_BREAK * exp((log(6.4) / 27.0) * (mel - at_break));
}

/* Piecewise linear: slope 1/alpha between the cuts, and the ends stay where they are. */
static double
warp_hz(const UmkFeatureConfig *c, double hz)
{
    if (c->warp == 1.0)
        return hz;
    double slope = 1.0 / c->warp;
    double high = c->warp_high * 2.0 / (1.0 + slope);
    double low = c->warp_low * 2.0 / (1.0 + slope);
    if (hz > high)
        return (c->f_max - high * slope) / (c->f_max - high) * (hz - high) + high * slope;
    if (hz < low)
        return (low * slope - c->f_min) / (low - c->f_min) * (hz - c->f_min) + c->f_min;
    return slope * hz;
}

/* Which bins may carry weight at all. */
static void
bin_range(const UmkFeatureConfig *c, gsize *begin, gsize *end)
{
    gsize n_bins = (gsize) c->n_fft / 2 + 1;
    *begin = 0;
    *end = n_bins;
    if (c->triangle == UMK_TRIANGLE_MEL)
        *end = (gsize) c->n_fft / 2;
    if (c->triangle == UMK_TRIANGLE_HTK) {
        double per_hz = (double) c->n_fft / c->rate;
        *begin = MAX((gsize) (c->f_min * per_hz + 1.5), 1);
        *end = MIN((gsize) (c->f_max * per_hz + 0.5), (gsize) c->n_fft / 2);
    }
}

UmkMelBank *
_umk_mel_bank_new(const UmkFeatureConfig *c)
{
    gsize n = (gsize) c->n_mels;
    gsize n_bins = (gsize) c->n_fft / 2 + 1;
    gboolean in_hz = c->triangle == UMK_TRIANGLE_HZ;
    g_autofree double *edges = g_new(double, n + 2);
    g_autofree double *bins = g_new(double, n_bins);
    double low = _umk_mel_from_hz(c->mel_scale, c->f_min);
    double high = _umk_mel_from_hz(c->mel_scale, c->f_max);
    for (gsize i = 0; i < n + 2; i++) {
        double mel = low + (high - low) * (double) i / (double) (n + 1);
        double hz = warp_hz(c, _umk_mel_to_hz(c->mel_scale, mel));
        edges[i] = in_hz ? hz : _umk_mel_from_hz(c->mel_scale, hz);
    }
    for (gsize k = 0; k < n_bins; k++) {
        double hz = (double) c->rate * (double) k / c->n_fft;
        bins[k] = in_hz ? hz : _umk_mel_from_hz(c->mel_scale, hz);
    }

    gsize begin, end;
    bin_range(c, &begin, &end);
    UmkMelBank *self = g_new0(UmkMelBank, 1);
    self->n_bands = n;
    self->first = g_new0(guint32, n);
    self->count = g_new0(guint32, n);
    self->start = g_new0(guint32, n);
    GArray *weights = g_array_new(FALSE, FALSE, sizeof(float));
    for (gsize m = 0; m < n; m++) {
        double left = edges[m], top = edges[m + 1], right = edges[m + 2];
        double height = 1.0;
        if (c->mel_norm == UMK_MEL_NORM_AREA) {
            double l = in_hz ? left : _umk_mel_to_hz(c->mel_scale, left);
            double r = in_hz ? right : _umk_mel_to_hz(c->mel_scale, right);
            height = 2.0 / (r - l);
        }
        self->start[m] = weights->len;
        for (gsize k = begin; k < end; k++) {
            if (!(bins[k] > left && bins[k] < right))
                continue;
            double up = (bins[k] - left) / (top - left);
            double down = (right - bins[k]) / (right - top);
            float w = (float) (height * MIN(up, down));
            if (self->count[m] == 0)
                self->first[m] = (guint32) k;
            self->count[m]++;
            g_array_append_val(weights, w);
        }
    }
    self->weights = (float *) (gpointer) g_array_free(weights, FALSE);
    return self;
}

void
_umk_mel_bank_free(UmkMelBank *self)
{
    if (self == NULL)
        return;
    g_free(self->first);
    g_free(self->count);
    g_free(self->start);
    g_free(self->weights);
    g_free(self);
}
