/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Largest and mean values of windows over a map. */
#include "nn/umk-conv-private.h"

#include "nn/umk-conv-taps-private.h"

#define CHANNELS 64 /* summed at a time */

gsize
_umk_conv_pool_out_size(const UmkConvPool *self, guint axis, gsize in_size)
{
    gsize padded = in_size + 2 * self->padding[axis], n;

    if (padded < self->kernel[axis] || self->kernel[axis] == 0 || self->stride[axis] == 0)
        return 0;
    n = (padded - self->kernel[axis]) / self->stride[axis] + 1;
    if (self->ceil && (padded - self->kernel[axis]) % self->stride[axis] != 0 &&
        n * self->stride[axis] < in_size + self->padding[axis])
        n++;
    return n;
}

typedef void (*Reduce)(const float *const *pixels, gsize n, gsize channels, float *out);

/* The part of the window that lies on the map. */
static void
window_part(const UmkConvPool *self, guint axis, gsize at, gsize size, gsize part[2])
{
    gsize begin = at * self->stride[axis], end = begin + self->kernel[axis];

    part[0] = begin > self->padding[axis] ? begin - self->padding[axis] : 0;
    part[1] = end > self->padding[axis] ? MIN(end - self->padding[axis], size) : 0;
}

static void
pool(const UmkConvPool *self,
     Reduce reduce,
     const float *x,
     gsize height,
     gsize width,
     gsize channels,
     float *out)
{
    gsize out_height = _umk_conv_pool_out_size(self, 0, height);
    gsize out_width = _umk_conv_pool_out_size(self, 1, width);

    g_assert(self->kernel[0] * self->kernel[1] <= UMK_CONV_MAX_TAPS);
    for (gsize oy = 0; oy < out_height; oy++) {
        gsize rows[2], columns[2];

        window_part(self, 0, oy, height, rows);
        for (gsize ox = 0; ox < out_width; ox++, out += channels) {
            const float *pixels[UMK_CONV_MAX_TAPS];
            gsize n = 0;

            window_part(self, 1, ox, width, columns);
            for (gsize y = rows[0]; y < rows[1]; y++)
                for (gsize c = columns[0]; c < columns[1]; c++)
                    pixels[n++] = x + (y * width + c) * channels;
            reduce(pixels, n, channels, out);
        }
    }
}

void
_umk_conv_pool_max(const UmkConvPool *self,
                   const float *x,
                   gsize height,
                   gsize width,
                   gsize channels,
                   float *out)
{
    pool(self, _umk_conv_taps_max, x, height, width, channels, out);
}

void
_umk_conv_pool_mean(const UmkConvPool *self,
                    const float *x,
                    gsize height,
                    gsize width,
                    gsize channels,
                    float *out)
{
    pool(self, _umk_conv_taps_mean, x, height, width, channels, out);
}

/* The mean of the rectangle, summed in double row by row. */
static void
mean_of(const float *x,
        gsize width,
        gsize channels,
        const gsize rows[2],
        const gsize columns[2],
        float *out)
{
    double n = (double) ((rows[1] - rows[0]) * (columns[1] - columns[0]));

    for (gsize first = 0; first < channels; first += CHANNELS) {
        gsize here = MIN(CHANNELS, channels - first);
        double sum[CHANNELS] = {0};

        for (gsize y = rows[0]; y < rows[1]; y++) {
            for (gsize c = columns[0]; c < columns[1]; c++) {
                const float *pixel = x + (y * width + c) * channels + first;

                for (gsize k = 0; k < here; k++)
                    sum[k] += (double) pixel[k];
            }
        }
        for (gsize k = 0; k < here; k++)
            out[first + k] = (float) (sum[k] / n);
    }
}

void
_umk_conv_pool_adaptive(const float *x,
                        gsize height,
                        gsize width,
                        gsize channels,
                        gsize out_height,
                        gsize out_width,
                        float *out)
{
    for (gsize oy = 0; oy < out_height; oy++) {
        const gsize rows[2] = {oy * height / out_height,
                               ((oy + 1) * height + out_height - 1) / out_height};

        for (gsize ox = 0; ox < out_width; ox++, out += channels) {
            const gsize columns[2] = {ox * width / out_width,
                                      ((ox + 1) * width + out_width - 1) / out_width};

            mean_of(x, width, channels, rows, columns, out);
        }
    }
}
