/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Room for a picture, and one row of pixels laid over another, four at a time. */
#include "umk-app-canvas.h"

#include "umk-app-blend.h"

#include <string.h>

#define MAX_SIDE 16384u

gboolean
umk_app_canvas_init(UmkAppCanvas *canvas, guint width, guint height)
{
    memset(canvas, 0, sizeof *canvas);
    if (width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE)
        return FALSE;
    canvas->width = width;
    canvas->height = height;
    canvas->stride = (((gsize) width + 2 * UMK_APP_MARGIN + 3) & ~(gsize) 3) * 4;
    canvas->offset = UMK_APP_MARGIN * 4;
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

void
umk_app_blend_row(guint32 *dst, const guint32 *src, guint n)
{
    _umk_app_blend(dst, src, n);
}

static inline guint32
weigh(guint32 byte, guint sixteenths)
{
    return ((byte & 255) * sixteenths + 8) >> 4;
}

void
umk_app_blend_faint_row_plain(guint32 *dst, const guint32 *src, guint n, guint sixteenths)
{
    for (guint i = 0; i < n; i++) {
        guint32 s = src[i];
        guint32 faint = weigh(s >> 24, sixteenths) << 24 |
                        weigh(s >> 16, sixteenths) << 16 |
                        weigh(s >> 8, sixteenths) << 8 | weigh(s, sixteenths);

        umk_app_blend_row_plain(dst + i, &faint, 1);
    }
}

void
umk_app_blend_faint_row(guint32 *dst, const guint32 *src, guint n, guint sixteenths)
{
    _umk_app_blend_faint(dst, src, n, sixteenths);
}
