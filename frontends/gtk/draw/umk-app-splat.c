/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loops of the splatter. Every strip looks at the runs of points whose box touches it
 * and stamps what falls into its rows; a stamp that crosses the border of two strips is
 * stamped in both, cut. No lists are built and nothing is shared while drawing. */
#include "umk-app-splat.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define MARGIN   64u /* pixels either side of a row, wider than any stamp */
#define MAX_SIDE 16384u
#define FLOOR    4096 /* makes what is drawn positive, so that a cast rounds down */
#define THREADS  16u
#define FEW      20000u /* points that one thread draws sooner than two can start */

typedef struct {
    UmkAppCanvas *canvas;
    const UmkAppPoints *points;
    const UmkAppLooks *looks;
    UmkAppView view;
    const UmkAppStamps *stamps[2]; /* of the unmarked, of the marked */
    atomic_uint next;              /* strip */
} Frame;

gboolean
umk_app_canvas_init(UmkAppCanvas *canvas, guint width, guint height)
{
    memset(canvas, 0, sizeof *canvas);
    if (width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE)
        return FALSE;
    canvas->width = width;
    canvas->height = height;
    canvas->stride = (((gsize) width + 2 * MARGIN + 3) & ~(gsize) 3) * 4;
    canvas->offset = MARGIN * 4;
    canvas->size = canvas->stride * height;
    canvas->data = g_try_malloc(canvas->size);
    return canvas->data != NULL;
}

void
umk_app_canvas_clear(UmkAppCanvas *canvas)
{
    g_clear_pointer(&canvas->data, g_free);
}

static inline guint
over(guint dst, guint src, guint inverse)
{
    guint t = dst * inverse + 128;

    return MIN(255, src + ((t + (t >> 8)) >> 8));
}

void
umk_app_blend_row_plain(guint32 *dst, const guint32 *src, guint n)
{
    for (guint i = 0; i < n; i++) {
        guint32 s = src[i], d = dst[i];
        guint inverse = 255 - (s >> 24);

        dst[i] = over(d >> 24, s >> 24, inverse) << 24 |
                 over(d >> 16 & 255, s >> 16 & 255, inverse) << 16 |
                 over(d >> 8 & 255, s >> 8 & 255, inverse) << 8 |
                 over(d & 255, s & 255, inverse);
    }
}

#if defined(__SSE2__)
static inline __m128i
scale_half(__m128i dst16, __m128i inverse16)
{
    __m128i t = _mm_add_epi16(_mm_mullo_epi16(dst16, inverse16), _mm_set1_epi16(128));

    return _mm_srli_epi16(_mm_add_epi16(t, _mm_srli_epi16(t, 8)), 8);
}

static inline __m128i
alpha_half(__m128i src16)
{
    __m128i a = _mm_shufflehi_epi16(_mm_shufflelo_epi16(src16, 0xff), 0xff);

    return _mm_sub_epi16(_mm_set1_epi16(255), a);
}

static inline void
blend_row(guint32 *dst, const guint32 *src, guint n)
{
    __m128i zero = _mm_setzero_si128();

    for (guint i = 0; i < n; i += 4) {
        __m128i s = _mm_loadu_si128((const __m128i *) (const void *) (src + i));
        __m128i d = _mm_loadu_si128((const __m128i *) (const void *) (dst + i));
        __m128i lo = scale_half(_mm_unpacklo_epi8(d, zero),
                                alpha_half(_mm_unpacklo_epi8(s, zero)));
        __m128i hi = scale_half(_mm_unpackhi_epi8(d, zero),
                                alpha_half(_mm_unpackhi_epi8(s, zero)));

        _mm_storeu_si128((__m128i *) (void *) (dst + i),
                         _mm_adds_epu8(s, _mm_packus_epi16(lo, hi)));
    }
}
#else
#define blend_row umk_app_blend_row_plain
#endif

void
umk_app_blend_row(guint32 *dst, const guint32 *src, guint n)
{
    blend_row(dst, src, n);
}

/* Points of one run into the rows [top, bottom). */
static void
stamp_run(const Frame *frame,
          const UmkAppStamps *stamps,
          gsize run,
          guint8 marked,
          int top,
          int bottom)
{
    const UmkAppPoints *p = frame->points;
    const UmkAppLooks *looks = frame->looks;
    gsize end = MIN(p->n_points, (run + 1) * UMK_APP_RUN);
    double s4 = frame->view.scale * 4;
    double ox = frame->view.width * 2 - frame->view.x * s4;
    double oy = frame->view.height * 2 + frame->view.y * s4;
    int origin = (int) stamps->origin, size = (int) stamps->size;
    double left = -4.0 * size, right = 4.0 * ((int) frame->canvas->width + size);
    double above = 4.0 * (top - size), below = 4.0 * (bottom + size);
    guint32 *pixels = (guint32 *) (void *) (frame->canvas->data + frame->canvas->offset);
    gsize stride = frame->canvas->stride / 4;
    gsize area = (gsize) stamps->size * stamps->stride;

    for (gsize i = run * UMK_APP_RUN; i < end; i++) {
        double fx = (double) p->x[i] * s4 + ox, fy = oy - (double) p->y[i] * s4;

        if (!(fy >= above) || !(fy < below) || !(fx >= left) || !(fx < right) ||
            looks->flags[i] != marked)
            continue;
        int qx = (int) (fx + FLOOR) - FLOOR, qy = (int) (fy + FLOOR) - FLOOR;
        int x = (qx >> 2) - origin, y = (qy >> 2) - origin;
        int first = MAX(top - y, 0), last = MIN(bottom - y, size);
        guint kind = MIN(looks->colour[i], stamps->n_colours - 1) * UMK_APP_N_SHAPES +
                     looks->shape[i];
        const guint32 *stamp =
            stamps->pixels +
            ((kind * 4 + ((guint) qy & 3)) * 4 + ((guint) qx & 3)) * area;

        for (int j = first; j < last; j++)
            blend_row(pixels + (gssize) (y + j) * (gssize) stride + x,
                      stamp + (guint) j * stamps->stride, stamps->stride);
    }
}

static void
draw_strip(const Frame *frame, guint strip)
{
    UmkAppCanvas *canvas = frame->canvas;
    int top = (int) (strip * UMK_APP_STRIP);
    int bottom = (int) MIN((strip + 1) * UMK_APP_STRIP, canvas->height);

    memset(canvas->data + (gsize) top * canvas->stride, 0,
           (gsize) (bottom - top) * canvas->stride);
    for (guint8 layer = 0; layer < 2; layer++) {
        const UmkAppStamps *stamps = frame->stamps[layer];
        double x0, y0, x1, y1;

        if (stamps == NULL || (layer == 1 && frame->looks->n_marked == 0))
            continue;
        umk_app_view_to_plane(&frame->view, -(double) stamps->size,
                              bottom + (double) stamps->size, &x0, &y0);
        umk_app_view_to_plane(&frame->view, canvas->width + (double) stamps->size,
                              top - (double) stamps->size, &x1, &y1);
        for (gsize run = 0; run < frame->points->n_runs; run++) {
            const UmkAppBox *box = &frame->points->boxes[run];

            if ((double) box->y1 >= y0 && (double) box->y0 <= y1 &&
                (double) box->x1 >= x0 && (double) box->x0 <= x1)
                stamp_run(frame, stamps, run, layer, top, bottom);
        }
    }
}

static void *
draw_strips(void *data)
{
    Frame *frame = data;
    guint n = (frame->canvas->height + UMK_APP_STRIP - 1) / UMK_APP_STRIP, strip;

    while ((strip = atomic_fetch_add_explicit(&frame->next, 1, memory_order_relaxed)) < n)
        draw_strip(frame, strip);
    return NULL;
}

void
umk_app_splat(UmkAppCanvas *canvas,
              const UmkAppPoints *points,
              const UmkAppLooks *looks,
              const UmkAppView *view,
              const UmkAppStamps *plain,
              const UmkAppStamps *marked,
              guint n_threads)
{
    Frame frame = {canvas, points, looks, *view, {plain, marked}, 0};
    pthread_t threads[THREADS];
    guint n_started = 0;

    if (points->n_points < FEW)
        n_threads = 1;
    for (guint t = 1; t < MIN(n_threads, THREADS); t++)
        if (pthread_create(&threads[n_started], NULL, draw_strips, &frame) == 0)
            n_started++;
    draw_strips(&frame);
    for (guint t = 0; t < n_started; t++)
        pthread_join(threads[t], NULL);
}

/* Fewer points for the same area are larger, so that both a garden and a million read. */
UmkAppStyle
umk_app_splat_style(gsize n_in_view, double area, double pixel_ratio)
{
    double share = sqrt(area / (double) MAX(n_in_view, 1)) / pixel_ratio;
    double radius = CLAMP(0.24 * share, 1.1, 6.0);
    UmkAppStyle style = {.radius = (float) (radius * pixel_ratio)};

    style.shapes = radius >= 2.2;
    style.rim_width = style.shapes ? (float) (pixel_ratio * 0.8) : 0.0f;
    return style;
}
