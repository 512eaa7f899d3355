/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws the stamps from signed distances: coverage of a pixel is the distance of its
 * middle from the outline, plus a half, cut to [0, 1]. */
#include "umk-app-stamps.h"

#include <math.h>
#include <string.h>

#define N_PHASES 4u

/* How far a pixel's middle lies inside the outline of the shape of that disc radius. */
static float
inside(guint shape, float x, float y, float r)
{
    float h;

    switch ((UmkAppShape) shape) {
    case UMK_APP_SHAPE_SQUARE:
        return 0.886f * r - MAX(fabsf(x), fabsf(y));
    case UMK_APP_SHAPE_TRIANGLE:
        h = 0.70f * r;
        y -= 0.12f * r;
        return MIN(h - y, h - (-0.5f * y + 0.8660254f * fabsf(x)));
    case UMK_APP_SHAPE_DIAMOND:
        return (1.2533f * r - fabsf(x) - fabsf(y)) * 0.70710678f;
    case UMK_APP_SHAPE_DISC:
    default:
        return r - sqrtf(x * x + y * y);
    }
}

static float
clamp01(float v)
{
    return CLAMP(v, 0.0f, 1.0f);
}

static guint32
pack(const UmkAppColour *fill, const UmkAppColour *rim, float filled, float rimmed)
{
    float fa = filled * fill->a, ra = rimmed * rim->a;
    guint a = (guint) lrintf((fa + ra) * 255);
    guint r = (guint) lrintf((fa * fill->r + ra * rim->r) * 255);
    guint g = (guint) lrintf((fa * fill->g + ra * rim->g) * 255);
    guint b = (guint) lrintf((fa * fill->b + ra * rim->b) * 255);

    return a << 24 | MIN(r, a) << 16 | MIN(g, a) << 8 | MIN(b, a);
}

static void
draw(const UmkAppStamps *self,
     const UmkAppStyle *style,
     const UmkAppColour *colour,
     guint shape,
     float cx,
     float cy,
     guint32 *out)
{
    for (guint j = 0; j < self->size; j++)
        for (guint i = 0; i < self->stride; i++) {
            float d = inside(style->shapes ? shape : UMK_APP_SHAPE_DISC,
                             (float) i + 0.5f - cx, (float) j + 0.5f - cy, style->radius);
            float filled = clamp01(d + 0.5f);
            float all = clamp01(d + style->rim_width + 0.5f);

            out[j * self->stride + i] =
                i < self->size ? pack(colour, &style->rim, filled, all - filled) : 0;
        }
}

UmkAppStamps *
umk_app_stamps_new(const UmkAppStyle *style, const UmkAppColour *palette, guint n_colours)
{
    UmkAppStamps *self = g_new0(UmkAppStamps, 1);
    float reach = style->radius * (style->shapes ? 1.4f : 1.0f) + style->rim_width;
    guint32 *out;

    self->origin = (guint) ceilf(reach - 0.125f);
    self->size = (guint) ceilf(reach + (float) self->origin + 0.875f);
    self->stride = (self->size + 3u) & ~3u;
    self->n_colours = n_colours;
    out = self->pixels = g_new(guint32, (gsize) n_colours * UMK_APP_N_SHAPES * N_PHASES *
                                            N_PHASES * self->size * self->stride);
    for (guint c = 0; c < n_colours; c++)
        for (guint s = 0; s < UMK_APP_N_SHAPES; s++)
            for (guint p = 0; p < N_PHASES * N_PHASES; p++) {
                float cx =
                    (float) self->origin + ((float) (p % N_PHASES) + 0.5f) / N_PHASES;
                float cy =
                    (float) self->origin + ((float) (p / N_PHASES) + 0.5f) / N_PHASES;

                if (s > 0 && !style->shapes) /* as the disc before */
                    memcpy(out, out - N_PHASES * N_PHASES * self->size * self->stride,
                           sizeof *out * self->size * self->stride);
                else
                    draw(self, style, &palette[c], s, cx, cy, out);
                out += self->size * self->stride;
            }
    return self;
}

void
umk_app_stamps_free(UmkAppStamps *self)
{
    if (self == NULL)
        return;
    g_free(self->pixels);
    g_free(self);
}

const guint32 *
umk_app_stamps_get(
    const UmkAppStamps *self, guint colour, guint shape, guint phase_x, guint phase_y)
{
    gsize n = ((gsize) MIN(colour, self->n_colours - 1) * UMK_APP_N_SHAPES + shape);

    return self->pixels +
           ((n * N_PHASES + phase_y) * N_PHASES + phase_x) * self->size * self->stride;
}
