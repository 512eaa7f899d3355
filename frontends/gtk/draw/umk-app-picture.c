/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses brushes by how many points are in view and how they crowd there: large stamps
 * with shapes for a few, small ones for more, sums for a multitude. One point is the
 * fainter the more lie over one another, so that crowds keep their insides. */
#include "umk-app-picture.h"

#include "umk-app-haze.h"
#include "umk-app-lines.h"

#include <math.h>

#define SUMS_FROM  0.25 /* points on a square pixel from which they are summed */
#define SHOWN      3u   /* kinds of points that are not hidden */
#define HAZE_CELL  4    /* pixels */
#define N_CONTOURS 7u
#define STAMPED    150000.0 /* points a thread stamps in a part of a frame */
#define SUMMED     750000.0 /* and sums */

typedef struct {
    UmkAppSplat splat;
    UmkAppSight sight;
    UmkAppStamps *stamps[UMK_APP_N_LAYERS][UMK_APP_N_DEPTHS];
    UmkAppInk *inks[UMK_APP_N_LAYERS];
    UmkAppHaze *haze;
    UmkAppLines *lines;
    UmkAppStyle style;     /* of plain points */
    double n, crowd, area; /* of what is looked at */
} Plate;

static gsize
count(const UmkAppLooks *looks, guint layer)
{
    switch ((UmkAppLayer) layer) {
    case UMK_APP_LAYER_CONTEXT:
        return looks->n_hidden;
    case UMK_APP_LAYER_MARKED:
        return looks->n_marked;
    case UMK_APP_LAYER_PLAIN:
    case UMK_APP_N_LAYERS:
    default:
        return looks->n_points - MIN(looks->n_points, looks->n_hidden + looks->n_marked);
    }
}

/* What is few may be large. */
static UmkAppStyle
style_of(const UmkAppPicture *self, const Plate *plate, guint layer, double n)
{
    UmkAppStyle style = plate->style;
    double ratio = self->pixel_ratio, area = plate->area;

    style.rim = self->rim;
    if (layer == UMK_APP_LAYER_MARKED) {
        UmkAppStyle own = umk_app_splat_style((gsize) n, area, ratio);

        style.radius =
            MAX(style.radius * 1.25f, MIN(own.radius * 1.1f, 4.5f * (float) ratio));
        style.shapes = style.radius >= 2.2f * (float) ratio;
        style.rim_width = style.shapes ? 1.25f * (float) ratio : 0;
    } else if (layer == UMK_APP_LAYER_CONTEXT ||
               count(plate->sight.looks, UMK_APP_LAYER_MARKED) > 0) {
        style.radius *= 0.8f;
        style.rim_width = 0;
    }
    return style;
}

/* Of one point: as much as leaves a quarter of what is behind a usual place seen. */
static double
opacity_of(const UmkAppPicture *self, const UmkAppStyle *style, double crowd, guint layer)
{
    double radius = (double) style->radius / self->pixel_ratio;
    double sheets = crowd * G_PI * (double) (style->radius * style->radius);
    double most =
        layer == UMK_APP_LAYER_MARKED ? 0.95 : CLAMP(0.35 + radius * 0.11, 0.45, 0.92);

    return CLAMP(1 - pow(0.25, 1 / MAX(sheets, 1e-3)), 0.04, most) * self->opacity;
}

static void
make_stamps(const UmkAppPicture *self,
            Plate *plate,
            guint layer,
            const UmkAppStyle *style,
            double opacity)
{
    static const float sizes[UMK_APP_N_DEPTHS] = {0.7f, 0.9f, 1.1f, 1.3f};
    static const float strengths[UMK_APP_N_DEPTHS] = {0.4f, 0.6f, 0.8f, 1};
    gboolean deep = plate->sight.points->qz != NULL;
    g_autofree UmkAppColour *palette = g_new(UmkAppColour, self->n_colours);

    for (guint d = 0; d < (deep ? UMK_APP_N_DEPTHS : 1); d++) {
        UmkAppStyle own = *style;

        own.radius *= deep ? sizes[d] : 1;
        for (guint c = 0; c < self->n_colours; c++) {
            palette[c] = self->palette[layer][c];
            palette[c].a *= (float) opacity * (deep ? strengths[d] : 1);
        }
        plate->stamps[layer][d] = umk_app_stamps_new(&own, palette, self->n_colours);
        plate->splat.brushes[layer].stamps[d] = plate->stamps[layer][d];
    }
}

static void
make_brush(const UmkAppPicture *self, Plate *plate, guint layer)
{
    static const guint kinds[UMK_APP_N_LAYERS] = {
        [UMK_APP_LAYER_CONTEXT] = 1u << 2 | 1u << 3,
        [UMK_APP_LAYER_PLAIN] = 1u << 0,
        [UMK_APP_LAYER_MARKED] = 1u << 1,
    };
    const UmkAppSight *sight = &plate->sight;
    gsize all = count(sight->looks, layer);
    double share = (double) all / (double) MAX(sight->points->n_points, 1);
    double n = plate->n * share, area = plate->area;

    if (all == 0 || self->palette[layer] == NULL || !self->points)
        return;
    UmkAppStyle style = style_of(self, plate, layer, n);
    double opacity = opacity_of(self, &style, plate->crowd * share, layer);

    plate->splat.brushes[layer].kinds = kinds[layer];
    if (n * self->pixel_ratio * self->pixel_ratio < SUMS_FROM * area) {
        make_stamps(self, plate, layer, &style, opacity);
        return;
    }
    plate->inks[layer] = g_aligned_alloc(1, sizeof(UmkAppInk), 16);
    umk_app_ink_init(plate->inks[layer], self->palette[layer], self->n_colours,
                     (double) style.radius, opacity, self->sample, sight->seen.n_points,
                     sight->points->qz != NULL);
    plate->splat.brushes[layer].ink = plate->inks[layer];
}

/* The haze under the points, and the lines over them. */
static void
make_haze(const UmkAppPicture *self, Plate *plate)
{
    const UmkAppColour *palette = self->palette[UMK_APP_LAYER_PLAIN];
    UmkAppInk *ink;

    if (palette == NULL || (!self->density && !self->contours))
        return;
    ink = g_aligned_alloc(1, sizeof *ink, 16);
    umk_app_ink_init(ink, palette, self->n_colours, 1, 1, 1, plate->sight.seen.n_points,
                     FALSE);
    plate->haze = umk_app_haze_new(&plate->sight, &ink->paint, SHOWN,
                                   HAZE_CELL * self->pixel_ratio, 0, self->n_threads);
    g_aligned_free(ink);
    if (self->contours) {
        g_autoptr(UmkAppDensity) density = umk_app_density_new_from_haze(plate->haze);
        g_autoptr(UmkAppContours) contours = umk_app_contours_new(density, N_CONTOURS);

        plate->lines = umk_app_lines_new(
            contours, (guint) plate->sight.view.width, (guint) plate->sight.view.height,
            (float) self->pixel_ratio, &self->line, self->n_threads);
        plate->splat.over = umk_app_lines_lay_row;
        plate->splat.over_data = plate->lines;
    }
    if (self->density) {
        umk_app_haze_develop(plate->haze, self->points ? 0.45 : 0.9);
        plate->splat.under = umk_app_haze_lay_row;
        plate->splat.under_data = plate->haze;
    }
}

static guint32
pack(const UmkAppColour *colour)
{
    return (guint32) lrintf(colour->a * 255) << 24 |
           (guint32) lrintf(colour->r * colour->a * 255) << 16 |
           (guint32) lrintf(colour->g * colour->a * 255) << 8 |
           (guint32) lrintf(colour->b * colour->a * 255);
}

static void
clear_plate(Plate *plate)
{
    for (guint layer = 0; layer < UMK_APP_N_LAYERS; layer++) {
        for (guint d = 0; d < UMK_APP_N_DEPTHS; d++)
            umk_app_stamps_free(plate->stamps[layer][d]);
        g_aligned_free(plate->inks[layer]);
    }
    umk_app_haze_free(plate->haze);
    umk_app_lines_free(plate->lines);
    umk_app_sight_clear(&plate->sight);
}

/* What lies in the margin does not count. */
static void
look_at(const UmkAppPicture *self, Plate *plate)
{
    UmkAppView view = plate->sight.view;
    UmkAppSeen inner;

    plate->n = (double) plate->sight.seen.n_points;
    plate->crowd = plate->sight.seen.crowd;
    if (self->margin > 0) {
        view.width -= 2 * self->margin;
        view.height -= 2 * self->margin;
        umk_app_seen_init(&inner, plate->sight.points, &view, 16 * self->pixel_ratio);
        plate->n = (double) inner.n_points;
        plate->crowd = inner.crowd;
        umk_app_seen_clear(&inner);
    }
    plate->area = view.width * view.height;
    plate->style = umk_app_splat_style((gsize) plate->n, plate->area, self->pixel_ratio);
}

gboolean
umk_app_picture_draw(const UmkAppPicture *self,
                     const UmkAppPoints *points,
                     const UmkAppLooks *looks,
                     const UmkAppView *view,
                     UmkAppCanvas *canvas)
{
    Plate plate = {.splat = {.n_threads = self->n_threads,
                             .cancelled = self->cancelled,
                             .ground = pack(&self->ground)}};
    gboolean done, stamped = FALSE;

    umk_app_sight_init(&plate.sight, points, looks, view, 16 * self->pixel_ratio,
                       self->sample);
    look_at(self, &plate);
    make_haze(self, &plate);
    for (guint layer = 0; layer < UMK_APP_N_LAYERS; layer++) {
        make_brush(self, &plate, layer);
        stamped = stamped || plate.stamps[layer][0] != NULL;
    }
    if (points->qz != NULL && stamped)
        umk_app_seen_sort_by_depth(&plate.sight.seen);
    done = umk_app_splat_draw(&plate.splat, &plate.sight, canvas);
    clear_plate(&plate);
    return done;
}

guint
umk_app_picture_choose_sample(const UmkAppPoints *points,
                              const UmkAppView *view,
                              double pixel_ratio,
                              guint n_threads)
{
    UmkAppSeen seen;
    double area = view->width * view->height / (pixel_ratio * pixel_ratio);
    double n, most;
    guint sample = 1;

    umk_app_seen_init(&seen, points, view, 0);
    n = (double) seen.n_points;
    umk_app_seen_clear(&seen);
    most = (n < SUMS_FROM * area ? STAMPED : SUMMED) * MAX(n_threads, 1);
    while (n / sample > most && sample < 64)
        sample *= 2;
    return sample;
}
