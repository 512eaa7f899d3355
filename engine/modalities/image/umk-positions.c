/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bicubic interpolation of position embeddings (Keys' kernel, a = -0.75), the convention
 * of the published vision transformers. Sums are taken in double. */

#include "umk-positions-private.h"

#include <math.h>
#include <string.h>

typedef struct {
    gsize at[4];
    double weight[4];
} Cubic;

static Cubic
cubic_at(gsize i, gsize n_from, gsize n_to)
{
    const double a = -0.75;
    double position = ((double) i + 0.5) * (double) n_from / (double) n_to - 0.5;
    double floored = floor(position), t = position - floored;
    Cubic c;

    for (int j = 0; j < 4; j++) {
        double x = fabs(t - (j - 1));
        double at = CLAMP(floored + j - 1, 0.0, (double) (n_from - 1));

        c.at[j] = (gsize) at;
        if (x <= 1.0)
            c.weight[j] = ((a + 2) * x - (a + 3)) * x * x + 1;
        else
            c.weight[j] = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
    }
    return c;
}

void
_umk_positions_interpolate(const float *from,
                           gsize from_h,
                           gsize from_w,
                           float *to,
                           gsize to_h,
                           gsize to_w,
                           gsize d)
{
    if (from_h == to_h && from_w == to_w) {
        memcpy(to, from, from_h * from_w * d * sizeof *to);
        return;
    }
    for (gsize y = 0; y < to_h; y++) {
        Cubic cy = cubic_at(y, from_h, to_h);

        for (gsize x = 0; x < to_w; x++) {
            Cubic cx = cubic_at(x, from_w, to_w);

            for (gsize k = 0; k < d; k++) {
                double sum = 0.0;

                for (int i = 0; i < 4; i++) {
                    const float *row = from + cy.at[i] * from_w * d + k;
                    double part = 0.0;

                    for (int j = 0; j < 4; j++)
                        part += cx.weight[j] * (double) row[cx.at[j] * d];
                    sum += cy.weight[i] * part;
                }
                *to++ = (float) sum;
            }
        }
    }
}
