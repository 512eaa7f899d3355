/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dot is a tent of 2 reach + 1 cells either way, so that all arithmetic before the
 * tone is in whole numbers. Tones are looked up by the leading bits of the weight as a
 * float, that is by its logarithm. */
#include "umk-app-ink.h"

#include <math.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define MANTISSA  17   /* bits of a float below the six that a tone is chosen by */
#define LOG_SHARE 0.75 /* height of the curve that keeps the few beside a crowd seen */
#define MOST_SUM  4.2e9

typedef float Four __attribute__((vector_size(16)));

guint
umk_app_ink_reach(double radius)
{
    return (guint) CLAMP(lround(radius * 1.7725) - 1, 1, 7);
}

static inline guint
tone_of(float weight)
{
    guint32 bits;

    memcpy(&bits, &weight, sizeof bits);
    return (bits >> MANTISSA) - (127u << 6);
}

static void
set_tones(UmkAppInk *self, double opacity, double strength, guint sample)
{
    double one = (double) self->unit * (self->reach + 1) * (self->reach + 1);
    double dark = -log(1 - CLAMP(opacity, 0.001, 0.999));

    for (guint i = 0; i < UMK_APP_N_TONES; i++) {
        double weight = ldexp(1 + (i % 64 + 0.5) / 64, (int) (i / 64));
        double n = weight / one * sample;
        double thin = LOG_SHARE * log1p(n) / log1p(4 / dark);
        double alpha = MIN(MAX(1 - exp(-dark * n), thin), 1);

        self->tones[i] = (float) (255 * strength * alpha);
    }
}

void
umk_app_ink_init(UmkAppInk *self,
                 const UmkAppColour *palette,
                 guint n_colours,
                 double radius,
                 double opacity,
                 guint sample,
                 gsize n_most,
                 gboolean deep)
{
    gsize heaviest;
    float strength = 0;

    self->reach = umk_app_ink_reach(radius);
    heaviest = MAX(n_most, 1) * (self->reach + 1) * (self->reach + 1);
    self->unit = (guint) CLAMP(MOST_SUM / (double) heaviest, 1, 255);
    for (guint depth = 0; depth < UMK_APP_N_DEPTHS; depth++)
        for (guint c = 0; c < 256; c++) {
            const UmkAppColour *colour = &palette[MIN(c, n_colours - 1)];
            float near = deep ? (float) (depth + 2) / (float) (UMK_APP_N_DEPTHS + 1) : 1;
            float unit = (float) self->unit * near;

            self->paint.of[depth][c] = (UmkAppSum){
                (guint32) lrintf(colour->b * unit), (guint32) lrintf(colour->g * unit),
                (guint32) lrintf(colour->r * unit), MAX(1, (guint32) lrintf(unit))};
            strength = MAX(strength, colour->a);
        }
    set_tones(self, opacity, (double) strength, sample);
}

static inline guint32
shade(const UmkAppInk *self, UmkAppSum sum)
{
    Four f = __builtin_convertvector(sum, Four);
    float scale = self->tones[tone_of(f[3])] / f[3];

    f = f * scale + 0.5f;
#if defined(__SSE2__)
    __m128i four = _mm_cvttps_epi32((__m128) f);

    four = _mm_packs_epi32(four, four);
    return (guint32) _mm_cvtsi128_si32(_mm_packus_epi16(four, four));
#else
    return (guint32) f[3] << 24 | (guint32) f[2] << 16 | (guint32) f[1] << 8 |
           (guint32) f[0];
#endif
}

/* The same as below for dots of three cells, which is nearly always. */
static void
small_row(const UmkAppInk *self, const UmkAppSums *sums, guint y, guint32 *out)
{
    const UmkAppSum *up = umk_app_sums_at(sums, 0, (int) y - 1);
    const UmkAppSum *at = up + sums->stride, *down = at + sums->stride;
    UmkAppSum left = up[-1] + at[-1] + at[-1] + down[-1];
    UmkAppSum here = up[0] + at[0] + at[0] + down[0];

    for (gsize x = 0; x < sums->width; x++) {
        UmkAppSum right = up[x + 1] + at[x + 1] + at[x + 1] + down[x + 1];
        UmkAppSum sum = left + here + here + right;

        out[x] = sum[3] != 0 ? shade(self, sum) : 0;
        left = here;
        here = right;
    }
}

void
umk_app_ink_row_plain(const UmkAppInk *self,
                      const UmkAppSums *sums,
                      guint y,
                      guint32 *out)
{
    int reach = (int) self->reach;

    for (guint x = 0; x < sums->width; x++) {
        UmkAppSum sum = {0, 0, 0, 0};

        for (int j = -reach; j <= reach; j++)
            for (int i = -reach; i <= reach; i++)
                sum += *umk_app_sums_at(sums, (int) x + i, (int) y + j) *
                       (guint32) ((reach + 1 - ABS(i)) * (reach + 1 - ABS(j)));
        out[x] = sum[3] != 0 ? shade(self, sum) : 0;
    }
}

/* Any dot: the columns first, then along the row. */
static void
large_row(const UmkAppInk *self, const UmkAppSums *sums, guint y, guint32 *out)
{
    int reach = (int) self->reach;
    gsize n = sums->width + 2 * (gsize) reach;
    UmkAppSum *columns = g_aligned_alloc0(n, sizeof *columns, 16);

    for (int j = -reach; j <= reach; j++) {
        const UmkAppSum *row = umk_app_sums_at(sums, -reach, (int) y + j);
        guint32 weight = (guint32) (reach + 1 - ABS(j));

        for (gsize x = 0; x < n; x++)
            columns[x] += row[x] * weight;
    }
    for (gsize x = 0; x < sums->width; x++) {
        UmkAppSum sum = {0, 0, 0, 0};

        for (int i = 0; i <= 2 * reach; i++)
            sum += columns[x + (gsize) i] * (guint32) (reach + 1 - ABS(i - reach));
        out[x] = sum[3] != 0 ? shade(self, sum) : 0;
    }
    g_aligned_free(columns);
}

void
umk_app_ink_row(const UmkAppInk *self, const UmkAppSums *sums, guint y, guint32 *out)
{
    if (self->reach == 1)
        small_row(self, sums, y, out);
    else
        large_row(self, sums, y, out);
}
