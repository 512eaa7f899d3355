/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pixel is covered by a half more than its middle lies inside the line, cut to [0, 1];
 * of several pieces the greatest counts, so that joints are not darker. */
#include "umk-app-lines.h"

#include "umk-app-blend.h"
#include "umk-app-parallel.h"

#include <math.h>
#include <string.h>

#define STRIP 64 /* rows that a thread draws at once */

typedef struct {
    UmkAppLines *lines;
    const UmkAppContours *contours;
    float half; /* thickness */
} Drawing;

static float
distance(const float *a, const float *b, float x, float y)
{
    float dx = b[0] - a[0], dy = b[1] - a[1], length = dx * dx + dy * dy;
    float along = length > 0 ? ((x - a[0]) * dx + (y - a[1]) * dy) / length : 0;

    along = CLAMP(along, 0, 1);
    dx = a[0] + along * dx - x;
    dy = a[1] + along * dy - y;
    return sqrtf(dx * dx + dy * dy);
}

static void
draw_piece(const Drawing *d, const float *a, const float *b, int top, int bottom)
{
    float reach = d->half + 0.5f;
    int first = MAX(top, (int) floorf(MIN(a[1], b[1]) - reach));
    int last = MIN(bottom - 1, (int) ceilf(MAX(a[1], b[1]) + reach));
    int left = MAX(0, (int) floorf(MIN(a[0], b[0]) - reach));
    int right = MIN((int) d->lines->width - 1, (int) ceilf(MAX(a[0], b[0]) + reach));

    for (int y = first; y <= last; y++)
        for (int x = left; x <= right; x++) {
            guint8 *cover = &d->lines->cover[(gsize) y * d->lines->width + (gsize) x];
            float in = reach - distance(a, b, (float) x + 0.5f, (float) y + 0.5f);

            if (in > 0)
                *cover = MAX(*cover, (guint8) (MIN(in, 1.0f) * 255));
        }
}

static void
draw_strip(gpointer data, guint strip, guint worker)
{
    Drawing *d = data;
    int top = (int) strip * STRIP, bottom = MIN(top + STRIP, (int) d->lines->height);

    for (gsize i = 0; i < d->contours->n_lines; i++) {
        const UmkAppContour *line = &d->contours->lines[i];
        gsize n = line->closed ? line->n_corners : line->n_corners - 1;

        for (gsize k = 0; k < n; k++)
            draw_piece(d, line->corners + 2 * k,
                       line->corners + 2 * ((k + 1) % line->n_corners), top, bottom);
    }
}

UmkAppLines *
umk_app_lines_new(const UmkAppContours *contours,
                  guint width,
                  guint height,
                  float thickness,
                  const UmkAppColour *colour,
                  guint n_threads)
{
    UmkAppLines *self = g_new0(UmkAppLines, 1);
    Drawing d = {self, contours, thickness / 2};

    self->width = width;
    self->height = height;
    self->cover = g_malloc0((gsize) width * height + 1);
    self->colour = *colour;
    umk_app_parallel((height + STRIP - 1) / STRIP, n_threads, draw_strip, &d);
    return self;
}

void
umk_app_lines_free(UmkAppLines *self)
{
    if (self == NULL)
        return;
    g_free(self->cover);
    g_free(self);
}

static guint32
inked(const UmkAppColour *colour, guint8 cover)
{
    float a = colour->a * (float) cover;

    return (guint32) lrintf(a) << 24 | (guint32) lrintf(colour->r * a) << 16 |
           (guint32) lrintf(colour->g * a) << 8 | (guint32) lrintf(colour->b * a);
}

/* Whether none of eight pixels is covered. */
static inline gboolean
is_bare(const guint8 *cover)
{
    guint64 eight;

    memcpy(&eight, cover, sizeof eight);
    return eight == 0;
}

void
umk_app_lines_lay_row(gconstpointer lines, guint y, guint32 *row, guint width)
{
    const UmkAppLines *self = lines;
    const guint8 *cover = self->cover + (gsize) y * self->width;

    for (guint x = 0; x < width; x++) {
        guint32 ink;

        if (x + 8 <= width && is_bare(cover + x)) {
            x += 7;
            continue;
        }
        if (cover[x] == 0)
            continue;
        ink = inked(&self->colour, cover[x]);
        umk_app_blend_row_plain(row + x, &ink, 1);
    }
}
