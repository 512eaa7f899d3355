/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three passes of a running mean are nearly a Gaussian and cost the same for any width.
 * All four sums of a cell are smoothed at once. */
#include "umk-app-haze.h"

#include "umk-app-blend.h"
#include "umk-app-parallel.h"

#include <math.h>
#include <string.h>

#define PASSES 3
#define STRIP  32u /* rows of cells that a thread sums at once */
#define LINES  16u /* rows or columns that a thread smooths at once */

typedef struct {
    UmkAppHaze *haze;
    const UmkAppSight *sight;
    const UmkAppPaint *paint;
    guint kinds;
    guint reach;
    UmkAppSums sums[UMK_APP_MAX_THREADS];
} Making;

static void
sum_strip(gpointer data, guint strip, guint worker)
{
    Making *m = data;
    UmkAppHaze *haze = m->haze;
    UmkAppSums *sums = &m->sums[worker];
    guint top = strip * STRIP, n = MIN(STRIP, haze->height - top);

    if (sums->cells == NULL)
        umk_app_sums_init(sums, haze->width, STRIP, 0);
    umk_app_sums_fill(sums, m->sight, m->paint, m->kinds, top, n, haze->cell);
    for (guint y = 0; y < n; y++)
        for (guint x = 0; x < haze->width; x++)
            haze->cells[(gsize) (top + y) * haze->width + x] = __builtin_convertvector(
                *umk_app_sums_at(sums, (int) x, (int) y), UmkAppFour);
}

/* Running mean over 2 reach + 1 cells, step apart; nothing lies beyond the ends. */
static void
smooth_line(UmkAppFour *cells, gsize n, gsize step, gsize reach, UmkAppFour *scratch)
{
    float share = 1.0f / (float) (2 * reach + 1);

    for (guint pass = 0; pass < PASSES; pass++) {
        UmkAppFour sum = {0, 0, 0, 0};

        for (gsize i = 0; i < n; i++)
            scratch[i] = cells[i * step];
        for (gsize i = 0; i < MIN(reach, n); i++)
            sum += scratch[i];
        for (gsize i = 0; i < n; i++) {
            if (i + reach < n)
                sum += scratch[i + reach];
            cells[i * step] = sum * share;
            if (i >= reach)
                sum -= scratch[i - reach];
        }
    }
}

static void
smooth_rows(gpointer data, guint piece, guint worker)
{
    Making *m = data;
    UmkAppFour *scratch = g_aligned_alloc(m->haze->width, sizeof *scratch, 16);

    for (guint y = piece * LINES; y < MIN((piece + 1) * LINES, m->haze->height); y++)
        smooth_line(m->haze->cells + (gsize) y * m->haze->width, m->haze->width, 1,
                    m->reach, scratch);
    g_aligned_free(scratch);
}

static void
smooth_columns(gpointer data, guint piece, guint worker)
{
    Making *m = data;
    UmkAppFour *scratch = g_aligned_alloc(m->haze->height, sizeof *scratch, 16);

    for (guint x = piece * LINES; x < MIN((piece + 1) * LINES, m->haze->width); x++)
        smooth_line(m->haze->cells + x, m->haze->height, m->haze->width, m->reach,
                    scratch);
    g_aligned_free(scratch);
}

UmkAppHaze *
umk_app_haze_new(const UmkAppSight *sight,
                 const UmkAppPaint *paint,
                 guint kinds,
                 double cell,
                 double blur,
                 guint n_threads)
{
    UmkAppHaze *self = g_new0(UmkAppHaze, 1);
    Making m = {self, sight, paint, kinds, .reach = 0};
    double across = sight->view.width, down = sight->view.height;

    self->cell = cell;
    if (!(across >= 1) || !(down >= 1))
        return self;
    self->width = (guint) ceil(across / cell);
    self->height = (guint) ceil(down / cell);
    self->cells =
        g_aligned_alloc((gsize) self->width * self->height, sizeof *self->cells, 64);
    m.reach = (guint) lround((blur > 0 ? blur : MIN(across, down) / 28) / cell / 2);
    umk_app_parallel((self->height + STRIP - 1) / STRIP, n_threads, sum_strip, &m);
    for (guint t = 0; t < UMK_APP_MAX_THREADS; t++)
        umk_app_sums_clear(&m.sums[t]);
    if (m.reach > 0) {
        umk_app_parallel((self->height + LINES - 1) / LINES, n_threads, smooth_rows, &m);
        umk_app_parallel((self->width + LINES - 1) / LINES, n_threads, smooth_columns,
                         &m);
    }
    for (gsize i = 0; i < (gsize) self->width * self->height; i++)
        self->peak = MAX(self->peak, self->cells[i][3]);
    return self;
}

void
umk_app_haze_free(UmkAppHaze *self)
{
    if (self == NULL)
        return;
    g_aligned_free(self->cells);
    g_free(self);
}

void
umk_app_haze_develop(UmkAppHaze *self, double strength)
{
    gsize n = (gsize) self->width * self->height;

    for (gsize i = 0; i < n; i++) {
        float weight = self->cells[i][3];
        /* a running mean leaves crumbs where there is nothing */
        float share = weight > self->peak * 1e-4f ? weight / self->peak : 0;

        if (share > 0)
            self->cells[i] *= 255 * (float) strength * sqrtf(share) / weight;
        else
            self->cells[i] = (UmkAppFour){0, 0, 0, 0};
        for (guint c = 0; c < 3; c++)
            self->cells[i][c] = CLAMP(self->cells[i][c], 0, self->cells[i][3]);
    }
}

static inline guint32
pack(UmkAppFour four)
{
    four += 0.5f;
#if defined(__SSE2__)
    __m128i whole = _mm_cvttps_epi32((__m128) four);

    whole = _mm_packs_epi32(whole, whole);
    return (guint32) _mm_cvtsi128_si32(_mm_packus_epi16(whole, whole));
#else
    return (guint32) four[3] << 24 | (guint32) four[2] << 16 | (guint32) four[1] << 8 |
           (guint32) four[0];
#endif
}

/* A row between two rows of cells, read at whole columns. */
typedef struct {
    const UmkAppFour *upper, *lower;
    float along;
    guint last;
} Reader;

static inline UmkAppFour
read_cell(const Reader *reader, guint column)
{
    UmkAppFour a = reader->upper[MIN(column, reader->last)];

    return a + (reader->lower[MIN(column, reader->last)] - a) * reader->along;
}

void
umk_app_haze_lay_row(gconstpointer developed, guint y, guint32 *row, guint width)
{
    const UmkAppHaze *self = developed;
    float fine = 1 / (float) self->cell, fy = ((float) y + 0.5f) * fine - 0.5f;
    guint upper = (guint) CLAMP(fy, 0, self->height - 1), column = 0;
    Reader reader = {self->cells + (gsize) upper * self->width,
                     self->cells + (gsize) MIN(upper + 1, self->height - 1) * self->width,
                     CLAMP(fy - (float) upper, 0, 1), self->width - 1};
    UmkAppFour left = read_cell(&reader, 0), right = read_cell(&reader, 1);
    guint32 four[4];

    for (guint x = 0; x < width; x += 4) {
        guint32 any = 0;

        for (guint k = 0; k < 4; k++) {
            float at = MAX(((float) (x + k) + 0.5f) * fine - 0.5f, 0);

            if ((guint) at != column) { /* cells are no narrower than pixels */
                column = (guint) at;
                left = right;
                right = read_cell(&reader, column + 1);
            }
            any |= four[k] = pack(left + (right - left) * (at - (float) column));
        }
        if (any != 0)
            _umk_app_blend(row + x, four, 4);
    }
}
